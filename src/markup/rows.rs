//! The document row by row: what stands on each, and the styles that reach over it.

use std::ops::Range;

use super::{Kind, LineKind, Rich, edges::is_space, lines::line_end};

/// A line of the document, or several that one piece of code holds together.
#[derive(Debug)]
pub(super) struct Row<'a, 'r> {
    pub(super) kind: RowKind,
    /// The row without its line end, in bytes of the text.
    pub(super) range: Range<usize>,
    /// Its line end; empty for the last row.
    pub(super) ending: Range<usize>,
    /// The styles on it, cut to the row, the outer before the inner; none is inside one of its own
    /// kind.
    pub(super) pieces: &'r [Piece<'a>],
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Text,
    Line(LineKind),
    /// Lines of code between fences.
    Block,
}

/// A style on a row.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) kind: &'a Kind,
    pub(super) range: Range<usize>,
}

impl Rich {
    /// Visits all rows in order. Code without anything to see counts as text.
    pub(super) fn each_row<'a, E>(
        &'a self,
        mut visit: impl FnMut(&Row<'a, '_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut spans = self.spans.iter().peekable();
        let mut lines = self.lines.iter().peekable();
        let mut held: Vec<Piece<'a>> = Vec::new();
        let mut cut: Vec<Piece<'a>> = Vec::new();
        // How far the last style of each class reaches: one within it adds nothing.
        let mut covered = [0; 5];
        let mut start = 0;
        loop {
            let (mut end, mut next) = line_end(&self.text, start);
            while lines.next_if(|line| line.range.start < start).is_some() {}
            let kind = lines.next_if(|line| line.range.start == start).map(|line| line.kind);
            held.retain(|piece| piece.range.end > start);
            while let Some(span) = spans.next_if(|span| span.range.start <= end) {
                let blank = || self.text[span.range.clone()].chars().all(is_space);
                let covered = &mut covered[class(&span.kind)];
                if span.range.end <= *covered || span.kind.is_code() && blank() {
                    continue;
                }
                *covered = span.range.end;
                if kind.is_none() && span.kind.is_code() && span.range.end > end {
                    (end, next) = line_end(&self.text, span.range.end);
                }
                held.push(Piece { kind: &span.kind, range: span.range.clone() });
            }
            cut.clear();
            cut.extend(held.iter().filter_map(|piece| {
                let range = piece.range.start.max(start)..piece.range.end.min(end);
                (!range.is_empty()).then_some(Piece { kind: piece.kind, range })
            }));
            let is_block =
                |piece: &Piece<'_>| *piece.kind == Kind::Block && piece.range == (start..end);
            let kind = match kind {
                Some(kind) => RowKind::Line(kind),
                None if cut.iter().any(is_block) => RowKind::Block,
                None => RowKind::Text,
            };
            visit(&Row { kind, range: start..end, ending: end..next, pieces: &cut })?;
            if next == end {
                return Ok(());
            }
            start = next;
        }
    }
}

/// Styles of one class add nothing inside each other.
fn class(kind: &Kind) -> usize {
    match kind {
        Kind::Bold => 0,
        Kind::Italic => 1,
        Kind::Strike => 2,
        Kind::Code | Kind::Mono | Kind::Block => 3,
        Kind::Link(_) => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bold, italic, mono};
    use super::*;

    fn rows(rich: &Rich) -> Vec<(RowKind, Range<usize>, usize)> {
        let mut seen = Vec::new();
        let Ok(()) = rich.each_row(|row| {
            seen.push((row.kind, row.range.clone(), row.pieces.len()));
            Ok::<(), std::convert::Infallible>(())
        });
        seen
    }

    #[test]
    fn code_holds_its_lines_together_and_styles_do_not() {
        let text = "a" + bold("b\nc" + bold(italic("d"))) + mono("e\nf") + "g\n";
        assert_eq!(
            rows(&text),
            [(RowKind::Text, 0..2, 1), (RowKind::Text, 3..9, 3), (RowKind::Text, 10..10, 0)]
        );
    }

    #[test]
    fn items_quotes_and_blocks_are_rows() {
        let text = Rich::new().bullets(["a"]).quote(mono("b\nc")).code_block("\nd\n").line("e");
        assert_eq!(
            rows(&text),
            [
                (RowKind::Line(LineKind::Bullet), 0..1, 0),
                (RowKind::Line(LineKind::Quote), 2..3, 1),
                (RowKind::Line(LineKind::Quote), 4..5, 1),
                (RowKind::Block, 6..9, 1),
                (RowKind::Text, 10..11, 0)
            ]
        );
    }
}
