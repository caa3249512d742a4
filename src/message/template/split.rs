//! Which values make a text of a template's words.
//!
//! A regular expression would say the same, but one for each template takes much memory, and a set of
//! many, each with places that take anything, does not fit into an automaton. This takes time in the
//! length of the text for each place, whatever the text is.

/// Most spaces in a row of a value.
pub(super) const MOST_SPACES: usize = 4;

/// No position.
const NONE: usize = usize::MAX;

/// Where a value that begins at a position may end: behind its first visible character, and not
/// behind what no value has.
#[derive(Clone, Copy)]
struct Reach {
    from: usize,
    to: usize,
}

/// Whether a value has this character nowhere.
pub(super) fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The values between these words, in the order of the text: each as short as it can be, from the
/// left on.
pub(super) fn split<'a>(text: &'a str, words: &[Box<str>]) -> Option<Vec<&'a str>> {
    let (last, others) = words.split_last()?;
    let reaches = reaches(text);
    let can_end = |next: &[usize], start: usize| {
        let Reach { from, to } = reaches[start];
        let end = next.get(from).copied().unwrap_or(NONE);
        (end <= to).then_some(end)
    };
    // For each place from the last to the first: from each position on, the next one at which its
    // value can end so that all behind it is right.
    let mut ends = vec![nexts(text, |at| at + last.len() == text.len() && text[at..] == **last)];
    for words in others.iter().skip(1).rev() {
        let behind = ends.last()?;
        let ends_here = nexts(text, |at| {
            text[at..].starts_with(&**words) && can_end(behind, at + words.len()).is_some()
        });
        ends.push(ends_here);
    }
    let mut start = others.first()?.len();
    let mut values = Vec::with_capacity(ends.len());
    let behind = others.iter().skip(1).chain([last]);
    for (next, words) in ends.iter().rev().zip(behind) {
        let end = can_end(next, start)?;
        values.push(&text[start..end]);
        start = end + words.len();
    }
    Some(values)
}

/// From each position on, the next one of which this is true.
fn nexts(text: &str, is_one: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut nexts = vec![NONE; text.len() + 1];
    let mut next = NONE;
    for at in (0..=text.len()).rev() {
        if text.is_char_boundary(at) && is_one(at) {
            next = at;
        }
        nexts[at] = next;
    }
    nexts
}

/// Of each position where a value that begins there may end.
fn reaches(text: &str) -> Vec<Reach> {
    let mut reaches = vec![Reach { from: NONE, to: text.len() }; text.len() + 1];
    let mut spaces = 0;
    for (at, c) in text.char_indices().rev() {
        let behind = reaches[at + c.len_utf8()];
        spaces = if c == ' ' { spaces + 1 } else { 0 };
        reaches[at] = match c {
            c if is_forbidden(c) => Reach { from: NONE, to: at },
            ' ' if spaces > MOST_SPACES => Reach { to: at + MOST_SPACES, ..behind },
            c if c.is_whitespace() => behind,
            c => Reach { from: at + c.len_utf8(), ..behind },
        };
    }
    reaches
}

/// Whether this is a value, and not blank, broken or too wide; how it is wrong otherwise.
pub(super) fn has_reach(value: &str) -> bool {
    let Reach { from, to } = reaches(value)[0];
    from <= value.len() && to == value.len()
}
