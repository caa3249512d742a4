//! XML in pieces: quick-xml's events, and the rules of XML 1.0 that it leaves to its user.
//!
//! Nothing is expanded but character references and the five named ones of XML, so that a
//! document never grows while it is read.

use std::borrow::Cow;

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event, attributes::Attributes},
};

use super::{
    Fault, MAX_DOCUMENT, Place, ReadError,
    advice::{self, shown},
    characters::{is_allowed, is_name, is_space},
    declaration,
};

/// Deepest nesting that is read; TwiML itself has three levels.
const MAX_DEPTH: usize = 64;

/// One piece of a document; comments and processing instructions are gone.
pub(super) enum Piece<'a> {
    Open(Tag<'a>),
    Text {
        /// Byte at which the text begins, white space before it left out.
        at: usize,
        text: Cow<'a, str>,
    },
    Close,
    /// The root element was closed and nothing more follows.
    End,
}

pub(super) struct Tag<'a> {
    /// Byte at which the tag begins.
    pub(super) at: usize,
    pub(super) name: &'a str,
    pub(super) attributes: Vec<Attribute<'a>>,
}

pub(super) struct Attribute<'a> {
    /// Byte at which the name begins.
    pub(super) at: usize,
    pub(super) name: &'a str,
    pub(super) value: String,
}

pub(super) struct Pieces<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Elements that are open: where, and their names.
    open: Vec<(usize, &'a str)>,
    has_root: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(xml: &'a [u8]) -> Result<Self, ReadError> {
        if xml.len() > MAX_DOCUMENT {
            return Err(ReadError { place: Place::START, fault: Fault::TooLarge(xml.len()) });
        }
        let (text, broken) = match str::from_utf8(xml) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = xml.get(..error.valid_up_to()).unwrap_or_default();
                (str::from_utf8(valid).unwrap_or_default(), Some(valid.len()))
            }
        };
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().check_comments = true;
        let pieces = Self { text, reader, open: Vec::new(), has_root: false };
        if let Some(at) = broken {
            return Err(pieces.malformed(at, "a byte here is not UTF-8; serve UTF-8"));
        }
        pieces.check_characters()?;
        Ok(pieces)
    }

    fn check_characters(&self) -> Result<(), ReadError> {
        if self.text.starts_with('\u{feff}') {
            return Err(self.malformed(0, "a byte order mark begins the document; leave it out"));
        }
        match self.text.char_indices().find(|(_, c)| !is_allowed(*c)) {
            Some((at, _)) => {
                Err(self.malformed(at, "a character here is forbidden in XML; leave it out"))
            }
            None => Ok(()),
        }
    }

    pub(super) fn next(&mut self) -> Result<Piece<'a>, ReadError> {
        loop {
            let (at, event) = self.event()?;
            match event {
                // An empty element comes as a start and an end: see the reader's configuration.
                Event::Start(tag) | Event::Empty(tag) => {
                    return Ok(Piece::Open(self.open(at, &tag)?));
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Piece::Close);
                }
                Event::Text(text) => {
                    let at = self.check_text(at, &text)?;
                    if !self.open.is_empty() {
                        return Ok(Piece::Text { at, text: text.xml10_content() });
                    }
                }
                Event::CData(text) => {
                    self.check_inside(at)?;
                    return Ok(Piece::Text { at, text: text.xml10_content() });
                }
                Event::GeneralRef(reference) => {
                    self.check_inside(at)?;
                    let text = self.resolve(at, &reference)?;
                    return Ok(Piece::Text { at, text });
                }
                Event::Decl(declaration) => self.check_declaration(at, &declaration)?,
                Event::PI(instruction) => self.check_instruction(at, instruction.target())?,
                Event::Comment(_) => {}
                Event::DocType(_) => return Err(self.malformed(at, advice::DOCTYPE)),
                Event::Eof => return self.end(),
            }
        }
    }

    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// An error at this byte.
    pub(super) fn fault(&self, at: usize, fault: Fault) -> ReadError {
        let before = self.text.get(..at).unwrap_or(self.text);
        ReadError { place: Place::START.after(before), fault }
    }

    fn malformed(&self, at: usize, why: impl Into<Cow<'static, str>>) -> ReadError {
        self.fault(at, Fault::Malformed(why.into()))
    }

    /// The next event, and the byte at which it begins.
    fn event(&mut self) -> Result<(usize, Event<'a>), ReadError> {
        let at = clamp(self.reader.buffer_position());
        match self.reader.read_event() {
            Ok(event) => Ok((at, event)),
            Err(error) => {
                let at = clamp(self.reader.error_position()).max(at);
                Err(self.malformed(at, advice::on_markup(&error)))
            }
        }
    }

    /// Byte at which a part of the document begins, which quick-xml borrows from our text.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr())
    }

    fn open(&mut self, at: usize, tag: &BytesStart<'_>) -> Result<Tag<'a>, ReadError> {
        let end = at + 1 + tag.name().as_ref().len();
        let name = self.text.get(at + 1..end).unwrap_or_default();
        if !is_name(name) {
            return Err(self.malformed(at, "< must be written &lt; or begin a tag with a name"));
        }
        if self.open.is_empty() && self.has_root {
            let why = format!("<{}> follows the root element; put it inside", shown(name));
            return Err(self.malformed(at, why));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(self.fault(at, Fault::TooDeep));
        }
        let attributes = self.attributes(at + 1, tag, name.len())?;
        self.open.push((at, name));
        self.has_root = true;
        Ok(Tag { at, name, attributes })
    }

    /// The attributes in the content of a tag that begins at this byte.
    fn attributes(
        &self,
        at: usize,
        content: &str,
        name: usize,
    ) -> Result<Vec<Attribute<'a>>, ReadError> {
        let mut attributes = Vec::new();
        for attribute in Attributes::new(content, name) {
            let attribute = attribute.map_err(|error| {
                let (within, why) = advice::on_attribute(&error);
                self.malformed(at + within, why)
            })?;
            let start = self.offset(attribute.key.as_ref());
            let name = self.text.get(start..start + attribute.key.as_ref().len());
            let name = name.unwrap_or_default();
            let spaced = self.text.get(..start).is_some_and(|text| text.ends_with(is_space));
            if !is_name(name) || !spaced {
                return Err(
                    self.malformed(start, "attributes are name=\"value\", with a space before")
                );
            }
            if attribute.value.contains('<') {
                return Err(self.malformed(start, "< in an attribute must be written &lt;"));
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            let value = value.map_err(|_| self.malformed(start, advice::REFERENCE))?.into_owned();
            if !value.chars().all(is_allowed) {
                return Err(self.malformed(start, advice::REFERENCE));
            }
            attributes.push(Attribute { at: start, name, value });
        }
        Ok(attributes)
    }

    /// The byte of the first character that is not white space, which may stand anywhere.
    fn check_text(&self, at: usize, text: &str) -> Result<usize, ReadError> {
        if let Some(end) = text.find("]]>") {
            return Err(self.malformed(at + end, "]]> must be written ]]&gt;"));
        }
        let Some(first) = text.find(|c| !is_space(c)) else { return Ok(at) };
        self.check_inside(at + first)?;
        Ok(at + first)
    }

    fn check_inside(&self, at: usize) -> Result<(), ReadError> {
        if self.open.is_empty() {
            return Err(self.malformed(at, "text stands outside the root element"));
        }
        Ok(())
    }

    fn resolve(&self, at: usize, reference: &BytesRef<'_>) -> Result<Cow<'a, str>, ReadError> {
        let bad = || self.malformed(at, advice::REFERENCE);
        match reference.resolve_char_ref().map_err(|_| bad())? {
            Some(c) if is_allowed(c) => Ok(String::from(c).into()),
            Some(_) => Err(bad()),
            None => resolve_xml_entity(reference).map(Cow::Borrowed).ok_or_else(bad),
        }
    }

    fn check_declaration(&self, at: usize, content: &str) -> Result<(), ReadError> {
        let attributes = self.attributes(2, content, "xml".len())?;
        let checked = declaration::check(at, attributes, self.text);
        checked.map_err(|(at, fault)| self.fault(at, fault))
    }

    fn check_instruction(&self, at: usize, target: &str) -> Result<(), ReadError> {
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed(at, advice::DECLARATION));
        }
        if !is_name(target) {
            return Err(self.malformed(at, "a processing instruction must begin with a name"));
        }
        Ok(())
    }

    fn end(&self) -> Result<Piece<'a>, ReadError> {
        match self.open.last() {
            Some((at, name)) => {
                Err(self.malformed(*at, format!("<{}> is not closed", shown(name))))
            }
            None if self.has_root => Ok(Piece::End),
            None => Err(self.malformed(self.text.len(), "there is no element; write <Response/>")),
        }
    }
}

fn clamp(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twiml::Response;

    fn check(xml: impl AsRef<[u8]>, code: u16, expected: &str) {
        let xml = xml.as_ref();
        let error = Response::read(xml).unwrap_err();
        let xml = String::from_utf8_lossy(&xml[..xml.len().min(200)]);
        assert_eq!((error.code(), &*error.to_string()), (code, expected), "{xml}");
    }

    /// What is said, and for which documents: line, column, and the text with `\n` for LF.
    const BROKEN: &str = r#"
there is no element; write <Response/>
    1:1
    2:1 <!-- only -->\n
text stands outside the root element
    1:1 Hello
    1:1 {"a":1}
    2:2 <Response/>\n ok
    1:12 <Response/>&amp;
    1:1 <![CDATA[]]><Response/>
<Response> follows the root element; put it inside
    1:12 <Response/><Response/>
<Response> is not closed
    1:1 <Response>
    1:1 <Response><Message/>
<Message> is not closed
    1:11 <Response><Message>
this tag is not closed by >
    1:1 <Response
    1:11 <Response><
    1:11 <Response></Response
the value of an attribute in this tag is not closed
    1:11 <Response><Message to="+1></Message></Response>
    1:11 <Response><Message to='+1></Message></Response>
</Response> must stand here
    1:11 <Response></Message>
    1:11 <Response></Response x="1">
</Message> must stand here
    2:11 <Response>\n<Message>é</Response>
</br> must stand here
    1:18 <html><body>a<br></body></html>
this end tag has no start tag
    1:1 </Response>
    1:12 <Response/></Response>
& must be written &amp; or begin a reference such as &lt;
    1:13 <Response>é & co</Response>
    1:11 <Response>&</Response>
    1:11 <Response>&
    1:11 <Response>&nbsp;</Response>
    1:11 <Response>&#0;</Response>
    1:11 <Response>&#x1;</Response>
    1:11 <Response>&#xD800;</Response>
    1:11 <Response>&#+65;</Response>
    1:11 <Response>&#99999999999;</Response>
    1:11 <Response a="&b"/>
    1:11 <Response a="&b;"/>
    1:11 <Response a="&#2;"/>
< must be written &lt; or begin a tag with a name
    1:13 <Response>I <3 you</Response>
    1:13 <Response>a < b > c</Response>
    1:11 <Response><></></Response>
    1:11 <Response><a;></a;></Response>
]]> must be written ]]&gt;
    1:13 <Response>a ]]></Response>
this attribute is there twice
    1:17 <Response a="1" a="2"/>
attributes are name="value", with a space before
    1:16 <Response a="1"b="2"/>
    1:11 <Response 1="2"/>
an attribute needs = and a value
    1:12 <Response a/>
an attribute needs a value after =
    1:13 <Response a=/>
the value of an attribute needs quotes
    1:13 <Response a=b/>
< in an attribute must be written &lt;
    1:11 <Response a="<"/>
-- must not stand within a comment
    1:18 <Response><!-- a -- b --></Response>
the comment is not closed by -->
    1:11 <Response><!-- a
the CDATA section is not closed by ]]>
    1:11 <Response><![CDATA[ a
<! must begin a comment or a CDATA section
    1:11 <Response><!a></Response>
a processing instruction must begin with a name
    1:11 <Response><? a?></Response>
<? is not closed by ?>
    1:11 <Response><?a
a document type is not read; leave it out
    1:1 <!DOCTYPE Response><Response/>
    1:1 <!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Response>&b;</Response>
    1:1 <!DOCTYPE
    1:10 <!DOCTYPE>
"#;

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_place() {
        let mut advice = "";
        for line in BROKEN.lines().skip(1) {
            let Some(case) = line.strip_prefix("    ") else {
                advice = line;
                continue;
            };
            let (place, xml) = case.split_once(' ').unwrap_or((case, ""));
            let (line, column) = place.split_once(':').unwrap();
            let expected = format!("line {line}, column {column}: {advice}");
            check(xml.replace("\\n", "\n"), 12100, &expected);
        }
    }

    #[test]
    fn forbidden_characters_and_byte_order_marks_are_refused() {
        let forbidden = "a character here is forbidden in XML; leave it out";
        check("<Response>\u{1}</Response>", 12100, &format!("line 1, column 11: {forbidden}"));
        check("<Response/><!--\u{ffff}-->", 12100, &format!("line 1, column 16: {forbidden}"));
        let mark = "line 1, column 1: a byte order mark begins the document; leave it out";
        check("\u{feff}<Response/>", 12100, mark);
        let byte = "line 2, column 1: a byte here is not UTF-8; serve UTF-8";
        check(b"<Response>\n\xe9</Response>", 12100, byte);
    }

    #[test]
    fn other_roots_are_refused() {
        let long = "x".repeat(40);
        for (xml, place, name) in [
            ("<html><body>x</body></html>", "line 1, column 1", "html"),
            ("\n <response/>", "line 2, column 2", "response"),
            (&*format!("<{long}y/>"), "line 1, column 1", &*format!("{long}…")),
        ] {
            check(
                xml,
                12102,
                &format!("{place}: the root element is <{name}> and must be <Response>"),
            );
        }
    }

    #[test]
    fn huge_documents_end_in_an_error_at_once() {
        let filled = |count| format!("<Response><!--{}--></Response>", "x".repeat(count));
        assert!(Response::read(filled(MAX_DOCUMENT - 28)).is_ok());
        check(
            filled(MAX_DOCUMENT - 27),
            11750,
            "line 1, column 1: the document has 64001 bytes and Twilio takes 64000",
        );
        check(
            "<Response>".repeat(6_000),
            12100,
            "line 1, column 641: elements are nested too deeply",
        );
        let attributes = (0..5_000).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
        let read = Response::read(format!("<Response{attributes}/>")).unwrap();
        assert_eq!(read.warnings.len(), 5_000);
        let elements = format!("<Response>{}</Response>", "<a/>".repeat(15_000));
        assert_eq!(Response::read(elements).unwrap().warnings.len(), 15_000);
        let value =
            format!("<Response><Message to='{}'>a</Message></Response>", "&lt;".repeat(15_000));
        assert_eq!(Response::read(value).unwrap().warnings[0].code(), 14101);
    }
}
