//! Where lines end, and the markers that make a line an item or a quote.

use super::{LineKind, signs::first_sign};

/// Where the line that holds `from` ends, and where the next begins; both the end of the text for
/// the last line.
///
/// LF, CRLF, CR, U+2028 and U+2029 end lines on phones; vertical tab, form feed and U+0085 are
/// written as line ends and so count here too.
pub(super) fn line_end(text: &str, from: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at = first_sign(&bytes[at..], begins_end).map_or(bytes.len(), |next| at + next);
        let length = end_length(&bytes[at..]);
        if length > 0 || at == bytes.len() {
            return (at, at + length);
        }
        at += 1;
    }
}

/// Whether a byte can begin a line end. Asked without a branch, see [`first_sign`].
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
fn begins_end(byte: u8) -> bool {
    (byte.wrapping_sub(b'\n') < 4) | (byte | 0x20 == 0xe2)
}

/// How many bytes the line end is long that begins here; 0 for none.
pub(super) fn end_length(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] | [0xc2, 0x85, ..] => 2,
        [b'\n' | b'\r' | 0x0b | 0x0c, ..] => 1,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// How many bytes the line end is long with which a text ends; 0 for none.
pub(super) fn last_end(text: &str) -> usize {
    if text.ends_with("\r\n") {
        return 2;
    }
    let last = text.chars().next_back().map_or(0, char::len_utf8);
    end_length(&text.as_bytes()[text.len() - last..])
}

/// Whether a line that begins with a byte can be an item or a quote.
pub(super) fn may_be_marked(first: u8) -> bool {
    matches!(first, b'*' | b'-' | b'>' | b'0'..=b'9' | 0xe2)
}

/// What a line is by its first characters, and how many bytes the marker takes.
///
/// B1 to B3: the marker in the first column, exactly one space, and something after it; only a
/// quote may be empty, and its space may be any white space.
pub(super) fn marker(line: &str) -> Option<(LineKind, usize)> {
    let bytes = line.as_bytes();
    let item = |kind, width: usize| {
        let rest = line[width..].strip_prefix(' ')?;
        let begins =
            rest.chars().next().is_some_and(|c| c != ' ' && end_length(rest.as_bytes()) == 0);
        begins.then_some((kind, width + 1))
    };
    match bytes.first()? {
        b'*' | b'-' => item(LineKind::Bullet, 1),
        0xe2 if line.starts_with('•') => item(LineKind::Bullet, '•'.len_utf8()),
        b'0'..=b'9' => {
            let digits = 1 + usize::from(bytes.get(1).is_some_and(u8::is_ascii_digit));
            let number = line[..digits].parse().ok()?;
            if bytes.get(digits) == Some(&b'.') {
                item(LineKind::Number(number), digits + 1)
            } else {
                None
            }
        }
        b'>' => {
            let space = line[1..].chars().next().filter(|c| c.is_whitespace())?;
            let width = 1 + space.len_utf8();
            let known = end_length(&bytes[1..]) == 0 && bytes.get(width) != Some(&b' ');
            known.then_some((LineKind::Quote, width))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_is_found_and_measured() {
        for end in ["\n", "\r\n", "\r", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"] {
            assert_eq!(line_end(&format!("é•a{end}b"), 0), (6, 6 + end.len()), "{end:?}");
        }
        assert_eq!(line_end("é•\u{a0}", 0), (7, 7));
    }

    #[test]
    fn a_line_is_what_its_first_characters_say() {
        let check = |line: &str, expected| assert_eq!(marker(line), expected, "{line}");
        for (line, width) in [("- a", 2), ("* a", 2), ("• a", 4)] {
            check(line, Some((LineKind::Bullet, width)));
        }
        check("7. a", Some((LineKind::Number(7), 3)));
        check("10. a", Some((LineKind::Number(10), 4)));
        check("> a", Some((LineKind::Quote, 2)));
        check(">\ta", Some((LineKind::Quote, 2)));
        check("> ", Some((LineKind::Quote, 2)));
        for line in [
            "", "-", "- ", "-  a", "-a", "- \na", "100. a", "1) a", "1.a", ".", ">", ">a", ">  a",
            ">\na", " - a",
        ] {
            check(line, None);
        }
    }
}
