//! Response to XML, in the form of Twilio's own libraries.

use super::{LimitError, MAX_DOCUMENT, Message, Method, Redirect, Response, Verb};

/// What a document begins with. White space before it would make Twilio refuse the document.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

impl Response {
    /// The document, as Twilio's own libraries print it: on one line, in UTF-8. Serve it as
    /// `text/xml`, with nothing before it.
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
/// quick-xml's `partial_escape` leaves forbidden characters in, so that each text would be read
/// twice and, wherever something is escaped, copied twice.
fn push_escaped(out: &mut String, text: &str, within: Within) {
    let mut rest = text;
    while let Some(at) = find_special(rest.as_bytes()) {
        let (plain, special) = rest.split_at(at);
        let (escape, len) = match special.as_bytes()[0] {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'\r' => ("&#13;", 1),
            b'"' if within == Within::Attribute => ("&quot;", 1),
            b'\n' if within == Within::Attribute => ("&#10;", 1),
            b'\t' if within == Within::Attribute => ("&#9;", 1),
            b'"' | b'\n' | b'\t' => (&special[..1], 1),
            0xef if !special.starts_with(['\u{fffe}', '\u{ffff}']) => (&special[..3], 3),
            0xef => ("", 3),
            _ => ("", 1),
        };
        out.push_str(plain);
        out.push_str(escape);
        rest = &special[len..];
    }
    out.push_str(rest);
}

/// Where the first byte stands that may not be copied as it is.
fn find_special(bytes: &[u8]) -> Option<usize> {
    // Looking at eight bytes without a branch between them halves the time.
    let (blocks, _) = bytes.as_chunks::<8>();
    let special = |block: &[u8; 8]| block.iter().fold(false, |any, byte| any | is_special(*byte));
    let from = blocks.iter().position(special).unwrap_or(blocks.len()) * 8;
    bytes[from..].iter().position(|byte| is_special(*byte)).map(|at| from + at)
}

const fn is_special(byte: u8) -> bool {
    SPECIAL[byte as usize]
}

/// Bytes that are escaped or left out anywhere; 0xEF begins U+FFFE and U+FFFF.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < special.len() {
        special[byte] = byte < 0x20 || matches!(byte, 0x22 | 0x26 | 0x3c | 0x3e | 0xef);
        byte += 1;
    }
    special
};

#[cfg(test)]
mod tests {
    use super::*;

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
    fn escapes_are_found_wherever_they_stand() {
        for before in 0..20 {
            for (special, expected) in [("&", "&amp;"), ("\u{fffe}", ""), ("ﻂ", "ﻂ"), ("\n", "\n")]
            {
                let (before, after) = ("x".repeat(before), "y".repeat(20 - before));
                let expected =
                    format!("<Response><Message>{before}{expected}{after}</Message></Response>");
                check(&format!("{before}{special}{after}").into(), &expected);
            }
        }
    }

    #[test]
    fn a_document_is_appended_to_what_is_there() {
        let mut out = String::from("HTTP/1.1 200 OK\n\n");
        Response::new().write_xml(&mut out).unwrap();
        assert_eq!(out, format!("HTTP/1.1 200 OK\n\n{DECLARATION}<Response/>"));
    }

    #[test]
    fn an_ordinary_answer_is_written_without_moving_it() {
        let answer = Response::new()
            .message("Tom & Jerry say \"hi\" <3")
            .message(Message::new("menu").media("https://example.com/menu.jpg?a=1&b=2"));
        let room = answer.expected_bytes();
        assert!(answer.to_xml().unwrap().len() <= room, "{room}");
    }
}
