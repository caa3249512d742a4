//! Documents and texts at random, made of what is likely to break them.

use proptest::{prelude::*, sample::select};

use super::{Rich, Sign, bold, code, italic, link, marks, mono, strike, write::is_style};

/// Pieces of text that mean something to one client or another, or that look so.
const PIECES: [&str; 52] = [
    "a",
    "b",
    "7",
    "12",
    "é",
    "你",
    "م",
    "e\u{301}",
    " ",
    "  ",
    "\u{a0}",
    "\u{feff}",
    "\t",
    "*",
    "_",
    "~",
    "`",
    "**",
    "__",
    "```",
    "``",
    "|",
    "||",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{85}",
    "- ",
    "* ",
    "> ",
    "• ",
    "1. ",
    "-",
    ">",
    ".",
    ",",
    "(",
    ")",
    "！",
    "😀",
    "👩\u{200d}💻",
    "1\u{fe0f}\u{20e3}",
    "\u{200b}",
    "\u{202e}",
    "\u{7}",
    "https://a.example/_b_",
    "www.a.example/*",
    "https://",
    "www.",
    "word",
    "two words",
    "http://a.example/(x)*",
];

/// Any text, of nasty pieces mostly.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => prop::collection::vec(select(&PIECES[..]), 0..9).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

/// A piece of a line: text in styles, code and links.
fn inline() -> impl Strategy<Value = Rich> {
    let leaf = prop_oneof![
        4 => text().prop_map(Rich::from),
        1 => text().prop_map(code),
        1 => text().prop_map(mono),
        1 => (text(), select(vec!["https://a.example/_x_", "mailto:a_@b.example", "#a", "a *b*"]))
            .prop_map(|(label, to)| link(label, to)),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let joined = prop::collection::vec(inner, 1..5)
            .prop_map(|parts| parts.into_iter().fold(Rich::new(), |all, part| all + part));
        (joined, 0..4).prop_map(|(joined, style)| match style {
            0 => bold(joined),
            1 => italic(joined),
            2 => strike(joined),
            _ => joined,
        })
    })
}

/// Any document.
pub(super) fn document() -> impl Strategy<Value = Rich> {
    prop::collection::vec((inline(), 0..7), 0..4).prop_map(|parts| {
        parts.into_iter().fold(Rich::new(), |all, (part, kind)| match kind {
            0 => all.bullets([part]),
            1 => all.numbered([part]),
            2 => all.quote(part),
            3 => all.code_block(part.text()),
            _ => all.line(part),
        })
    })
}

/// What a reader sees of a text: no white space, no control characters, and markers for what looks
/// like them.
pub(super) fn seen(text: &str) -> String {
    text.chars().filter_map(seen_char).collect()
}

/// The characters that a reader sees of markup, each with its styles; not the markers of quotes.
pub(super) fn styled(text: &str) -> Vec<(char, Vec<&'static str>)> {
    let mut hidden = vec![false; text.len()];
    let mut styles = vec![Vec::new(); text.len()];
    for mark in marks(text) {
        if !is_style(mark.sign) && mark.sign != Sign::Quote {
            continue;
        }
        for at in (mark.outer.start..mark.inner.start).chain(mark.inner.end..mark.outer.end) {
            hidden[at] = true;
        }
        for over in styles[mark.inner].iter_mut().filter(|_| mark.sign != Sign::Quote) {
            over.push(mark.sign.name());
        }
    }
    let shown = text.char_indices().filter(|(at, _)| !hidden[*at]);
    shown.filter_map(|(at, c)| Some((seen_char(c)?, styles[at].clone()))).collect()
}

fn seen_char(c: char) -> Option<char> {
    let hidden = c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    (!hidden).then_some(match c {
        '∗' => '*',
        '＿' => '_',
        '∼' => '~',
        '‵' => '`',
        '∣' => '|',
        '›' => '>',
        '‐' | '•' => '-',
        other => other,
    })
}
