//! Shows a document as plain text: for SMS, notifications and search.

use std::convert::Infallible;

use super::{
    Kind, LineKind, Rich,
    plan::shown,
    rows::{Row, RowKind},
};

impl Rich {
    /// The document without any style: what was typed, with `- `, `1. ` and `> ` before items and
    /// quotes, and the address of a link in brackets behind its text.
    ///
    /// ```
    /// use chinwag::markup::Rich;
    ///
    /// assert_eq!(Rich::parse("*Hi*\n* one `x`").to_plain(), "Hi\n- one x");
    /// ```
    #[must_use]
    pub fn to_plain(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let Ok(()) = self.each_row(|row| {
            match row.kind {
                RowKind::Line(LineKind::Bullet) => out.push_str("- "),
                RowKind::Line(LineKind::Quote) => out.push_str("> "),
                RowKind::Line(LineKind::Number(n)) => out.extend([&n.to_string(), ". "]),
                RowKind::Text | RowKind::Block => {}
            }
            self.push_row(row, &mut out);
            out.push_str(&self.text[row.ending.clone()]);
            Ok::<(), Infallible>(())
        });
        out
    }

    fn push_row(&self, row: &Row<'_, '_>, out: &mut String) {
        let mut at = row.range.start;
        for piece in row.pieces {
            let Kind::Link(Some(to)) = piece.kind else { continue };
            let (end, to) = (piece.range.end, shown(to));
            if !to.is_empty() && self.text[piece.range.clone()] != *to {
                out.push_str(&self.text[at..end]);
                out.extend([" (", to, ")"]);
                at = end;
            }
        }
        out.push_str(&self.text[at..row.range.end]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rich, bold, link};

    #[test]
    fn plain_text_is_what_was_typed() {
        let text = Rich::new()
            .line(
                bold("*_a_*")
                    + "\r\n"
                    + link("b", "https://a.example")
                    + "; "
                    + link("c", "mailto:c@a.example"),
            )
            .numbered(["x", ""])
            .quote("y\nz")
            .code_block("```");
        let expected = "*_a_*\r\nb (https://a.example); c (c@a.example)\n1. x\n2. \n> y\n> z\n```";
        assert_eq!(text.to_plain(), expected);
    }
}
