//! The document: raw text, the styles on it, and the lines that are list items or quotes.

use std::ops::Range;

/// Text with styles, as a value: made with [`bold`](super::bold) and its kin, by
/// [`Rich::parse`], or line by line.
///
/// The text is raw: markers in it are data. It is made safe only when it is written as markup
/// (`Display`, [`Rich::to_whatsapp`]), so that [`Rich::to_plain`] gives back what was typed.
///
/// ```
/// use chinwag::markup::{Rich, bold, code};
///
/// let note = Rich::new()
///     .line(bold("Order ") + 7 + " is ready")
///     .line("")
///     .quote("a_b_c")
///     .line("Your code is " + code("X-1"));
/// assert_eq!(note.to_string(), "*Order* 7 is ready\n\n> a_b_c\nYour code is `X-1`");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rich {
    pub(super) text: String,
    /// Sorted by start, the outer before the inner; they nest and never cross.
    pub(super) spans: Vec<Span>,
    /// Sorted; lines of text are not listed.
    pub(super) lines: Vec<Line>,
}

/// A style and the part of the text that has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Span {
    /// Which style.
    pub kind: Kind,
    /// Where, in bytes of [`Rich::text`]; never empty.
    pub range: Range<usize>,
}

/// A style on a part of the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `*bold*`
    Bold,
    /// `_italic_`
    Italic,
    /// `~strike-through~`
    Strike,
    /// `` `code` `` on one line.
    Code,
    /// ```` ```mono``` ```` amid other text; may reach over several lines.
    Mono,
    /// Whole lines of code between two fences.
    Block,
    /// A link to an address; `None` where the text itself is the address.
    Link(Option<Box<str>>),
}

/// A line that is more than text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// The line without its line end, in bytes of [`Rich::text`].
    pub range: Range<usize>,
}

/// What a line is, if it is more than text. The text does not hold the marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineKind {
    /// `- item`
    Bullet,
    /// `7. item`, with its number.
    Number(u64),
    /// `> quoted`
    Quote,
}

impl Kind {
    /// Whether text of this kind is shown as it is, with nothing styled inside.
    #[must_use]
    pub fn is_code(&self) -> bool {
        matches!(self, Self::Code | Self::Mono | Self::Block)
    }
}

impl Rich {
    /// An empty document.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The raw text: no markers, line ends as they came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The styles, sorted by start, the outer before the inner.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The list items and quotes, in order. A line that is not here is text.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}
