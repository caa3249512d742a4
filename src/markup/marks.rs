//! Finds the markers that count in a text, each with what it spans.

use std::{cmp::Reverse, ops::Range};

use super::{
    LineKind,
    edges::{WAITS_FOR_A_CLOSER, after, before, is_space, may_close, may_open},
    lines::{marker, may_be_marked},
    links::{link_around, may_be_link},
    signs::Signs,
    stack::Stack,
};

/// A piece of a text that a phone formats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    /// What it is.
    pub sign: Sign,
    /// The piece with its markers, in bytes. For items and quotes: the line.
    pub outer: Range<usize>,
    /// The piece without its markers, in bytes.
    pub inner: Range<usize>,
}

/// What a [`Mark`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sign {
    /// `*bold*`
    Bold,
    /// `_italic_`
    Italic,
    /// `~strike-through~`
    Strike,
    /// `` `code` ``
    Code,
    /// ```` ```code``` ````, also over several lines.
    Pre,
    /// A bare address.
    Link,
    /// `- item`, `* item` or `• item`
    Bullet,
    /// `7. item`, with its number of one or two digits.
    Number(u8),
    /// `> quoted`
    Quote,
}

impl Sign {
    /// The name in one word: `bold`, `italic`, `strike`, `code`, `pre`, `link`, `bullet`, `number`
    /// or `quote`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Strike => "strike",
            Self::Code => "code",
            Self::Pre => "pre",
            Self::Link => "link",
            Self::Bullet => "bullet",
            Self::Number(_) => "number",
            Self::Quote => "quote",
        }
    }

    /// C5: which of two crossing marks stays; the higher.
    fn rank(self) -> u8 {
        match self {
            Self::Pre => 6,
            Self::Code => 5,
            Self::Bullet => 4,
            Self::Number(_) => 3,
            Self::Link => 2,
            Self::Bold | Self::Italic | Self::Strike => 1,
            Self::Quote => 0,
        }
    }

    /// Whether it is a whole line.
    pub(super) fn is_line(self) -> bool {
        matches!(self, Self::Bullet | Self::Number(_) | Self::Quote)
    }

    /// C2 and U1: whether nothing is formatted inside.
    fn is_sealed(self) -> bool {
        matches!(self, Self::Pre | Self::Code | Self::Link)
    }
}

/// What a phone formats in a text, sorted by start, the outer before the inner; marks nest and
/// never cross. Takes time in proportion to the text, whatever is in it.
///
/// ```
/// use chinwag::markup::{Sign, marks};
///
/// let found = marks("say *hi*, snake_case");
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].sign, found[0].outer.clone(), found[0].inner.clone()), (Sign::Bold, 4..8, 5..7));
/// ```
#[must_use]
pub fn marks(text: &str) -> Vec<Mark> {
    let found = Vec::with_capacity((text.len() / BYTES_A_MARK).min(MOST_AT_FIRST));
    let mut scan = Scan { text, found, open: [None; 4], line: None, linked: 0, fenced: Some(0) };
    scan.run();
    settle(scan.found)
}

/// Messages have about one mark in so many bytes; room for so many marks is taken at first.
const BYTES_A_MARK: usize = 32;
const MOST_AT_FIRST: usize = 64;

/// Whether a byte can begin or end anything. Asked without a branch, see [`Signs`].
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
fn is_sign(byte: u8) -> bool {
    (byte == b'*')
        | (byte == b'_')
        | (byte == b'~')
        | (byte == b'`')
        | (byte == b':')
        | (byte == b'.')
        | (byte == b'\n')
        | (byte == b'\r')
        | (byte == 0xe2)
}

const STYLES: [(Sign, char); 4] =
    [(Sign::Bold, '*'), (Sign::Italic, '_'), (Sign::Strike, '~'), (Sign::Code, '`')];
const FENCE: &str = "```";

/// One walk over a text. Each format is paired on the raw text, blind to the others (D7).
struct Scan<'a> {
    text: &'a str,
    found: Vec<Mark>,
    /// Where each of [`STYLES`] waits for its closer.
    open: [Option<usize>; 4],
    /// The item or quote that ends with this line.
    line: Option<Mark>,
    /// Where the last link ended.
    linked: usize,
    /// Where the last fenced code ended; `None` when no fence can close any more.
    fenced: Option<usize>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        self.begin_line(0);
        for at in Signs::new(bytes, is_sign) {
            match bytes[at] {
                b'*' => self.marker(0, at),
                b'_' => self.marker(1, at),
                b'~' => self.marker(2, at),
                b'`' => self.marker(3, at),
                b':' | b'.' if may_be_link(bytes, at) => self.link(at),
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => self.end_line(at),
                b'\n' if at > 0 && bytes[at - 1] == b'\r' => self.begin_line(at + 1),
                b'\n' | b'\r' => {
                    self.end_line(at);
                    self.begin_line(at + 1);
                }
                _ => {
                    if let [_, 0x80, 0xa8 | 0xa9, ..] = bytes[at..] {
                        self.end_line(at);
                        self.begin_line(at + 3);
                    }
                }
            }
        }
        self.end_line(bytes.len());
    }

    fn begin_line(&mut self, at: usize) {
        if !self.text.as_bytes().get(at).is_some_and(|byte| may_be_marked(*byte)) {
            return;
        }
        self.line = marker(&self.text[at..]).map(|(kind, width)| {
            let sign = match kind {
                LineKind::Bullet => Sign::Bullet,
                LineKind::Number(n) => Sign::Number(u8::try_from(n).unwrap_or(u8::MAX)),
                LineKind::Quote => Sign::Quote,
            };
            Mark { sign, outer: at..at, inner: at + width..at }
        });
    }

    fn end_line(&mut self, at: usize) {
        self.open = [None; 4];
        if let Some(mut mark) = self.line.take() {
            mark.outer.end = at;
            mark.inner.end = at;
            self.found.push(mark);
        }
    }

    fn link(&mut self, at: usize) {
        if let Some(link) = link_around(self.text, at, self.linked) {
            self.linked = link.range.end;
            self.found.push(Mark {
                sign: Sign::Link,
                outer: link.range.clone(),
                inner: link.range,
            });
        }
    }

    fn marker(&mut self, style: usize, at: usize) {
        let (sign, c) = STYLES[style];
        if sign == Sign::Code {
            self.fence(at);
        }
        let (left, right) = (before(self.text, at), after(self.text, at + 1));
        let waiting = self.open[style].take();
        if let Some(start) = waiting {
            if may_close(left, c, right) {
                self.found.push(Mark { sign, outer: start..at + 1, inner: start + 1..at });
                return;
            }
            if WAITS_FOR_A_CLOSER {
                self.open[style] = waiting;
                return;
            }
        }
        self.open[style] = may_open(left, c, right).then_some(at);
    }

    /// C1: three backticks to the next three, with something other than space between.
    fn fence(&mut self, at: usize) {
        if self.fenced.is_none_or(|end| at < end) || !self.text[at..].starts_with(FENCE) {
            return;
        }
        let content = at + FENCE.len();
        self.fenced = self.text[content..].find(|c| !is_space(c)).and_then(|first| {
            let from =
                content + first + after(self.text, content + first).map_or(0, char::len_utf8);
            let end = from + self.text[from..].find(FENCE)?;
            let outer = at..end + FENCE.len();
            self.found.push(Mark { sign: Sign::Pre, outer: outer.clone(), inner: content..end });
            Some(outer.end)
        });
    }
}

/// Resolves what crosses: the higher rank stays, of equals the earlier; nothing stays in code or
/// links.
fn settle(mut found: Vec<Mark>) -> Vec<Mark> {
    found.sort_by_key(|mark| (mark.outer.start, Reverse(mark.outer.end)));
    let mut stack = Stack::<usize>::default();
    let mut lost = false;
    for at in 0..found.len() {
        let (sign, outer) = (found[at].sign, found[at].outer.clone());
        let mut stays = true;
        while let Some(top) = stack.last() {
            let holder = &found[top];
            if holder.outer.end <= outer.start {
                stack.pop();
            } else if outer.end > holder.inner.end && sign.rank() > holder.sign.rank() {
                found[top].outer = 0..0;
                lost = true;
                stack.pop();
            } else {
                stays = outer.end <= holder.inner.end && !holder.sign.is_sealed();
                break;
            }
        }
        if stays {
            stack.push(at);
        } else {
            found[at].outer = 0..0;
            lost = true;
        }
    }
    if lost {
        found.retain(|mark| !mark.outer.is_empty());
    }
    found
}
