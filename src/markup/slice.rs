//! Cuts a document into pieces from front to back, each with the styles that reach into it.

use std::ops::Range;

use super::{Line, LineKind, Rich, Span};

/// Where the cutting has come to.
pub(super) struct Slices<'a> {
    rich: &'a Rich,
    /// The spans from here on begin behind the last piece.
    next_span: usize,
    next_line: usize,
    /// Spans and lines that began before and may reach further.
    held: Vec<&'a Span>,
    held_line: Option<&'a Line>,
}

impl<'a> Slices<'a> {
    pub(super) fn new(rich: &'a Rich) -> Self {
        Self { rich, next_span: 0, next_line: 0, held: Vec::new(), held_line: None }
    }

    /// Forgets what ends before a place; no piece will begin before it.
    pub(super) fn advance(&mut self, to: usize) {
        let spans = &self.rich.spans[self.next_span..];
        let begun = spans.partition_point(|span| span.range.start < to);
        self.held.extend(&spans[..begun]);
        self.held.retain(|span| span.range.end > to);
        self.next_span += begun;
        let lines = &self.rich.lines[self.next_line..];
        let begun = lines.partition_point(|line| line.range.start < to);
        self.held_line =
            lines[..begun].last().or(self.held_line).filter(|line| line.range.end > to);
        self.next_line += begun;
    }

    /// A piece, which begins where the cutting has come to. Styles and quotes go on in it; an item
    /// that began before goes on as text.
    pub(super) fn piece(&self, range: Range<usize>) -> Rich {
        let within = |inner: &Range<usize>| {
            inner.start.max(range.start) - range.start..inner.end.min(range.end) - range.start
        };
        let spans = self.rich.spans[self.next_span..].iter();
        let spans = spans.take_while(|span| span.range.start < range.end);
        let spans = self.held.iter().copied().chain(spans);
        let lines = self.rich.lines[self.next_line..].iter();
        let lines = lines.take_while(|line| line.range.start < range.end);
        let quote = self.held_line.filter(|line| line.kind == LineKind::Quote);
        Rich {
            text: self.rich.text[range.clone()].to_owned(),
            spans: spans
                .map(|span| Span { kind: span.kind.clone(), range: within(&span.range) })
                .collect(),
            lines: quote
                .into_iter()
                .chain(lines)
                .map(|line| Line { kind: line.kind, range: within(&line.range) })
                .collect(),
        }
    }
}
