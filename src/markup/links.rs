//! Addresses that phones turn into links by themselves.
//!
//! U1: `http://`, `https://` or `www.`, up to white space or what cannot be in an address.

use std::ops::Range;

use memchr::memchr2_iter;

use super::edges::{after, is_space};

/// A link in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    /// Where the search for its end stopped: the punctuation up to there is not a part of it, but
    /// would be with anything else behind.
    pub(super) reach: usize,
    /// Whether a word stands directly before it, so that it is none.
    pub(super) in_word: bool,
}

/// The first link at or after a byte.
pub(super) fn next_link(text: &str, from: usize) -> Option<Found> {
    signs(text, from).find_map(|at| link_around(text, at, from))
}

/// The first link at or after a byte, or what would be one if no word stood before it. It reaches
/// over backticks and pipes, which may be written as something that does not end it.
pub(super) fn next_address(text: &str, from: usize) -> Option<Found> {
    let (start, host) = signs(text, from).find_map(|at| beginning(text, at, from))?;
    let mut link = found(text, start, host);
    while text[link.reach..].starts_with(['`', '|']) {
        link.reach = reach(text, link.reach + 1);
    }
    Some(link)
}

/// The link whose `:` of `http://` or first `.` of `www.` stands at a byte, if it begins at `from`
/// or later.
pub(super) fn link_around(text: &str, at: usize, from: usize) -> Option<Found> {
    let (start, host) = beginning(text, at, from)?;
    (!follows_word(text, start)).then(|| found(text, start, host))
}

/// Where an address could be, whatever stands around it: the places of the signs.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = usize> {
    signs(text, 0).filter(|at| beginning(text, *at, 0).is_some())
}

fn signs(text: &str, from: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let found = memchr2_iter(b':', b'.', &bytes[from..]).map(move |at| from + at);
    found.filter(|at| may_be_link(bytes, *at))
}

/// Whether the `:` or `.` at a byte could be the sign of a link, by the byte beside it.
pub(super) fn may_be_link(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b':' => bytes.get(at + 1) == Some(&b'/'),
        _ => at > 0 && bytes[at - 1] | 0x20 == b'w',
    }
}

/// Where a link and its host begin, of the sign at a byte.
fn beginning(text: &str, at: usize, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let said = |word: &str| {
        let start = at.checked_sub(word.len()).filter(|start| *start >= from)?;
        bytes[start..at].eq_ignore_ascii_case(word.as_bytes()).then_some(start)
    };
    let (start, host) = match bytes[at] {
        b':' if bytes[at..].starts_with(b"://") => {
            (said("http").or_else(|| said("https"))?, at + 3)
        }
        b'.' => (said("www")?, at + 1),
        _ => return None,
    };
    let begins = after(text, host).is_some_and(|c| c.is_alphanumeric() || c == '[');
    begins.then_some((start, host))
}

fn follows_word(text: &str, start: usize) -> bool {
    start > 0 && text.as_bytes()[start - 1].is_ascii_alphanumeric()
}

fn found(text: &str, start: usize, host: usize) -> Found {
    let reach = reach(text, host);
    let trailing = |c: char| ".,;:!?'\"*~]}>".contains(c);
    let end = host + text[host..reach].trim_end_matches(trailing).len();
    Found { range: start..end, reach, in_word: follows_word(text, start) }
}

/// Whether a text is one link from its first character to its last.
pub(super) fn is_link(text: &str) -> bool {
    next_link(text, 0).is_some_and(|link| link.range == (0..text.len()))
}

/// Where the first character stands, from a byte on, that cannot be in an address.
fn reach(text: &str, host: usize) -> usize {
    let mut depth = 0_u32;
    let mut at = host;
    while let Some(c) = after(text, at) {
        match c {
            _ if c.is_ascii_alphanumeric() => {}
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            _ if ends_link(c) => return at,
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}

/// White space, quotes, angle brackets, backtick, pipe, or punctuation of full width.
fn ends_link(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_whitespace()
            || c.is_ascii_control()
            || matches!(c, '"' | '<' | '>' | '`' | '|');
    }
    is_space(c)
        || matches!(c, '«' | '»' | '\u{2018}'..='\u{201f}' | '\u{3000}'..='\u{303f}')
        || matches!(c, '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = next_link(text, 0).map_or("", |link| &text[link.range]);
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_link_reaches_to_what_cannot_be_in_an_address() {
        check("see https://example.com/a_b_ now", "https://example.com/a_b_");
        check("(http://a.example/x_(y)).", "http://a.example/x_(y)");
        check("HTTPS://A.EXAMPLE, www.b.example", "HTTPS://A.EXAMPLE");
        check("www.b.example/*a*", "www.b.example/*a");
        check("去https://a.example，好", "https://a.example");
        check("<https://a.example>", "https://a.example");
        check("https://a.example/\u{a0}b", "https://a.example/");
    }

    #[test]
    fn what_only_looks_like_a_link_is_text() {
        for text in [
            "",
            ":",
            ".",
            "http://",
            "https:// x",
            "www. that",
            "awww.cute",
            "ftp://a.example",
            "xhttp://a.example",
            "a.example",
        ] {
            check(text, "");
        }
    }
}
