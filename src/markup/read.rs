//! Makes a document of WhatsApp's markup, as a phone shows it.

use std::ops::Range;

use super::{
    Kind, Line, LineKind, Mark, Rich, Sign, Span,
    lines::{end_length, last_end},
    marks,
    stack::Stack,
};

impl Rich {
    /// Reads markup as a phone shows it. Markers that do not count stay in the text. Never fails,
    /// and takes time in proportion to the text.
    ///
    /// ```
    /// use chinwag::markup::{Kind, Rich};
    ///
    /// let read = Rich::parse("*Hi* snake_case");
    /// assert_eq!(read.text(), "Hi snake_case");
    /// assert_eq!((&read.spans()[0].kind, read.spans()[0].range.clone()), (&Kind::Bold, 0..2));
    /// ```
    #[must_use]
    pub fn parse(markup: &str) -> Self {
        let mut copy = Copy { markup, at: 0, rich: Self::new(), open: Stack::default() };
        let marks = marks(markup);
        let lines = marks.iter().filter(|mark| mark.sign.is_line()).count();
        copy.rich.text.reserve_exact(markup.len());
        copy.rich.lines.reserve_exact(lines);
        copy.rich.spans.reserve_exact(marks.len() - lines);
        for mark in marks {
            copy.close_before(mark.outer.start);
            copy.open(&mark);
        }
        copy.close_before(usize::MAX);
        copy.take(markup.len(), markup.len());
        copy.rich
    }
}

/// The text copied so far, without its markers.
struct Copy<'a> {
    markup: &'a str,
    at: usize,
    rich: Rich,
    open: Stack<Open>,
}

/// A mark whose end is still to come.
#[derive(Clone, Copy, Default)]
struct Open {
    /// Where its text and its markers end, in the markup.
    inner: usize,
    outer: usize,
    /// Which span of the document it becomes, or which line.
    place: usize,
    is_line: bool,
}

impl Copy<'_> {
    /// Copies up to `end` and goes on at `next`.
    fn take(&mut self, end: usize, next: usize) {
        self.rich.text.push_str(&self.markup[self.at..end]);
        self.at = next;
    }

    fn open(&mut self, mark: &Mark) {
        let (kind, inner) = match mark.sign {
            Sign::Bold => (Kind::Bold, mark.inner.clone()),
            Sign::Italic => (Kind::Italic, mark.inner.clone()),
            Sign::Strike => (Kind::Strike, mark.inner.clone()),
            Sign::Code => (Kind::Code, mark.inner.clone()),
            Sign::Link => (Kind::Link(None), mark.inner.clone()),
            Sign::Pre => fenced(self.markup, mark),
            Sign::Bullet => return self.open_line(LineKind::Bullet, mark),
            Sign::Number(n) => return self.open_line(LineKind::Number(n.into()), mark),
            Sign::Quote => return self.open_line(LineKind::Quote, mark),
        };
        self.take(mark.outer.start, inner.start);
        let start = self.rich.text.len();
        self.open.push(Open {
            inner: inner.end,
            outer: mark.outer.end,
            place: self.rich.spans.len(),
            is_line: false,
        });
        self.rich.spans.push(Span { kind, range: start..start });
    }

    fn open_line(&mut self, kind: LineKind, mark: &Mark) {
        self.take(mark.outer.start, mark.inner.start);
        let start = self.rich.text.len();
        self.open.push(Open {
            inner: mark.inner.end,
            outer: mark.outer.end,
            place: self.rich.lines.len(),
            is_line: true,
        });
        self.rich.lines.push(Line { kind, range: start..start });
    }

    fn close_before(&mut self, start: usize) {
        while let Some(mark) = self.open.last().filter(|mark| mark.outer <= start) {
            self.open.pop();
            self.take(mark.inner, mark.outer);
            let end = self.rich.text.len();
            if mark.is_line {
                self.rich.lines[mark.place].range.end = end;
            } else {
                self.rich.spans[mark.place].range.end = end;
            }
        }
    }
}

/// Fenced code without one line end inside each fence; a block if both fences stand alone on their
/// lines.
fn fenced(markup: &str, mark: &Mark) -> (Kind, Range<usize>) {
    let code = &markup[mark.inner.clone()];
    let first = end_length(code.as_bytes());
    let last = last_end(code);
    let begins = mark.outer.start == 0 || last_end(&markup[..mark.outer.start]) > 0;
    let behind = &markup.as_bytes()[mark.outer.end..];
    let ends = behind.is_empty() || end_length(behind) > 0;
    let kind = if first > 0 && last > 0 && begins && ends { Kind::Block } else { Kind::Mono };
    (kind, mark.inner.start + first..mark.inner.end - last)
}
