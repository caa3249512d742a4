//! When two texts are the same to a person: case, space and Unicode form do not count.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// The text without its differences of case, space and Unicode form.
///
/// White space at the ends goes, runs of it become one space; letters are compared in lower case
/// and in compatibility form (NFKC), so that `ＭＥＮＵ`, `menu` and ` Menu ` are one.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        fold_ascii(text)
    } else {
        // Upper case first, so that ß and SS, ς and Σ meet.
        let folded = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
        Cow::Owned(single_spaces(folded))
    }
}

fn fold_ascii(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_odd =
        |byte: u8| byte.is_ascii_uppercase() || (byte != b' ' && byte.is_ascii_whitespace());
    let is_folded = !bytes.iter().any(|byte| is_odd(*byte)) && !text.contains("  ");
    if is_folded {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(single_spaces(text.chars().map(|c| c.to_ascii_lowercase())))
    }
}

fn single_spaces(chars: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for c in chars {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// The words of a folded text: runs of letters and digits.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
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
        fn folding_twice_changes_nothing(text in "[ -~]{0,20}|[A-Za-zéÉßﬁΣς \\t]{0,20}") {
            let once = fold(&text).into_owned();
            prop_assert_eq!(fold(&once), once.as_str());
        }
    }
}
