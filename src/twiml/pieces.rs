//! XML in pieces: quick-xml's events, and the rules of XML 1.0 that it leaves to its user.
//!
//! Nothing is expanded but character references and the five named ones of XML, so that a
//! document never grows while it is read.

use std::borrow::Cow;

use quick_xml::{
    Error, Reader, XmlVersion,
    errors::{IllFormedError, SyntaxError},
    escape::resolve_xml_entity,
    events::{
        BytesDecl, BytesRef, BytesStart, Event,
        attributes::{AttrError, Attributes},
    },
};

use super::{
    Fault, MAX_DOCUMENT, Place, ReadError,
    characters::{is_allowed, is_name, is_space},
};

/// Deepest nesting that is read; TwiML itself has three levels.
const MAX_DEPTH: usize = 64;
/// Longest part of a name that is repeated in a message, in characters.
const MAX_SHOWN: usize = 40;

/// One piece of a document; comments and processing instructions are gone.
pub(super) enum Piece<'a> {
    Open(Tag<'a>),
    Text {
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
            let at = self.position();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.broken(at, &error)),
            };
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    return self.open(at, &tag).map(Piece::Open);
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Piece::Close);
                }
                Event::Text(text) => {
                    self.check_text(at, &text)?;
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
                Event::DocType(_) => {
                    return Err(self.malformed(at, "a document type is not read; leave it out"));
                }
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

    fn position(&self) -> usize {
        clamp(self.reader.buffer_position())
    }

    /// Byte at which a part of the document begins.
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
            let attribute = attribute.map_err(|error| self.bad_attribute(at, &error))?;
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
            let value = value.map_err(|_| self.malformed(start, BAD_REFERENCE))?.into_owned();
            if !value.chars().all(is_allowed) {
                return Err(self.malformed(start, BAD_REFERENCE));
            }
            attributes.push(Attribute { at: start, name, value });
        }
        Ok(attributes)
    }

    fn check_text(&self, at: usize, text: &str) -> Result<(), ReadError> {
        if let Some(end) = text.find("]]>") {
            return Err(self.malformed(at + end, "]]> must be written ]]&gt;"));
        }
        match text.find(|c| !is_space(c)) {
            Some(first) => self.check_inside(at + first),
            None => Ok(()),
        }
    }

    fn check_inside(&self, at: usize) -> Result<(), ReadError> {
        if self.open.is_empty() {
            return Err(self.malformed(at, "text stands outside the root element"));
        }
        Ok(())
    }

    fn resolve(&self, at: usize, reference: &BytesRef<'_>) -> Result<Cow<'a, str>, ReadError> {
        let bad = || self.malformed(at, BAD_REFERENCE);
        match reference.resolve_char_ref().map_err(|_| bad())? {
            Some(c) if is_allowed(c) => Ok(String::from(c).into()),
            Some(_) => Err(bad()),
            None => resolve_xml_entity(reference).map(Cow::Borrowed).ok_or_else(bad),
        }
    }

    fn check_declaration(&self, at: usize, content: &BytesDecl<'_>) -> Result<(), ReadError> {
        if at != 0 {
            return Err(self.malformed(at, "<?xml must be the very first thing in the document"));
        }
        let mut attributes = self.attributes(2, content, 3)?.into_iter().peekable();
        if attributes.next_if(|a| a.name == "version" && a.value == "1.0").is_none() {
            return Err(self.fault(0, Fault::Version));
        }
        if let Some(encoding) = attributes.next_if(|a| a.name == "encoding") {
            let ascii = encoding.value.eq_ignore_ascii_case("us-ascii") && self.text.is_ascii();
            if !ascii && !encoding.value.eq_ignore_ascii_case("utf-8") {
                return Err(self.fault(encoding.at, Fault::Encoding(shown(&encoding.value))));
            }
        }
        attributes.next_if(|a| a.name == "standalone" && matches!(&*a.value, "yes" | "no"));
        match attributes.next() {
            Some(other) => Err(self.malformed(other.at, BAD_DECLARATION)),
            None => Ok(()),
        }
    }

    fn check_instruction(&self, at: usize, target: &str) -> Result<(), ReadError> {
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed(at, BAD_DECLARATION));
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

    fn broken(&self, at: usize, error: &Error) -> ReadError {
        let place = clamp(self.reader.error_position()).max(at);
        let why: Cow<'static, str> = match error {
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, .. }) => {
                format!("</{}> is expected here", shown(expected)).into()
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(_)) => {
                "an end tag without a start tag stands here".into()
            }
            Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                "-- must not stand within a comment".into()
            }
            Error::IllFormed(IllFormedError::UnclosedReference) => BAD_REFERENCE.into(),
            Error::IllFormed(IllFormedError::MissingDoctypeName) => {
                "a document type is not read; leave it out".into()
            }
            Error::Syntax(SyntaxError::UnclosedComment) => "the comment is not closed".into(),
            Error::Syntax(SyntaxError::UnclosedCData) => "the CDATA section is not closed".into(),
            Error::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                "the <? is not closed by ?>".into()
            }
            Error::Syntax(
                SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue,
            ) => "the value of an attribute in this tag is not closed".into(),
            _ => "a tag that begins here is not closed".into(),
        };
        self.malformed(place, why)
    }

    fn bad_attribute(&self, at: usize, error: &AttrError) -> ReadError {
        let (place, why) = match *error {
            AttrError::ExpectedEq(place) => (place, "an attribute needs = and a value"),
            AttrError::ExpectedValue(place) => (place, "an attribute needs a value after ="),
            AttrError::UnquotedValue(place) => (place, "the value of an attribute needs quotes"),
            AttrError::ExpectedQuote(place, _) => {
                (place, "the value of an attribute is not closed")
            }
            AttrError::Duplicated(place, _) => (place, "this attribute is there twice"),
        };
        self.malformed(at + place, why)
    }
}

const BAD_REFERENCE: &str = "& must be written &amp; or begin a reference such as &lt;";
const BAD_DECLARATION: &str = "the declaration must be <?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// A name as it is repeated in messages.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn clamp(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
