//! Shows a document on a terminal: for logs and the command line.

use std::convert::Infallible;

use super::{
    Kind, LineKind, Rich,
    lines::end_length,
    plan::shown,
    rows::{Row, RowKind},
};

impl Rich {
    /// The document with the escape sequences of terminals: bold, italic, struck through, code in
    /// cyan, addresses underlined. Control characters in the text are left out, so that nobody can
    /// send sequences of their own.
    ///
    /// ```
    /// use chinwag::markup::Rich;
    ///
    /// assert_eq!(Rich::parse("- *Hi* \u{1b}[2J").to_ansi(), "• \u{1b}[1mHi\u{1b}[22m [2J");
    /// ```
    #[must_use]
    pub fn to_ansi(&self) -> String {
        let rich = self.cleaned();
        let mut out = String::with_capacity(rich.text.len() + rich.spans.len() * 10);
        let Ok(()) = rich.each_row(|row| {
            match row.kind {
                RowKind::Line(LineKind::Bullet) => out.push_str("• "),
                RowKind::Line(LineKind::Quote) => out.push_str("│ "),
                RowKind::Line(LineKind::Number(n)) => out.extend([&n.to_string(), ". "]),
                RowKind::Text | RowKind::Block => {}
            }
            rich.push_ansi(row, &mut out);
            if !row.ending.is_empty() {
                out.push('\n');
            }
            Ok::<(), Infallible>(())
        });
        out
    }

    fn push_ansi(&self, row: &Row<'_, '_>, out: &mut String) {
        let mut at = row.range.start;
        let mut open: Vec<(usize, &Kind)> = Vec::new();
        for piece in row.pieces {
            while let Some((end, kind)) = open.pop_if(|(end, _)| *end <= piece.range.start) {
                self.push_end(at, end, kind, out);
                at = end;
            }
            push_lines(&self.text[at..piece.range.start], out);
            at = piece.range.start;
            out.push_str(codes(piece.kind).0);
            open.push((piece.range.end, piece.kind));
        }
        while let Some((end, kind)) = open.pop() {
            self.push_end(at, end, kind, out);
            at = end;
        }
        push_lines(&self.text[at..row.range.end], out);
    }

    fn push_end(&self, at: usize, end: usize, kind: &Kind, out: &mut String) {
        push_lines(&self.text[at..end], out);
        out.push_str(codes(kind).1);
        if let Kind::Link(Some(to)) = kind {
            let to = shown(to);
            if !to.is_empty() && !self.text[..end].ends_with(to) {
                out.extend([" (", to, ")"]);
            }
        }
    }
}

/// Text with LF for every line end.
fn push_lines(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for at in 0..bytes.len() {
        let length = end_length(&bytes[at..]);
        if length > 0 && at >= from {
            out.extend([&text[from..at], "\n"]);
            from = at + length;
        }
    }
    out.push_str(&text[from..]);
}

fn codes(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bold => ("\u{1b}[1m", "\u{1b}[22m"),
        Kind::Italic => ("\u{1b}[3m", "\u{1b}[23m"),
        Kind::Strike => ("\u{1b}[9m", "\u{1b}[29m"),
        Kind::Code | Kind::Mono | Kind::Block => ("\u{1b}[36m", "\u{1b}[39m"),
        Kind::Link(_) => ("\u{1b}[4m", "\u{1b}[24m"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bold, code, italic, link, mono};
    use super::*;

    #[test]
    fn styles_are_escape_sequences_and_end_with_their_lines() {
        let check = |rich: Rich, expected: &str| {
            assert_eq!(rich.to_ansi().replace('\u{1b}', ""), expected);
        };
        check(bold("a\r\n" + italic("b") + "c"), "[1ma[22m\n[1m[3mb[23mc[22m");
        check(mono("a\u{2028}b") + code("\u{9b}c"), "[36ma\nb[39m[36mc[39m");
        check(link("a", "https://b.example"), "[4ma[24m (https://b.example)");
        check(Rich::new().numbered(["a"]).quote("b\nc"), "1. a\n│ b\n│ c");
    }
}
