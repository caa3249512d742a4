//! What to write instead of what cannot be read as XML.

use std::borrow::Cow;

use quick_xml::{
    Error,
    errors::{IllFormedError, SyntaxError},
    events::attributes::AttrError,
};

/// Longest part of a name that is repeated in a message, in characters.
const MAX_SHOWN: usize = 40;

pub(super) const REFERENCE: &str = "& must be written &amp; or begin a reference such as &lt;";
pub(super) const DECLARATION: &str =
    "the declaration must be <?xml version=\"1.0\" encoding=\"UTF-8\"?>";
pub(super) const DOCTYPE: &str = "a document type is not read; leave it out";

/// A name as it is repeated in messages: a document that is cut off or badly escaped may make a
/// long one of what was not meant as a name.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// On tags, comments and references.
pub(super) fn on_markup(error: &Error) -> Cow<'static, str> {
    use SyntaxError as Syntax;
    let advice = match error {
        Error::IllFormed(error) => return on_structure(error),
        Error::Syntax(Syntax::UnclosedComment) => "the comment is not closed by -->",
        Error::Syntax(Syntax::UnclosedCData) => "the CDATA section is not closed by ]]>",
        Error::Syntax(Syntax::UnclosedPI | Syntax::UnclosedXmlDecl) => "<? is not closed by ?>",
        Error::Syntax(Syntax::UnclosedDoctype) => DOCTYPE,
        Error::Syntax(Syntax::InvalidBangMarkup) => "<! must begin a comment or a CDATA section",
        Error::Syntax(
            Syntax::UnclosedSingleQuotedAttributeValue | Syntax::UnclosedDoubleQuotedAttributeValue,
        ) => "the value of an attribute in this tag is not closed",
        _ => "this tag is not closed by >",
    };
    advice.into()
}

fn on_structure(error: &IllFormedError) -> Cow<'static, str> {
    let advice = match error {
        IllFormedError::MismatchedEndTag { expected, .. } => {
            return format!("</{}> must stand here", shown(expected)).into();
        }
        IllFormedError::UnmatchedEndTag(_) => "this end tag has no start tag",
        IllFormedError::DoubleHyphenInComment => "-- must not stand within a comment",
        IllFormedError::UnclosedReference => REFERENCE,
        IllFormedError::MissingDoctypeName => DOCTYPE,
        _ => "this is not well-formed XML",
    };
    advice.into()
}

/// On attributes: the byte in the tag, and what to write.
pub(super) const fn on_attribute(error: &AttrError) -> (usize, &'static str) {
    match *error {
        AttrError::ExpectedEq(at) => (at, "an attribute needs = and a value"),
        AttrError::ExpectedValue(at) => (at, "an attribute needs a value after ="),
        AttrError::UnquotedValue(at) => (at, "the value of an attribute needs quotes"),
        AttrError::ExpectedQuote(at, _) => (at, "the value of an attribute is not closed"),
        AttrError::Duplicated(at, _) => (at, "this attribute is there twice"),
    }
}
