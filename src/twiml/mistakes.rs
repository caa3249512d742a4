//! What a reader finds wrong in a document, and where.

use std::{borrow::Cow, fmt};

use super::{MAX_BODY, MAX_DOCUMENT};
use crate::message::InvalidAddress;

/// A line and a column, both counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Line, ended by LF.
    pub line: usize,
    /// Character in the line.
    pub column: usize,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// The place that is reached from here by passing over the text.
    pub(super) fn after(self, text: &str) -> Self {
        match text.rsplit_once('\n') {
            None => Self { column: self.column + text.chars().count(), ..self },
            Some((before, last)) => Self {
                line: self.line + before.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a document cannot be used at all: Twilio would log the code and call the fallback URL.
///
/// ```
/// use chinwag::twiml::Response;
///
/// let error = Response::read("<Response><Message>Tom & Jerry</Message></Response>").unwrap_err();
/// assert_eq!(error.code(), 12100);
/// assert_eq!(
///     error.to_string(),
///     "line 1, column 24: & must be written &amp; or begin a reference such as &lt;",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct ReadError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

impl ReadError {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.fault.code()
    }
}

/// What makes a document useless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// More than [`MAX_DOCUMENT`] bytes.
    #[error("the document has {0} bytes and Twilio takes {MAX_DOCUMENT}")]
    TooLarge(usize),
    /// Not well-formed XML; the text says what to write instead.
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    /// Elements within elements, deeper than anything that TwiML knows.
    #[error("elements are nested too deeply")]
    TooDeep,
    /// The declaration names another encoding than UTF-8 and its part US-ASCII.
    #[error("the document is declared as {0}; serve UTF-8 and declare encoding=\"UTF-8\"")]
    Encoding(String),
    /// The declaration names another version than 1.0, or none.
    #[error("the declaration must begin with version=\"1.0\"")]
    Version,
    /// The root element has another name; `Response` is case-sensitive.
    #[error("the root element is <{0}> and must be <Response>")]
    Root(String),
}

impl Fault {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::TooLarge(_) => 11750,
            Self::Malformed(_) | Self::TooDeep | Self::Encoding(_) => 12100,
            Self::Version => 12101,
            Self::Root(_) => 12102,
        }
    }
}

/// What is wrong with one part of a document; the rest is used.
///
/// ```
/// use chinwag::twiml::Response;
///
/// let read = Response::read("<Response>\n  <message>Hi</message>\n</Response>")?;
/// assert_eq!(read.warnings[0].code(), 12200);
/// assert_eq!(
///     read.warnings[0].to_string(),
///     "line 2, column 3: <message> is not known in <Response> and is skipped; \
///      did you mean Message?",
/// );
/// # Ok::<(), chinwag::twiml::ReadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What.
    pub oddity: Oddity,
}

impl Warning {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    #[must_use]
    pub fn code(&self) -> u16 {
        self.oddity.code()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.oddity)
    }
}

/// What is skipped or put right in a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// An element that is not known where it stands.
    #[error("<{name}> is not known in <{parent}> and is skipped{}", meant(*.known))]
    Element {
        /// Its name, shortened if it is long.
        name: String,
        /// The element that it stands in.
        parent: &'static str,
        /// The known name that differs from it only in case.
        known: Option<&'static str>,
    },
    /// An attribute that its element does not have.
    #[error("the attribute {name} is not known in <{element}> and is ignored{}", meant(*.known))]
    Attribute {
        /// Its name, shortened if it is long.
        name: String,
        /// The element.
        element: &'static str,
        /// The known name that differs from it only in case.
        known: Option<&'static str>,
    },
    /// A verb of another product, such as `Say` of Voice.
    #[error("<{0}> is not a verb of messaging and is skipped; use <Message>")]
    Verb(String),
    /// Text that stands in `Response` itself.
    #[error("text outside a verb is ignored; put it in <Message>")]
    Text,
    /// A `to` that is not an address.
    #[error("to is not an address and the message is left out: {0}")]
    To(InvalidAddress),
    /// A `from` that is not an address.
    #[error("from is not an address and the message is left out: {0}")]
    From(InvalidAddress),
    /// A body above [`MAX_BODY`]; here is its length in UTF-16 units.
    #[error("the body has {0} UTF-16 units, Twilio takes {MAX_BODY}, and the message is left out")]
    Body(usize),
    /// A message with neither text nor media.
    #[error("the message has neither body nor media and is left out")]
    Nothing,
    /// A `method` other than `GET` and `POST` in capitals.
    #[error("the method of <{0}> must be GET or POST, in capitals, and is taken for POST")]
    Method(&'static str),
    /// A `statusCallback` that is not a URL.
    #[error("statusCallback is not an http or https URL and is ignored")]
    StatusCallback,
    /// An `action` that is not a URL.
    #[error("action is not an http or https URL and is ignored")]
    Action,
    /// The content of `Media` or `Redirect` is not a URL.
    #[error("the content of <{0}> is not an http or https URL and is left out")]
    Url(&'static str),
}

impl Oddity {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    #[must_use]
    pub fn code(&self) -> u16 {
        match self {
            Self::To(_) => 14101,
            Self::From(_) => 14102,
            Self::Body(_) | Self::Nothing => 14103,
            Self::Method("Message") => 14104,
            Self::StatusCallback => 14105,
            Self::Action | Self::Url(_) => 11100,
            Self::Verb(_) => 14110,
            Self::Element { .. } | Self::Attribute { .. } | Self::Text | Self::Method(_) => 12200,
        }
    }
}

fn meant(known: Option<&str>) -> String {
    known.map_or_else(String::new, |known| format!("; did you mean {known}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_characters() {
        for (text, line, column) in [
            ("", 1, 1),
            ("a", 1, 2),
            ("é🎈", 1, 3),
            ("\n", 2, 1),
            ("a\r\nbc", 2, 3),
            ("\n\n\nx", 4, 2),
        ] {
            assert_eq!(Place::START.after(text), Place { line, column }, "{text:?}");
        }
        assert_eq!(Place { line: 3, column: 4 }.after("ab"), Place { line: 3, column: 6 });
        assert_eq!(Place { line: 3, column: 4 }.after("a\nb"), Place { line: 4, column: 2 });
    }
}
