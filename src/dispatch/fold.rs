//! When two texts are the same to a person: case, space and Unicode form do not count.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text without its differences of case, space and Unicode form.
///
/// White space at the ends goes, runs of it become one space; letters are compared in lower case
/// and in compatibility form (NFKC), so that `ＭＥＮＵ`, `menu` and ` Menu ` are one.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    fold_to(text, usize::MAX)
}

/// The folded text, or a longer beginning of it if it has more than this many bytes: enough to
/// tell it from all texts that are not longer than that.
pub(super) fn fold_to(text: &str, enough: usize) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        if is_folded(text) {
            return Cow::Borrowed(text);
        }
        return single_spaces(text.chars().map(|c| c.to_ascii_lowercase()), enough).into();
    }
    // Upper case first, so that ß and SS, ς and Σ meet.
    let folded = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
    single_spaces(folded, enough).into()
}

/// Whether an ASCII text is in lower case, with single spaces as its only white space.
fn is_folded(text: &str) -> bool {
    let is_odd = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'\t'..=b'\r');
    !text.bytes().any(is_odd) && !text.contains("  ")
}

fn single_spaces(chars: impl Iterator<Item = char>, enough: usize) -> String {
    let mut text = String::new();
    for c in chars {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
        // A space at the end may go yet.
        if text.trim_end().len() > enough {
            break;
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// The words of a folded text: runs of letters and digits with the marks on them.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| !c.is_alphanumeric() && !is_combining_mark(c);
    folded.split(is_between).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_space_and_form_do_not_count() {
        for (text, folded) in [
            ("menu", "menu"),
            (" Menu\n", "menu"),
            ("ＭＥＮＵ", "menu"),
            ("opening  \t hours", "opening hours"),
            ("Cafe\u{301}", "café"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("a\u{a0}b", "a b"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let split = |text| words(text).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(split("what's the price, now?"), ["what", "s", "the", "price", "now"]);
        assert!(split("…!").is_empty());
    }

    proptest! {
        #[test]
        fn a_beginning_is_enough_to_tell_texts_apart(text in "[a-cA-C é\t]{0,12}", enough in 0..9_usize) {
            let (whole, beginning) = (fold(&text), fold_to(&text, enough));
            if whole.len() <= enough {
                prop_assert_eq!(beginning, whole);
            } else {
                prop_assert!(beginning.len() > enough);
            }
        }

        #[test]
        fn folding_twice_changes_nothing(text in "[ -~]{0,20}|[A-Za-zéÉßﬁΣς \\t]{0,20}") {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once), once.as_str());
        }
    }
}
