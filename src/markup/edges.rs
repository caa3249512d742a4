//! Where a marker counts: what may stand on either side of it.
//!
//! `WhatsApp` publishes no grammar; these few rules are what phones were seen to do. Each stands
//! alone, so that a test on a device moves one line.

/// D5: a marker that cannot close is text, and the opener keeps waiting: `*a*b*` is one bold run.
pub(super) const WAITS_FOR_A_CLOSER: bool = true;

/// Whether a character beside a marker makes it a part of a word.
pub(super) fn is_wordy(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() }
}

/// White space, for a phone: the byte order mark is one too.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// D1 and D2: nothing wordy before, and something after that is neither space nor the same marker.
pub(super) fn may_open(before: Option<char>, marker: char, after: Option<char>) -> bool {
    !before.is_some_and(is_wordy) && after.is_some_and(|c| !is_space(c) && c != marker)
}

/// D3: neither space nor the same marker before, and nothing wordy after.
pub(super) fn may_close(before: Option<char>, marker: char, after: Option<char>) -> bool {
    before.is_some_and(|c| !is_space(c) && c != marker) && !after.is_some_and(is_wordy)
}

/// The character that ends at a byte.
pub(super) fn before(text: &str, at: usize) -> Option<char> {
    match text.as_bytes()[..at].last() {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text[..at].chars().next_back(),
    }
}

/// The character that begins at a byte.
pub(super) fn after(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at) {
        Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
        _ => text[at..].chars().next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_of_any_script_block_and_nothing_else_does() {
        let open = |before: &str| may_open(before.chars().next_back(), '*', Some('x'));
        let close = |after: &str| may_close(Some('x'), '*', after.chars().next());
        for neighbour in ["a", "7", "é", "你", "٣", "ب"] {
            assert!(!open(neighbour) && !close(neighbour), "{neighbour}");
        }
        for neighbour in ["", " ", "(", "_", "😀", "\u{20e3}", "\u{200b}", "\u{202a}", "，"] {
            assert!(open(neighbour) && close(neighbour), "{neighbour}");
        }
    }

    #[test]
    fn nothing_opens_before_space_or_closes_after_it() {
        for inside in ["", " ", "\n", "\u{a0}", "\u{feff}", "*"] {
            assert!(!may_open(None, '*', inside.chars().next()), "{inside:?}");
            assert!(!may_close(inside.chars().next(), '*', None), "{inside:?}");
        }
    }
}
