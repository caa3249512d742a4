//! Writes a document as WhatsApp's markup, so that a phone shows its styles and no others.

use std::fmt::{self, Write};

use super::{
    LineKind, Mark, Rich, Sign,
    compose::{Draft, FENCE, first_word},
    edges::is_space,
    literal::{Why, begins_line, is_marker, keep_acting, look_alike},
    marks,
    plan::{Means, Plan, Style},
    rows::{Row, RowKind},
};

impl Rich {
    /// Writes the document as WhatsApp's markup.
    ///
    /// Text is data: a marker in it that could act is replaced by a character that looks like it,
    /// `*` by `∗`. A style that a phone would not show is not written: inside a word, around
    /// nothing, around an address. Control characters and overrides of the direction are left out.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn to_whatsapp(&self, out: &mut impl Write) -> fmt::Result {
        let rich = self.cleaned();
        let mut pen = Pen { text: &rich.text, ..Pen::default() };
        rich.each_row(|row| {
            if pen.row(row) {
                out.write_str(&pen.fair)?;
            }
            Ok(())
        })
    }

    /// The markup, and the marks that it was meant to have: styles and code, in order.
    #[cfg(test)]
    pub(super) fn written(&self) -> (String, Vec<Mark>) {
        let rich = self.cleaned();
        let mut pen = Pen { text: &rich.text, ..Pen::default() };
        let (mut out, mut meant) = (String::new(), Vec::new());
        let Ok(()) = rich.each_row(|row| {
            if pen.row(row) {
                let offset = out.len();
                out.push_str(&pen.fair);
                let shift =
                    |range: &std::ops::Range<usize>| range.start + offset..range.end + offset;
                meant.extend(pen.draft.meant.iter().map(|mark| Mark {
                    sign: mark.sign,
                    outer: shift(&mark.outer),
                    inner: shift(&mark.inner),
                }));
            }
            Ok::<(), std::convert::Infallible>(())
        });
        (out, meant)
    }
}

impl fmt::Display for Rich {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_whatsapp(f)
    }
}

/// Writes one row after the other; its memory is used again for each.
#[derive(Default)]
struct Pen<'a> {
    text: &'a str,
    plan: Plan<'a>,
    draft: Draft,
    /// The row as it is sent, with the line end before it.
    fair: String,
    /// Whether a row was written before.
    began: bool,
}

impl<'a> Pen<'a> {
    /// Writes a row, if anything of it is to be shown.
    fn row(&mut self, row: &Row<'a, '_>) -> bool {
        self.fair.clear();
        if self.began {
            self.fair.push('\n');
        }
        let text = &self.text[row.range.clone()];
        let is_blank = || text.chars().all(is_space);
        self.draft.begin("");
        match row.kind {
            RowKind::Line(LineKind::Quote) if is_blank() => return false,
            RowKind::Text if row.pieces.is_empty() && is_plain(text) => self.fair.push_str(text),
            RowKind::Text => self.line(row, ""),
            RowKind::Line(LineKind::Bullet) if is_blank() => self.fair.push('-'),
            RowKind::Line(LineKind::Bullet) => self.line(row, "- "),
            RowKind::Line(LineKind::Quote) => self.line(row, "> "),
            RowKind::Line(LineKind::Number(n)) => {
                self.line(row, &format!("{n}. "));
                self.fair.truncate(self.fair.trim_end_matches(' ').len());
            }
            RowKind::Block => self.block(text),
        }
        self.began = true;
        true
    }

    fn block(&mut self, code: &str) {
        let start = self.fair.len();
        self.draft.verbatim(code, false);
        for part in [FENCE, "\n", &self.draft.line, "\n", FENCE] {
            self.fair.push_str(part);
        }
        let outer = start..self.fair.len();
        let inner = start + FENCE.len()..outer.end - FENCE.len();
        self.draft.meant.push(Mark { sign: Sign::Pre, outer, inner });
    }

    /// Writes a line of text. If markers in code or in an address would pair with others, so that
    /// it reads otherwise than it should, it is written again with less: three backticks for all
    /// code, then without the styles in question, then without any.
    fn line(&mut self, row: &Row<'a, '_>, prefix: &str) {
        let start = self.fair.len();
        let mut means = Means { styles: [true; 3], single_backticks: true };
        for attempt in 0..4 {
            self.fair.truncate(start);
            self.plan.make(self.text, row, means);
            self.draft.begin(prefix);
            let from = if prefix.is_empty() {
                row.range.start
            } else {
                first_word(self.text, &row.range, &self.plan.codes)
            };
            self.draft.compose(self.text, from..row.range.end, &self.plan);
            let is_risky = self.draft.is_risky();
            if is_risky {
                means = self.less(means, attempt);
            }
            self.replace(prefix.is_empty());
            if !is_risky || self.reads_as_meant(start) {
                break;
            }
        }
    }

    /// What is tried after an attempt that does not read as it should.
    fn less(&self, means: Means, attempt: u8) -> Means {
        let is_fixed = |style: Style| {
            let fixed = self.draft.seen.iter().filter(|mark| mark.why == Why::Fixed);
            fixed
                .into_iter()
                .any(|mark| char::from(self.draft.line.as_bytes()[mark.at]) == style.marker())
        };
        match attempt {
            0 => Means { single_backticks: false, ..means },
            1 => Means { styles: Style::ALL.map(|style| !is_fixed(style)), ..means },
            _ => Means { styles: [false; 3], ..means },
        }
    }

    /// Adds the drafted line with look-alikes where they are needed, and moves what was meant along.
    fn replace(&mut self, is_text: bool) {
        let Draft { line, seen, meant, .. } = &mut self.draft;
        let is_written = seen.first().is_some_and(|mark| mark.at == 0 && mark.why != Why::Text);
        keep_acting(line, seen);
        let start = self.fair.len();
        let mut from = 0;
        let begins = is_text && !is_written && begins_line(line);
        if begins {
            self.fair.push_str(look_alike(line.as_bytes()[0]));
            from = 1;
        }
        let skipped = usize::from(begins && seen.first().is_some_and(|mark| mark.at == 0));
        for mark in &seen[skipped..] {
            self.fair.push_str(&line[from..mark.at]);
            self.fair.push_str(look_alike(line.as_bytes()[mark.at]));
            from = mark.at + 1;
        }
        self.fair.push_str(&line[from..]);
        if meant.is_empty() {
            return;
        }
        let longer = look_alike(b'*').len() - 1;
        let first = usize::from(begins) - skipped;
        let moved = |at: usize| {
            let replaced =
                seen.partition_point(|mark| mark.at < at) + if at > 0 { first } else { 0 };
            start + at + longer * replaced
        };
        for mark in meant.iter_mut() {
            mark.outer = moved(mark.outer.start)..moved(mark.outer.end);
            mark.inner = moved(mark.inner.start)..moved(mark.inner.end);
        }
    }

    fn reads_as_meant(&self, start: usize) -> bool {
        let line = &self.fair[start..];
        let read = marks(line).into_iter().filter(|mark| is_style(mark.sign));
        let shift = |mark: Mark| (mark.sign, mark.outer.start + start, mark.outer.end + start);
        read.map(shift).eq(self
            .draft
            .meant
            .iter()
            .map(|mark| (mark.sign, mark.outer.start, mark.outer.end)))
    }
}

/// Whether a mark is a style or code, and not a link or a line's marker.
pub(super) fn is_style(sign: Sign) -> bool {
    matches!(sign, Sign::Bold | Sign::Italic | Sign::Strike | Sign::Code | Sign::Pre)
}

/// Whether a row of text has no marker at all.
fn is_plain(text: &str) -> bool {
    !begins_line(text) && !text.bytes().any(is_marker)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{bold, code, italic, link, mono, sample, strike};
    use super::*;

    fn check(rich: impl Into<Rich>, expected: &str) {
        assert_eq!(rich.into().to_string(), expected);
    }

    #[test]
    fn text_never_formats() {
        check("*a* _b_ ~c~ `d` ```e``` ||f||", "∗a∗ ＿b＿ ∼c∼ ‵d‵ ‵‵‵e‵‵‵ ∣∣f∣∣");
        check("- a\n> b\r\n* c\u{2028}-d", "‐ a\n› b\n∗ c\n-d");
        check("a\u{7}b\u{202e}c\u{200d}d", "abc\u{200d}d");
        check("open __init__.py", "open ＿＿init＿＿.py");
    }

    #[test]
    fn markers_that_cannot_act_stay() {
        for text in [
            "snake_case_name",
            "2*3*4",
            "5 * 3 * 2",
            "~5 min to ~10",
            "5* (terms)",
            "1. a",
            "a | b || c",
        ] {
            check(text, text);
        }
        check("https://a.example/_b_ and _c_", "https://a.example/_b_ and ＿c＿");
    }

    #[test]
    fn a_style_is_written_where_a_phone_shows_it() {
        check("a" + bold("b"), "ab");
        check(bold("a") + "b", "ab");
        check("(" + bold("a") + ")", "(*a*)");
        check("a" + bold(" b ") + "c", "a *b* c");
        check(bold(" ") + bold(""), " ");
        check(bold("a\nb"), "*a*\n*b*");
        check(bold(italic("a") + strike("b") + "c"), "*abc*");
        check(bold("a") + italic("b"), "*a*_b_");
        check("x" + bold("a") + italic("b"), "xab");
        check(bold("a") + bold("b") + bold(bold("c")), "*abc*");
        check(bold("*a*"), "*∗a∗*");
        check("*" + bold("a"), "∗*a*");
        check("你" + bold("好") + "，" + bold("好") + "，", "你好，*好*，");
    }

    #[test]
    fn code_is_shown_as_it_is() {
        check("the " + code("foo") + "s", "the ```foo```s");
        check(code("a`b"), "```a`b```");
        check(code("`"), "```‵```");
        check(bold("a " + code("x*y") + " b"), "*a* `x*y` *b*");
        check(bold("a " + code("x_y") + " b"), "*a `x_y` b*");
        check(mono("a\r\n- *b*") + "!", "```a\n- *b*```!");
        check(
            Rich::new().line("a").code_block("b ``` `c`\n").line("d"),
            "a\n```\nb ‵‵‵ `c`\n\n```\nd",
        );
        check(code("a") + code("b"), "`ab`");
        check(code(" ") + mono("\n"), " \n");
    }

    #[test]
    fn markers_in_code_take_no_style_away_unseen() {
        check(code("_a") + " " + italic("b"), "```_a``` b");
        check("https://a.example/*b " + bold("c"), "https://a.example/*b c");
    }

    #[test]
    fn an_address_is_whole_and_without_style() {
        check(bold("see https://a.example/b now"), "*see* https://a.example/b *now*");
        check(bold(link("docs", "https://a.example")), "*docs* (https://a.example)");
        check(link("a", "#top") + "b", "ab");
        check(link("mail", "mailto:a_b_@c.example"), "mail (a_b_@c.example)");
        check(link("a", "javascript:_x_ *"), "a (javascript:＿x＿%20*)");
        check("a" + link("", "https://a.example") + "b", "a https://a.example b");
    }

    #[test]
    fn items_and_quotes_hold_one_line_each() {
        let items = ["a\nb", " *c*", "", "- d"];
        check(Rich::new().bullets(items), "- a b\n- ∗c∗\n-\n- - d");
        check(Rich::new().numbered([bold("a"), Rich::new()]), "1. *a*\n2.");
        check(Rich::new().quote("a\n\nb").line("c"), "> a\n> b\nc");
    }

    proptest! {
        #[test]
        fn a_phone_finds_the_styles_that_were_meant_and_no_others(rich in sample::document()) {
            let (written, meant) = rich.written();
            let found: Vec<Mark> = marks(&written).into_iter().filter(|mark| is_style(mark.sign)).collect();
            prop_assert_eq!(&found, &meant, "{}", written);
            prop_assert_eq!(written, rich.to_string());
        }

        #[test]
        fn nothing_that_was_said_is_lost(rich in sample::document()) {
            let plain = rich.to_plain();
            // A blank line of a quote is not written, and its marker with it.
            let said = |text: &str| sample::seen(text).replace('>', "");
            let shown = Rich::parse(&rich.to_string()).to_plain();
            prop_assert_eq!(said(&shown), said(&plain));
        }

        #[test]
        fn what_was_written_is_read_and_written_the_same(rich in sample::document()) {
            let once = Rich::parse(&rich.to_string()).to_string();
            let twice = Rich::parse(&once).to_string();
            prop_assert_eq!(twice, once);
        }
    }
}
