//! Shows a document as HTML: for pages and mails.

use std::{convert::Infallible, ops::Range};

use super::{
    Kind, LineKind, Rich,
    links::is_link,
    rows::{Piece, Row, RowKind},
};

impl Rich {
    /// The document as HTML. Everything is escaped; a link is one only with `http`, `https`,
    /// `mailto` or `tel`, and opens a page of its own.
    ///
    /// The tags are `strong em s code pre blockquote ul ol li br a`; there is no paragraph around
    /// the whole.
    ///
    /// ```
    /// use chinwag::markup::Rich;
    ///
    /// let html = Rich::parse("*Hi* <b>\n- one").to_html();
    /// assert_eq!(html, "<strong>Hi</strong> &lt;b&gt;<ul><li>one</li></ul>");
    /// ```
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut page = Page { out: String::with_capacity(self.text.len() * 2), last: None };
        let Ok(()) = self.each_row(|row| {
            page.row(&self.text, row);
            Ok::<(), Infallible>(())
        });
        page.end_list();
        page.out
    }
}

struct Page {
    out: String,
    /// What the row before was.
    last: Option<RowKind>,
}

impl Page {
    fn row(&mut self, text: &str, row: &Row<'_, '_>) {
        let continues = self.last.is_some_and(|last| is_same(last, row.kind));
        if !continues {
            self.end_list();
        }
        match row.kind {
            RowKind::Text if continues => self.out.push_str("<br>"),
            RowKind::Text | RowKind::Block => {}
            RowKind::Line(LineKind::Quote) => {
                self.out.push_str(if continues { "<br>" } else { "<blockquote>" });
            }
            RowKind::Line(LineKind::Bullet) => {
                self.out.push_str(if continues { "<li>" } else { "<ul><li>" });
            }
            RowKind::Line(LineKind::Number(n)) => {
                let list = if continues { "" } else { "<ol>" };
                self.out.extend([list, "<li value=\"", &n.to_string(), "\">"]);
            }
        }
        self.pieces(text, row.range.clone(), row.pieces);
        if matches!(row.kind, RowKind::Line(LineKind::Bullet | LineKind::Number(_))) {
            self.out.push_str("</li>");
        }
        self.last = Some(row.kind);
    }

    fn end_list(&mut self) {
        self.out.push_str(match self.last {
            Some(RowKind::Line(LineKind::Bullet)) => "</ul>",
            Some(RowKind::Line(LineKind::Number(_))) => "</ol>",
            Some(RowKind::Line(LineKind::Quote)) => "</blockquote>",
            Some(RowKind::Text | RowKind::Block) | None => "",
        });
    }

    fn pieces(&mut self, text: &str, range: Range<usize>, pieces: &[Piece<'_>]) {
        let mut at = range.start;
        let mut open: Vec<(usize, &str)> = Vec::new();
        for piece in pieces {
            while let Some((end, tag)) = open.pop_if(|(end, _)| *end <= piece.range.start) {
                self.text(&text[at..end]);
                self.out.push_str(tag);
                at = end;
            }
            self.text(&text[at..piece.range.start]);
            at = piece.range.start;
            let (begin, end) = tags(piece.kind);
            self.out.push_str(begin);
            if let Kind::Link(to) = piece.kind {
                let end = if self.href(to.as_deref().unwrap_or(&text[piece.range.clone()])) {
                    "</a>"
                } else {
                    ""
                };
                open.push((piece.range.end, end));
            } else {
                // A browser leaves out the first line end in `pre`.
                if begin == "<pre>" && text[at..].starts_with(['\n', '\r']) {
                    self.out.push('\n');
                }
                open.push((piece.range.end, end));
            }
        }
        while let Some((end, tag)) = open.pop() {
            self.text(&text[at..end]);
            self.out.push_str(tag);
            at = end;
        }
        self.text(&text[at..range.end]);
    }

    /// Begins a link, if the address is one that a page may hold.
    fn href(&mut self, to: &str) -> bool {
        let has = |scheme: &str| {
            to.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        let is_bare = is_link(to) && has("www.");
        if !is_bare && !["http:", "https:", "mailto:", "tel:"].into_iter().any(has) {
            return false;
        }
        self.out.push_str(if is_bare { "<a href=\"https://" } else { "<a href=\"" });
        self.text(to);
        self.out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer\">");
        true
    }

    /// Adds escaped text. Control characters are left out, which no document may hold.
    fn text(&mut self, text: &str) {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let entity = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                b'\t' | b'\n' | b'\r' | 0x20.. if byte != 0x7f => continue,
                _ => "",
            };
            self.out.push_str(&text[from..at]);
            self.out.push_str(entity);
            from = at + 1;
        }
        self.out.push_str(&text[from..]);
    }
}

fn is_same(last: RowKind, next: RowKind) -> bool {
    match (last, next) {
        (RowKind::Line(LineKind::Number(_)), RowKind::Line(LineKind::Number(_))) => true,
        (RowKind::Block, _) => false,
        (last, next) => last == next,
    }
}

fn tags(kind: &Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Bold => ("<strong>", "</strong>"),
        Kind::Italic => ("<em>", "</em>"),
        Kind::Strike => ("<s>", "</s>"),
        Kind::Code => ("<code>", "</code>"),
        Kind::Mono | Kind::Block => ("<pre>", "</pre>"),
        Kind::Link(_) => ("", "</a>"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rich, bold, link, mono};

    fn check(rich: &Rich, expected: &str) {
        assert_eq!(
            rich.to_html().replace(" target=\"_blank\" rel=\"noopener noreferrer\"", ""),
            expected
        );
    }

    #[test]
    fn nothing_that_was_typed_becomes_a_tag() {
        check(&Rich::from("<b a='\"'>&\u{0}\n"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;<br>");
        let hostile = "https://a.example/'\"><script>";
        check(
            &link("<i>", hostile),
            "<a href=\"https://a.example/&#39;%22%3E%3Cscript%3E\">&lt;i&gt;</a>",
        );
    }

    #[test]
    fn only_four_kinds_of_addresses_are_links() {
        for to in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "//a.example",
            "a.html",
            "\u{1}javascript:x",
        ] {
            check(&link("x", to), "x");
        }
        for to in
            ["http://a.example", "HTTPS://a.example", "mailto:a@b.example", "tel:+15005550006"]
        {
            check(&link("x", to), &format!("<a href=\"{to}\">x</a>"));
        }
        check(&Rich::parse("www.a.example"), "<a href=\"https://www.a.example\">www.a.example</a>");
    }

    #[test]
    fn styles_end_with_their_lines_and_code_does_not() {
        check(
            &bold("a\n- b\u{2028}c"),
            "<strong>a</strong><br><strong>- b</strong><br><strong>c</strong>",
        );
        check(&mono("\na\nb"), "<pre>\n\na\nb</pre>");
        let mixed = Rich::new()
            .line("a")
            .numbered(["b"])
            .bullets(["c"])
            .code_block("d")
            .code_block("e")
            .quote("f")
            .line("g");
        let expected = "a<ol><li value=\"1\">b</li></ol><ul><li>c</li></ul><pre>d</pre><pre>e</pre><blockquote>f</blockquote>g";
        check(&mixed, expected);
    }
}
