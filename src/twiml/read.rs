//! XML to response, as strict as Twilio: a broken document is refused, an odd part is skipped.

use std::mem;

use super::{
    MAX_BODY, Message, Method, Oddity, Place, ReadError, Redirect, Response, Verb, Warning,
    characters::{trim, units},
    mistakes::Fault,
    pieces::{Attribute, Piece, Pieces, Tag, shown},
};
use crate::message::Address;

/// Verbs that Twilio knows, but not in messaging (<https://www.twilio.com/docs/voice/twiml>).
const OTHER_VERBS: [&str; 18] = [
    "Connect", "Dial", "Echo", "Enqueue", "Gather", "Hangup", "Leave", "Pause", "Pay", "Play",
    "Queue", "Record", "Refer", "Reject", "Say", "Sms", "Start", "Stop",
];

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
                return Err(self.pieces.fault(root.at, Fault::Root(shown(root.name))));
            }
            self.no_attributes(root.attributes, "Response");
            response.verbs = self.verbs()?;
        }
        Ok(response)
    }

    fn verbs(&mut self) -> Result<Vec<Verb>, ReadError> {
        let mut verbs = Vec::new();
        loop {
            match self.pieces.next()? {
                Piece::Open(tag) if tag.name == "Message" => {
                    verbs.extend(self.message(tag)?.map(Verb::Message));
                }
                Piece::Open(tag) if tag.name == "Redirect" => {
                    verbs.extend(self.redirect(tag)?.map(Verb::Redirect));
                }
                Piece::Open(tag) => self.skip(&tag, "Response", &["Message", "Redirect"])?,
                Piece::Text { text, .. } if trim(&text).is_empty() => {}
                Piece::Text { at, .. } => self.odd(at, Oddity::Text),
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
                        _ => self.skip(&part, "Message", &["Body", "Media"])?,
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
                _ => self.unknown(at, name, "Message", &ENVELOPE),
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
                Piece::Open(part) => self.skip(&part, name, &[])?,
                Piece::Close | Piece::End => return Ok(trim(&content).to_owned()),
            }
        }
    }

    /// Passes over an element that is not one of the known ones.
    fn skip(
        &mut self,
        tag: &Tag<'a>,
        parent: &'static str,
        known: &[&'static str],
    ) -> Result<(), ReadError> {
        let name = shown(tag.name);
        self.odd(
            tag.at,
            match parent {
                "Response" if OTHER_VERBS.contains(&tag.name) => Oddity::Verb(name),
                _ => Oddity::Element { name, parent, known: alike(tag.name, known) },
            },
        );
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
            self.unknown(at, name, element, &[]);
        }
    }

    fn unknown(&mut self, at: usize, name: &str, element: &'static str, known: &[&'static str]) {
        let oddity = Oddity::Attribute { name: shown(name), element, known: alike(name, known) };
        self.odd(at, oddity);
    }
}

/// The attributes of `Message`.
const ENVELOPE: [&str; 5] = ["to", "from", "action", "method", "statusCallback"];

/// The known name that differs from this one only in case.
fn alike(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether Twilio could fetch it: a relative URL, or an absolute one of http or https.
fn is_url(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    let web = |scheme: &str| ["http", "https"].iter().any(|web| web.eq_ignore_ascii_case(scheme));
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && scheme.is_none_or(|scheme| web(scheme) || scheme.contains(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn response() -> impl Strategy<Value = Response> {
        let text = "[a-zé🎈 <>&\"'\r\n\t\\]\u{0}-\u{1f}\u{fffd}-\u{ffff}]{0,40}|\\PC{0,40}";
        let url = "(https?://[a-z]{1,5}|/)[a-z&\"'<>%=?#\u{1}-\u{8}\u{fffe}]{1,20}";
        let address = "whatsapp:\\+[1-9][0-9]{7,14}|[a-z]{1,4}:[!-~é\"&<]{1,9}";
        let address =
            || proptest::option::of(address.prop_filter_map("no address", |a| a.parse().ok()));
        let method = || proptest::option::of(prop_oneof![Just(Method::Get), Just(Method::Post)]);
        let message = (
            text,
            proptest::collection::vec(url, 0..4),
            (address(), address()),
            (proptest::option::of(url), method(), proptest::option::of(url)),
        );
        let message =
            message.prop_map(|(body, media, (to, from), (action, method, status_callback))| {
                Verb::Message(Message { body, media, to, from, action, method, status_callback })
            });
        let redirect = (url, method()).prop_map(|(url, method)| Redirect { url, method });
        let verb = prop_oneof![4 => message, 1 => redirect.prop_map(Verb::Redirect)];
        proptest::collection::vec(verb, 0..6).prop_map(|verbs| Response { verbs })
    }

    /// What reading leaves of a text.
    fn clean(text: &str) -> String {
        let kept: String =
            text.chars().filter(|c| crate::twiml::characters::is_allowed(*c)).collect();
        trim(&kept).to_owned()
    }

    fn cleaned(mut response: Response) -> Response {
        for verb in &mut response.verbs {
            match verb {
                Verb::Message(message) => {
                    message.body = clean(&message.body);
                    let urls = message.media.iter_mut().chain(&mut message.action);
                    urls.chain(&mut message.status_callback).for_each(|url| *url = clean(url));
                }
                Verb::Redirect(redirect) => redirect.url = clean(&redirect.url),
            }
        }
        response
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_written_is_read_back(response in response()) {
            match response.to_xml() {
                Ok(xml) => {
                    let read = Response::read(&xml).unwrap();
                    prop_assert_eq!(read.warnings, Vec::new(), "{}", xml);
                    prop_assert_eq!(read.response, cleaned(response));
                }
                Err(error) => prop_assert_eq!(error.code(), 14103),
            }
        }
    }
}
