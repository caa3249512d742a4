//! XML to response, as strict as Twilio: a broken document is refused, an odd part is skipped.

use std::mem;

use super::{
    Fault, MAX_BODY, Message, Method, Oddity, Place, ReadError, Redirect, Response, Verb, Warning,
    advice::shown,
    characters::{trim, units},
    grammar::{self, is_url},
    pieces::{Attribute, Piece, Pieces, Tag},
};
use crate::message::Address;

/// A document that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What Twilio would do.
    pub response: Response,
    /// What Twilio would skip or put right, in the order of the document.
    pub warnings: Vec<Warning>,
}

impl Response {
    /// Reads a document: UTF-8, as text or bytes.
    ///
    /// What Twilio's documentation and the output of its libraries say is followed closely:
    ///
    /// * Each piece of text (of a `Body`, or directly in `Message`) is trimmed; the pieces of one
    ///   message are joined with nothing between. CDATA is text. Comments and processing
    ///   instructions are ignored.
    /// * A part that is not known is skipped with a warning, and so is a message that could not be
    ///   sent: one with a wrong `to` or `from`, without body and media, or with too long a body.
    ///   Other wrong attributes are ignored with a warning.
    /// * URLs are kept as they are; a relative one is relative to this document's.
    /// * How many messages or media may be sent is not asked here. Twilio counts the messages of
    ///   all documents that redirects lead to, and how many media a message has is the channel's
    ///   affair: both are for whoever carries the response out.
    ///
    /// Source: <https://www.twilio.com/docs/messaging/twiml>.
    ///
    /// ```
    /// use chinwag::twiml::Response;
    ///
    /// let read = Response::read("<Response><Message>Hello</Message></Response>")?;
    /// assert_eq!(read.response, Response::from("Hello"));
    /// assert!(read.warnings.is_empty());
    /// # Ok::<(), chinwag::twiml::ReadError>(())
    /// ```
    ///
    /// # Errors
    /// If the document is not well-formed, too long, in another encoding, or no `Response`.
    pub fn read(xml: impl AsRef<[u8]>) -> Result<Document, ReadError> {
        let xml = xml.as_ref();
        let mut reading = Reading { pieces: Pieces::of(xml)?, oddities: Vec::new() };
        let response = reading.document()?;
        let text = reading.pieces.text();
        Ok(Document { response, warnings: placed(text, reading.oddities) })
    }
}

/// Warnings in the order of the document, in one pass over its text.
fn placed(text: &str, mut oddities: Vec<(usize, Oddity)>) -> Vec<Warning> {
    oddities.sort_by_key(|(at, _)| *at);
    let (mut passed, mut place) = (0, Place::START);
    let warnings = oddities.into_iter().map(|(at, oddity)| {
        place = place.after(text.get(passed..at).unwrap_or_default());
        passed = at;
        Warning { place, oddity }
    });
    warnings.collect()
}

struct Reading<'a> {
    pieces: Pieces<'a>,
    /// What is odd, and at which byte.
    oddities: Vec<(usize, Oddity)>,
}

impl<'a> Reading<'a> {
    fn odd(&mut self, at: usize, oddity: Oddity) {
        self.oddities.push((at, oddity));
    }

    fn document(&mut self) -> Result<Response, ReadError> {
        let mut response = Response::new();
        while let Piece::Open(root) = self.pieces.next()? {
            if root.name != "Response" {
                // A document that is not even XML is that first, whatever its root.
                while !matches!(self.pieces.next()?, Piece::End) {}
                return Err(self.pieces.fault(root.at, Fault::Root(shown(root.name))));
            }
            self.no_attributes(root.attributes, "Response");
            response.verbs = self.verbs()?;
        }
        Ok(response)
    }

    fn verbs(&mut self) -> Result<Vec<Verb>, ReadError> {
        let mut verbs = Vec::new();
        let mut in_text = false;
        loop {
            match self.pieces.next()? {
                Piece::Open(tag) => {
                    in_text = false;
                    match tag.name {
                        "Message" => verbs.extend(self.message(tag)?.map(Verb::Message)),
                        "Redirect" => verbs.extend(self.redirect(tag)?.map(Verb::Redirect)),
                        _ => self.skip(&tag, "Response")?,
                    }
                }
                Piece::Text { at, text } if !in_text && !trim(&text).is_empty() => {
                    in_text = true;
                    self.odd(at, Oddity::Text);
                }
                Piece::Text { .. } => {}
                Piece::Close | Piece::End => return Ok(verbs),
            }
        }
    }

    fn message(&mut self, tag: Tag<'a>) -> Result<Option<Message>, ReadError> {
        let before = self.oddities.len();
        let mut message = self.envelope(tag.attributes);
        let (mut text, mut body) = (String::new(), String::new());
        loop {
            match self.pieces.next()? {
                Piece::Text { text: more, .. } => text.push_str(&more),
                Piece::Open(part) => {
                    body.push_str(trim(&mem::take(&mut text)));
                    match part.name {
                        "Body" => body.push_str(&self.content(part, "Body")?),
                        "Media" => message.media.extend(self.url(part, "Media")?),
                        _ => self.skip(&part, "Message")?,
                    }
                }
                Piece::Close | Piece::End => break,
            }
        }
        body.push_str(trim(&text));
        message.body = body;
        let units = units(&message.body);
        if units > MAX_BODY {
            self.odd(tag.at, Oddity::Body(units));
        } else if units == 0 && message.media.is_empty() {
            self.odd(tag.at, Oddity::Nothing);
        }
        let unsendable = self.oddities[before..].iter().any(|(_, oddity)| {
            matches!(oddity, Oddity::To(_) | Oddity::From(_) | Oddity::Body(_) | Oddity::Nothing)
        });
        Ok((!unsendable).then_some(message))
    }

    /// The message that these attributes describe.
    fn envelope(&mut self, attributes: Vec<Attribute<'a>>) -> Message {
        let mut message = Message::default();
        for Attribute { at, name, value } in attributes {
            let value = trim(&value);
            match name {
                "to" => message.to = self.address(at, value, Oddity::To),
                "from" => message.from = self.address(at, value, Oddity::From),
                "action" if is_url(value) => message.action = Some(value.to_owned()),
                "action" => self.odd(at, Oddity::Action),
                "method" => message.method = self.method(at, value, "Message"),
                "statusCallback" if is_url(value) => {
                    message.status_callback = Some(value.to_owned());
                }
                "statusCallback" => self.odd(at, Oddity::StatusCallback),
                _ => self.odd(at, grammar::unknown_attribute(name, "Message")),
            }
        }
        message
    }

    fn address(
        &mut self,
        at: usize,
        value: &str,
        oddity: fn(crate::message::InvalidAddress) -> Oddity,
    ) -> Option<Address> {
        value.parse().map_err(|error| self.odd(at, oddity(error))).ok()
    }

    fn method(&mut self, at: usize, value: &str, element: &'static str) -> Option<Method> {
        let method = Method::named(value);
        if method.is_none() {
            self.odd(at, Oddity::Method(element));
        }
        method
    }

    fn redirect(&mut self, mut tag: Tag<'a>) -> Result<Option<Redirect>, ReadError> {
        let mut method = None;
        for Attribute { at, value, .. } in tag.attributes.extract_if(.., |a| a.name == "method") {
            method = self.method(at, trim(&value), "Redirect");
        }
        let url = self.url(tag, "Redirect")?;
        Ok(url.map(|url| Redirect { url, method }))
    }

    fn url(&mut self, tag: Tag<'a>, name: &'static str) -> Result<Option<String>, ReadError> {
        let at = tag.at;
        let url = self.content(tag, name)?;
        if is_url(&url) {
            return Ok(Some(url));
        }
        self.odd(at, Oddity::Url(name));
        Ok(None)
    }

    /// The text of an element that has no attributes and no elements.
    fn content(&mut self, tag: Tag<'a>, name: &'static str) -> Result<String, ReadError> {
        self.no_attributes(tag.attributes, name);
        let mut content = String::new();
        loop {
            match self.pieces.next()? {
                Piece::Text { text, .. } => content.push_str(&text),
                Piece::Open(part) => self.skip(&part, name)?,
                Piece::Close | Piece::End => return Ok(trim(&content).to_owned()),
            }
        }
    }

    /// Passes over an element that is not known where it stands.
    fn skip(&mut self, tag: &Tag<'a>, parent: &'static str) -> Result<(), ReadError> {
        self.odd(tag.at, grammar::unknown_element(tag.name, parent));
        let mut depth = 1;
        while depth > 0 {
            match self.pieces.next()? {
                Piece::Open(_) => depth += 1,
                Piece::Close => depth -= 1,
                Piece::Text { .. } => {}
                Piece::End => break,
            }
        }
        Ok(())
    }

    fn no_attributes(&mut self, attributes: Vec<Attribute<'a>>, element: &'static str) {
        for Attribute { at, name, .. } in attributes {
            self.odd(at, grammar::unknown_attribute(name, element));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_twilios_libraries_print_is_read_alike() {
        let expected = Response::new()
            .message(Message::new("Grüße & <3\nAna").media("https://example.com/?a=1&b=2"))
            .redirect(Redirect::new("/next").method(Method::Post));
        for (start, end) in [
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", ""),
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\n"),
            ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- hi -->", "<!-- bye -->"),
            ("<?xml version='1.0'?>", ""),
            ("", ""),
        ] {
            for inner in [
                "<Response><Message><Body>Grüße &amp; &lt;3\nAna</Body><Media>https://example.com/\
                 ?a=1&amp;b=2</Media></Message><Redirect method=\"POST\">/next</Redirect></Response>",
                "<Response>\r\n  <Message>\r\n    <Body>Grüße &amp; &lt;3\r\nAna</Body>\r\n    \
                 <Media>https://example.com/?a=1&amp;b=2</Media>\r\n  </Message>\r\n  \
                 <Redirect method=\"POST\">/next</Redirect>\r\n</Response>",
                "<Response ><Message\n>Grüße &#38; &#x3c;3&#10;Ana<Media>\nhttps://example.com/\
                 ?a=1&amp;b=2\n</Media></Message ><Redirect method = 'POST' >/next</Redirect></Response>",
            ] {
                let read = Response::read(format!("{start}{inner}{end}")).unwrap();
                assert_eq!((read.response, read.warnings), (expected.clone(), Vec::new()));
            }
        }
    }

    /// Warnings are one a line: code, line and column, and what is said.
    fn check(inner: &str, expected: impl Into<Response>, warnings: &str) {
        let read = Response::read(format!("<Response>{inner}</Response>")).unwrap();
        assert_eq!(read.response, expected.into(), "{inner}");
        let said = read.warnings.iter().map(|warning| {
            let Place { line, column } = warning.place;
            format!("{} {line}:{column} {}\n", warning.code(), warning.oddity)
        });
        assert_eq!(said.collect::<Vec<_>>().concat().trim_end(), warnings, "{inner}");
    }

    #[test]
    fn text_is_joined_and_trimmed() {
        for (inner, body) in [
            ("Hello", "Hello"),
            ("\n    Hello\n  ", "Hello"),
            ("<Body>\n Hello, \n</Body>\n<Body>Ana</Body>", "Hello,Ana"),
            ("Hello <Body>A</Body> B", "HelloAB"),
            ("a<!-- c -->b<?pi x?>c", "abc"),
            ("<![CDATA[a <b> & ]]>]]&gt;", "a <b> & ]]>"),
            ("one\r\ntwo\rthree&#13;four", "one\ntwo\nthree\rfour"),
            ("&#128512;&#x1F600;&quot;&apos;", "😀😀\"'"),
            ("\u{a0}no-break space stays\u{a0}", "\u{a0}no-break space stays\u{a0}"),
        ] {
            check(&format!("<Message>{inner}</Message>"), body, "");
        }
        let both = Message::new("before after").media("u").media("v");
        check("<Message>before after<Media> u\n</Media><Media>v</Media></Message>", both, "");
    }

    #[test]
    fn relative_urls_and_attributes_are_kept() {
        let message = Message::new("hi")
            .to("whatsapp:+15005550006".parse().unwrap())
            .from("+14155238886".parse().unwrap())
            .action("../a b".replace(' ', "%20"))
            .method(Method::Get)
            .status_callback("HTTPS://example.com:8080/s?u=ftp://x");
        check(
            "<Message statusCallback='HTTPS://example.com:8080/s?u=ftp://x' method='GET' \
             action='\t../a%20b ' from='+14155238886' to='whatsapp:+15005550006'>hi</Message>\
             <Redirect method='GET'>\n  ?page=2\n</Redirect>",
            Response::from(message).redirect(Redirect::new("?page=2").method(Method::Get)),
            "",
        );
    }

    #[test]
    fn what_twilio_does_not_know_is_skipped_aloud() {
        check(
            "before<Child>content</Child>after &amp; more",
            Response::new(),
            "12200 1:11 text outside a verb is ignored; put it in <Message>\n\
             12200 1:17 <Child> is not known in <Response> and is skipped\n\
             12200 1:39 text outside a verb is ignored; put it in <Message>",
        );
        check(
            "\n  <message>Hi</message>\n  <Message>é</Message>",
            "é",
            "12200 2:3 <message> is not known in <Response> and is skipped; did you mean Message?",
        );
        check(
            "<Say voice='alice'>Hi <Break/></Say><Message>ok</Message>",
            "ok",
            "14110 1:11 <Say> is not a verb of messaging and is skipped; use <Message>",
        );
        check(
            "<Message>a<Redirect>/x</Redirect><Say/><body>b</body></Message>",
            "a",
            "12200 1:21 <Redirect> is not known in <Message> and is skipped\n\
             12200 1:44 <Say> is not known in <Message> and is skipped\n\
             12200 1:50 <body> is not known in <Message> and is skipped; did you mean Body?",
        );
        check(
            "<Message statuscallback='/s' ü='1'><Body lang='en'>a<b>c</b></Body></Message>",
            "a",
            "12200 1:20 the attribute statuscallback is not known in <Message> and is ignored; \
             did you mean statusCallback?\n\
             12200 1:40 the attribute ü is not known in <Message> and is ignored\n\
             12200 1:52 the attribute lang is not known in <Body> and is ignored\n\
             12200 1:63 <b> is not known in <Body> and is skipped",
        );
    }

    #[test]
    fn a_message_that_cannot_be_sent_is_left_out() {
        check(
            "<Message to='18885551234' from='18885554321'>foobar</Message>",
            Response::new(),
            "14101 1:20 to is not an address and the message is left out: a number must begin \
             with + and its country code, as in +14155238886\n\
             14102 1:37 from is not an address and the message is left out: a number must begin \
             with + and its country code, as in +14155238886",
        );
        check(
            "<Message/><Message> <Body/>\n</Message>",
            Response::new(),
            "14103 1:11 the message has neither body nor media and is left out\n\
             14103 1:21 the message has neither body nor media and is left out",
        );
        check(
            &format!("<Message>{}</Message><Message>ok</Message>", "🎈".repeat(801)),
            "ok",
            "14103 1:11 the body has 1602 UTF-16 units, Twilio takes 1600, and the message is \
             left out",
        );
    }

    #[test]
    fn other_wrong_values_are_ignored_aloud() {
        check(
            "<Message method='get' action='' statusCallback='ftp://x/y'>a</Message>",
            "a",
            "14104 1:20 the method of <Message> must be GET or POST, in capitals, and is taken \
             for POST\n\
             11100 1:33 action is not an http or https URL and is ignored\n\
             14105 1:43 statusCallback is not an http or https URL and is ignored",
        );
        check(
            "<Message>a<Media>mailto:x</Media><Media>/a b</Media><Media/></Message>",
            "a",
            "11100 1:21 the content of <Media> is not an http or https URL and is left out\n\
             11100 1:44 the content of <Media> is not an http or https URL and is left out\n\
             11100 1:63 the content of <Media> is not an http or https URL and is left out",
        );
        check(
            "<Message>a</Message><Redirect method='PUT'/>",
            "a",
            "11100 1:31 the content of <Redirect> is not an http or https URL and is left out\n\
             12200 1:41 the method of <Redirect> must be GET or POST, in capitals, and is taken \
             for POST",
        );
    }

    #[test]
    fn counting_messages_and_media_is_left_to_the_carrier() {
        let inner = format!("<Message>a{}</Message>", "<Media>/u</Media>".repeat(11)).repeat(11);
        let read = Response::read(format!("<Response>{inner}</Response>")).unwrap();
        assert_eq!((read.response.messages().count(), read.warnings), (11, Vec::new()));
    }
}
