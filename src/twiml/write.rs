//! Response to XML, in the form of Twilio's own libraries.

use super::{LimitError, MAX_DOCUMENT, Message, Method, Redirect, Response, Verb};

/// What a document begins with. White space before it would make Twilio refuse the document.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

impl Response {
    /// The document, as Twilio's own libraries print it: on one line, in UTF-8.
    ///
    /// What the texts hold is kept, except the characters that XML 1.0 forbids (controls other
    /// than tab, LF and CR, and U+FFFE and U+FFFF), which are left out: one of them would make
    /// Twilio refuse the whole document with 12100.
    ///
    /// # Errors
    /// If Twilio would not take it: see [`LimitError`].
    pub fn to_xml(&self) -> Result<String, LimitError> {
        let mut xml = String::new();
        self.write_xml(&mut xml)?;
        Ok(xml)
    }

    /// Appends what [`to_xml`](Self::to_xml) returns.
    ///
    /// # Errors
    /// If Twilio would not take it; `out` is then as it was.
    pub fn write_xml(&self, out: &mut String) -> Result<(), LimitError> {
        self.check()?;
        let start = out.len();
        out.reserve(self.expected_bytes());
        out.push_str(DECLARATION);
        if self.is_empty() {
            out.push_str("<Response/>");
            return Ok(());
        }
        out.push_str("<Response>");
        for verb in &self.verbs {
            match verb {
                Verb::Message(message) => message.write(out),
                Verb::Redirect(redirect) => redirect.write(out),
            }
        }
        out.push_str("</Response>");
        let bytes = out.len() - start;
        if bytes > MAX_DOCUMENT {
            out.truncate(start);
            return Err(LimitError::Document { bytes });
        }
        Ok(())
    }

    /// Room for the document when little in it is escaped.
    fn expected_bytes(&self) -> usize {
        let verbs = self.verbs.iter().map(|verb| match verb {
            Verb::Message(message) => message.expected_bytes(),
            Verb::Redirect(redirect) => redirect.url.len() + 48,
        });
        DECLARATION.len() + 32 + verbs.sum::<usize>()
    }
}

impl Message {
    fn write(&self, out: &mut String) {
        out.push_str("<Message");
        let attributes = [
            ("to", self.to.as_ref().map(AsRef::as_ref)),
            ("from", self.from.as_ref().map(AsRef::as_ref)),
            ("action", self.action.as_deref()),
            ("method", self.method.map(Method::as_str)),
            ("statusCallback", self.status_callback.as_deref()),
        ];
        for (name, value) in attributes {
            push_attribute(out, name, value);
        }
        out.push('>');
        if self.media.is_empty() {
            push_escaped(out, &self.body, Within::Element);
        } else if !self.body.is_empty() {
            push_element(out, "Body", &self.body);
        }
        for url in &self.media {
            push_element(out, "Media", url);
        }
        out.push_str("</Message>");
    }

    fn expected_bytes(&self) -> usize {
        let attributes =
            [self.to.as_ref().map(AsRef::as_ref), self.from.as_ref().map(AsRef::as_ref)]
                .into_iter()
                .chain([self.action.as_deref(), self.status_callback.as_deref()])
                .flatten()
                .map(|value: &str| value.len() + 20);
        let media = self.media.iter().map(|url| url.len() + 15);
        // One character in sixteen may be escaped before the text must move.
        48 + self.body.len() + self.body.len() / 16 + attributes.chain(media).sum::<usize>()
    }
}

impl Redirect {
    fn write(&self, out: &mut String) {
        out.push_str("<Redirect");
        push_attribute(out, "method", self.method.map(Method::as_str));
        out.push('>');
        push_escaped(out, &self.url, Within::Element);
        out.push_str("</Redirect>");
    }
}

fn push_attribute(out: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        push_escaped(out, value, Within::Attribute);
        out.push('"');
    }
}

fn push_element(out: &mut String, name: &str, text: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    push_escaped(out, text, Within::Element);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Where escaped text will stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Element,
    Attribute,
}

/// Appends the text in one pass: what needs no escape is copied in runs.
///
/// quick-xml's `partial_escape` leaves forbidden characters in, so that the text would be read
/// twice and, wherever something is escaped, copied twice.
fn push_escaped(out: &mut String, text: &str, within: Within) {
    let mut copied = 0;
    for (at, byte) in text.bytes().enumerate() {
        if PLAIN[usize::from(byte)] {
            continue;
        }
        let (escape, len) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'\r' => ("&#13;", 1),
            b'"' | b'\n' | b'\t' if within == Within::Element => continue,
            b'"' => ("&quot;", 1),
            b'\n' => ("&#10;", 1),
            b'\t' => ("&#9;", 1),
            0xef if text[at..].starts_with(['\u{fffe}', '\u{ffff}']) => ("", 3),
            0xef => continue,
            _ => ("", 1),
        };
        out.push_str(&text[copied..at]);
        out.push_str(escape);
        copied = at + len;
    }
    out.push_str(&text[copied..]);
}

/// Bytes that are copied wherever they stand; 0xEF begins U+FFFE and U+FFFF.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut control = 0;
    while control < 0x20 {
        plain[control] = false;
        control += 1;
    }
    let special = *b"&<>\"\xef";
    let mut at = 0;
    while at < special.len() {
        plain[special[at] as usize] = false;
        at += 1;
    }
    plain
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twiml::{MAX_BODY, MAX_MEDIA, MAX_MESSAGES};

    fn check(response: &Response, expected: &str) {
        let xml = response.to_xml().unwrap();
        assert_eq!(xml.strip_prefix(DECLARATION), Some(expected));
    }

    #[test]
    fn responses_are_printed_as_by_twilios_libraries() {
        let both = Message::new("foobar").media("https://twilio.com");
        let media = Message::default().media("/1.jpg").media("/2.jpg?a=1&b=2");
        let full = Message::new("Hi")
            .status_callback("/s")
            .method(Method::Get)
            .action("/a?x=1&y=\"\n")
            .from("+14155238886".parse().unwrap())
            .to("whatsapp:+15005550006".parse().unwrap());
        check(&Response::new(), "<Response/>");
        check(
            &Response::new().message("Hello").redirect("example.com"),
            "<Response><Message>Hello</Message><Redirect>example.com</Redirect></Response>",
        );
        check(
            &both.into(),
            "<Response><Message><Body>foobar</Body><Media>https://twilio.com</Media></Message>\
             </Response>",
        );
        check(
            &media.into(),
            "<Response><Message><Media>/1.jpg</Media><Media>/2.jpg?a=1&amp;b=2</Media></Message>\
             </Response>",
        );
        check(
            &full.into(),
            "<Response><Message to=\"whatsapp:+15005550006\" from=\"+14155238886\" \
             action=\"/a?x=1&amp;y=&quot;&#10;\" method=\"GET\" statusCallback=\"/s\">Hi</Message>\
             </Response>",
        );
        check(
            &Response::new().redirect(Redirect::new("/next").method(Method::Post)),
            "<Response><Redirect method=\"POST\">/next</Redirect></Response>",
        );
    }

    #[test]
    fn texts_are_escaped_and_cleaned() {
        for (body, expected) in [
            ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
            ("]]>", "]]&gt;"),
            ("\"it's\"\ttab\nline", "\"it's\"\ttab\nline"),
            ("one\r\ntwo\r", "one&#13;\ntwo&#13;"),
            ("\0a\u{1}\u{b}\u{c}\u{1f}b\u{fffe}\u{ffff}", "ab"),
            ("ﻂ\u{fffd}\u{feff}\u{7f}\u{85}\u{2028}", "ﻂ\u{fffd}\u{feff}\u{7f}\u{85}\u{2028}"),
            ("📦 päckchen", "📦 päckchen"),
        ] {
            let expected = format!("<Response><Message>{expected}</Message></Response>");
            check(&body.into(), &expected);
        }
    }

    #[test]
    fn what_twilio_would_refuse_is_not_written() {
        let long = "é".repeat(MAX_BODY);
        assert!(Response::from(long.clone()).to_xml().is_ok());
        let many = |count| (0..count).map(|_| "hi").collect::<Response>();
        let pictures =
            |count| (0..count).fold(Message::default(), |message, _| message.media("/1.jpg"));
        assert!(many(MAX_MESSAGES).to_xml().is_ok());
        assert!(Response::from(pictures(MAX_MEDIA)).to_xml().is_ok());
        let escaped = (0..10).map(|_| "&".repeat(MAX_BODY)).collect::<Response>();
        for (response, code, message) in [
            (many(11), 14109, "the response has 11 messages and Twilio takes 10; send the others"),
            (
                Response::from("hi").message(long + "\0é"),
                14103,
                "the body of message 2 has 1601 UTF-16 units and Twilio takes 1600; split it",
            ),
            ("🎈".repeat(801).into(), 14103, "the body of message 1 has 1602 UTF-16 units"),
            (Response::new().message(" \u{1}\n"), 14103, "message 1 has neither body nor media"),
            (pictures(11).into(), 21623, "message 1 has 11 media and Twilio takes 10"),
            (Message::default().media("\t").into(), 11100, "the Media URL of message 1 is empty"),
            (Message::new("a").action("").into(), 11100, "the action URL of message 1 is empty"),
            (
                Message::new("a").status_callback("").into(),
                14105,
                "the statusCallback URL of message 1 is empty",
            ),
            (Response::new().redirect(""), 11100, "the URL of a redirect is empty"),
            (escaped, 11750, "the response has 80249 bytes and Twilio takes 64000"),
        ] {
            let mut out = String::from("before");
            let error = response.write_xml(&mut out).unwrap_err();
            assert_eq!((error.code(), out.as_str()), (code, "before"));
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
}
