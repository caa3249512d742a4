//! Makes a text safe to put into a message that someone else formats.

use std::{borrow::Cow, ops::Range};

use memchr::memchr3;

use super::{
    edges::{after, before, is_space},
    edit::{may_be_unseemly, unseemly},
    lines::end_length,
    links::{Found, next_link},
    literal::{is_marker, look_alike},
    signs::Signs,
};

/// The text with look-alikes for the markers that could format something, whatever stands around
/// the text: `*hi*` becomes `∗hi∗`. Markers inside words (`snake_case`), between spaces (`5 * 3`)
/// and in addresses stay.
///
/// No style, code, bullet or quote begins or ends inside. Line ends become LF; control characters,
/// and what turns the direction of text around, go. The text is borrowed if nothing changes. What
/// becomes a [`Rich`](super::Rich) needs none of this.
///
/// ```
/// use chinwag::markup::neutralise;
///
/// assert_eq!(neutralise("- *a* snake_case"), "‐ ∗a∗ snake_case");
/// ```
#[must_use]
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if !has_suspects(text) {
        return Cow::Borrowed(text);
    }
    chain(tidied(text), without_markers)
}

/// [`neutralise`] for a text of one line, as the parameters of a template must be: white space
/// becomes single spaces, none at the ends.
///
/// ```
/// use chinwag::markup::neutralise_inline;
///
/// assert_eq!(neutralise_inline(" Ana\n *M.* "), "Ana ∗M.∗");
/// ```
#[must_use]
pub fn neutralise_inline(text: &str) -> Cow<'_, str> {
    chain(chain(tidied(text), folded), without_markers)
}

/// Takes the second step on the first one's result; borrowed as long as nothing changes.
fn chain(text: Cow<'_, str>, next: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => next(text),
        Cow::Owned(text) => match next(&text) {
            Cow::Owned(changed) => Cow::Owned(changed),
            Cow::Borrowed(_) => Cow::Owned(text),
        },
    }
}

/// Bytes that are looked at together.
const CHUNK: usize = 1024;

/// Whether anything in the text might have to change. Most texts have nothing of the kind; a chunk
/// is looked at closely only if a quick look says that it may.
fn has_suspects(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((first, rest)) = bytes.split_first() else { return false };
    let any = |(before, bytes): (&[u8], &[u8])| {
        may_have_suspects(bytes)
            && before.iter().zip(bytes).any(|(before, byte)| is_suspect(*before, *byte))
    };
    is_suspect(b'\n', *first) || bytes.chunks(CHUNK).zip(rest.chunks(CHUNK)).any(any)
}

fn is_suspect(before: u8, byte: u8) -> bool {
    match byte {
        b'\n' | b'\t' => false,
        b'-' | b'>' => before == b'\n',
        0..0x20 | 0x7f | 0xc2 | 0xe2 => true,
        _ => is_marker(byte),
    }
}

/// Whether any byte is a suspect, or is taken for one by so few comparisons. All bytes are looked
/// at, without a branch, so that the compiler takes many at a time.
fn may_have_suspects(bytes: &[u8]) -> bool {
    let (mut lowest, mut highest) = (u8::MAX, 0);
    for byte in bytes {
        // Controls are the lowest, but for LF, which is the highest then.
        lowest = lowest.min((byte ^ b'\n').wrapping_sub(1));
        // `\`, `]`, `^` and `_`, `|`, `}`, `~` and DEL are the highest, and then what is not ASCII
        // is low.
        highest = highest.max((byte | 0x20) ^ 0x80);
    }
    lowest < 0x1f
        || highest >= b'|' ^ 0x80
        || memchr3(b'*', b'-', b'`', bytes).is_some()
        || memchr3(b'>', 0xc2, 0xe2, bytes).is_some()
}

/// A text in which pieces are replaced, borrowed until the first.
struct Rewrite<'a> {
    text: &'a str,
    out: String,
    from: usize,
}

impl<'a> Rewrite<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, out: String::new(), from: 0 }
    }

    fn replace(&mut self, range: Range<usize>, with: &str) {
        if self.out.is_empty() {
            self.out.reserve(self.text.len() + self.text.len() / 4 + with.len());
        }
        self.out.push_str(&self.text[self.from..range.start]);
        self.out.push_str(with);
        self.from = range.end;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.from == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out.push_str(&self.text[self.from..]);
        Cow::Owned(self.out)
    }
}

/// Without control characters, and with LF for every line end.
fn tidied(text: &str) -> Cow<'_, str> {
    if !may_be_unseemly(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut rewrite = Rewrite::new(text);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if at < rewrite.from || (0x20..0x7f).contains(byte) || matches!(byte, b'\t' | b'\n') {
            continue;
        }
        let ends = end_length(&bytes[at..]);
        let length = unseemly(&bytes[at..]);
        if ends + length > 0 {
            rewrite.replace(at..at + ends + length, if ends > 0 { "\n" } else { "" });
        }
    }
    rewrite.finish()
}

/// With one space for all white space between words, and none at the ends.
fn folded(text: &str) -> Cow<'_, str> {
    let mut rewrite = Rewrite::new(text);
    let mut at = 0;
    while let Some(start) = text[at..].find(is_space).map(|found| at + found) {
        let rest = text[start..].trim_start_matches(is_space);
        at = text.len() - rest.len();
        let with = if start == 0 || rest.is_empty() { "" } else { " " };
        if &text[start..at] != with {
            rewrite.replace(start..at, with);
        }
    }
    rewrite.finish()
}

/// With look-alikes for the markers that could act.
fn without_markers(text: &str) -> Cow<'_, str> {
    let mut rewrite = Rewrite::new(text);
    let mut link: Option<Found> = None;
    let bytes = text.as_bytes();
    let mut at = first_of_line(&mut rewrite, 0);
    for sign in Signs::new(bytes, |byte| byte == b'\n' || is_marker(byte)) {
        if sign < at {
            continue;
        }
        let byte = bytes[sign];
        if byte == b'\n' {
            at = first_of_line(&mut rewrite, sign + 1);
            continue;
        }
        let run = bytes[sign..].iter().take_while(|next| **next == byte).count();
        at = sign + run;
        while link.as_ref().is_none_or(|link| link.range.end <= sign) {
            let from = link.map_or(0, |link| link.range.end);
            let none = Found { range: text.len()..text.len() + 1, reach: 0, in_word: false };
            link = Some(next_link(text, from).unwrap_or(none));
        }
        let in_link = link.as_ref().is_some_and(|link| link.range.start <= sign);
        if !in_link && may_act(text, sign, run) {
            for place in sign..at {
                rewrite.replace(place..place + 1, look_alike(byte));
            }
        }
    }
    rewrite.finish()
}

/// Replaces what would make the line that begins here an item or a quote. Gives back where the
/// text goes on.
fn first_of_line(rewrite: &mut Rewrite<'_>, at: usize) -> usize {
    let text = rewrite.text;
    let next = text.as_bytes().get(at + 1);
    let acts = match text.as_bytes().get(at) {
        // What follows the text may be a space.
        Some(b'>') => next.is_none() || after(text, at + 1).is_some_and(is_space),
        Some(b'-' | b'*') => {
            next.is_none() || after(text, at + 1).is_some_and(|c| is_space(c) && c != '\n')
        }
        _ => false,
    };
    if acts {
        rewrite.replace(at..at + 1, look_alike(text.as_bytes()[at]));
    }
    at + usize::from(acts)
}

/// Whether a run of one marker could open or close anything, for any client and whatever stands
/// around the text.
fn may_act(text: &str, at: usize, run: usize) -> bool {
    let marker = text.as_bytes()[at];
    let (left, right) = (before(text, at), after(text, at + run));
    let in_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let apart = |c: Option<char>| c.is_some_and(is_space);
    match (marker, run) {
        (b'|', 1) => false,
        (b'`', 2..) => true,
        (_, 1) if in_word(left) && in_word(right) => false,
        _ => !(apart(left) && apart(right)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Sign, marks, sample};
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(neutralise(text), expected);
    }

    #[test]
    fn the_ends_of_a_text_are_taken_for_the_worst() {
        for (text, expected) in [("-", "‐"), (">", "›"), ("a_", "a＿"), ("~5", "∼5"), ("|", "|")]
        {
            check(text, expected);
        }
        check("a\n-\n>\n*\n", "a\n-\n›\n*\n");
    }

    #[test]
    fn what_is_taken_out_leaves_no_marker_behind() {
        check("|\u{7}|a|\u{202e}|", "∣∣a∣∣");
        check("x\u{7}https://a.example/_b_", "xhttps://a.example/＿b＿");
        assert_eq!(neutralise_inline("\n- a"), "‐ a");
    }

    #[test]
    fn clean_text_is_borrowed() {
        let long = "Zoë said: “5 * 3 = 15”, 2*3, a_b — naïve | ok\n1. one\n• two\n".repeat(9);
        assert!(matches!(neutralise(&long), Cow::Borrowed(_)));
        assert!(matches!(neutralise_inline("Zoë — a_b"), Cow::Borrowed(_)));
    }

    /// What the text is put into, and the mark that must come out whole.
    const TEMPLATES: [(&str, &str); 7] = [
        ("", ""),
        ("*", "*"),
        ("a ~", "~!"),
        ("_Hi ", ", you_"),
        ("> ", ""),
        ("*a* ", " ```b```"),
        ("`x` (", ") _y_"),
    ];

    proptest! {
        #[test]
        fn no_style_begins_or_ends_inside(text in sample::text()) {
            let inline = neutralise_inline(&text).into_owned();
            for inner in [neutralise(&text).into_owned(), inline.clone()] {
                for (left, right) in TEMPLATES {
                    let whole = format!("{left}{inner}{right}");
                    let inside = left.len()..left.len() + inner.len();
                    for mark in marks(&whole) {
                        let harmless = matches!(mark.sign, Sign::Link | Sign::Number(_) | Sign::Bullet | Sign::Quote);
                        let crosses = inside.contains(&mark.outer.start) || inside.contains(&(mark.outer.end - 1));
                        let template_quote = mark.sign == Sign::Quote && mark.outer.start == 0 && left == "> ";
                        prop_assert!(harmless || !crosses || template_quote, "{:?} in {:?}", mark, whole);
                        let line = &whole[mark.outer.clone()];
                        let typed = left.is_empty() || mark.outer.start >= left.len();
                        let is_bad = matches!(mark.sign, Sign::Quote) || (mark.sign == Sign::Bullet && !line.starts_with('•'));
                        prop_assert!(!(typed && is_bad), "{:?} in {:?}", mark, whole);
                    }
                }
            }
            if !inline.is_empty() && !inline.contains("://") && !inline.contains("www.") {
                let bold = format!("*{inline}*");
                prop_assert!(marks(&bold).iter().any(|mark| mark.sign == Sign::Bold && mark.outer == (0..bold.len())), "{}", bold);
            }
        }

        #[test]
        fn a_second_time_changes_nothing(text in sample::text()) {
            let once = neutralise(&text);
            prop_assert_eq!(neutralise(&once), &*once);
            prop_assert!(matches!(neutralise(&once), Cow::Borrowed(_)));
            let once = neutralise_inline(&text);
            prop_assert_eq!(neutralise_inline(&once), &*once);
        }

        #[test]
        fn what_is_read_stays_the_same(text in sample::text()) {
            prop_assert_eq!(sample::seen(&neutralise(&text)), sample::seen(&text));
        }
    }
}
