//! Texts with places: whether a message is one, and what it says with values in its places.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::message::Templates;

/// The four templates that the sandbox came with.
static SANDBOX: LazyLock<Templates> = LazyLock::new(Templates::sandbox);

/// Whether this is one of the sandbox's templates with values in its places.
pub(super) fn is_of_the_sandbox(body: &str) -> bool {
    SANDBOX.matches(body).is_some()
}

/// Whether this is the template with a value in each place: at least a character, on one line.
pub(super) fn is_match(template: &str, body: &str) -> bool {
    let mut fixed = Vec::new();
    let mut words = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Words(text) => words.push_str(text),
            Piece::Place(_) => fixed.push(std::mem::take(&mut words)),
        }
    }
    let Some(rest) = body.strip_prefix(fixed.first().unwrap_or(&words)) else { return false };
    let Some(between) = fixed.get(1..) else { return rest.is_empty() };
    // Values are as short as they can be, but for the last, which takes what is left.
    let mut rest = rest;
    for words in between {
        let Some(behind) = behind_value(rest, words) else { return false };
        rest = behind;
    }
    rest.strip_suffix(&*words).is_some_and(is_value)
}

/// What stands behind the first of these words that have a value before them.
fn behind_value<'a>(text: &'a str, words: &str) -> Option<&'a str> {
    let first = text.chars().next()?;
    let (value, behind) = text.get(first.len_utf8()..)?.split_once(words)?;
    let is_line = first != '\n' && !value.contains('\n');
    is_line.then_some(behind)
}

fn is_value(text: &str) -> bool {
    !text.is_empty() && !text.contains('\n')
}

/// The template with these values; a place without one gets its sample, or stays as it is written.
pub(super) fn filled(
    template: &str,
    values: &BTreeMap<String, String>,
    samples: &BTreeMap<String, String>,
) -> String {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Place(name) => match values.get(name).or_else(|| samples.get(name)) {
                Some(value) => text.push_str(value),
                None => text.extend(["{{", name, "}}"]),
            },
        }
    }
    text
}

enum Piece<'a> {
    Words(&'a str),
    Place(&'a str),
}

/// Words and places in turn; a place may have white space around its name.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, behind)) = place_at_start(rest) {
            rest = behind;
            return Some(Piece::Place(name));
        }
        let skip = rest.char_indices().skip(1).map(|(at, _)| at);
        let end = skip.into_iter().find(|at| place_at_start(&rest[*at..]).is_some());
        let (words, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        Some(Piece::Words(words))
    })
}

fn place_at_start(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix("{{")?.split_once("}}")?;
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_template_with_values_in_its_places() {
        for (body, expected) in [
            ("Your Yummy Cupcakes code is 1234", true),
            ("Your dentist appointment is coming up on Monday at 3. Reply with Yes or No", true),
            ("Your dentist appointment is coming up on 3 p.m. tomorrow.", true),
            (
                "Your Yummy order of 1 dozen cakes has shipped and should be delivered on July 10. \
                 Details : http://www.yummycupcakes.com/",
                true,
            ),
            ("Your code is code is 1", true),
            ("Your  code is ", false),
            ("Your code is 1", false),
            ("your Yummy code is 1", false),
            ("Your Yummy code is 1\nand 2", false),
            ("Your Yummy\n code is 1", false),
            ("Hello", false),
            ("", false),
        ] {
            assert_eq!(is_of_the_sandbox(body), expected, "{body}");
        }
        assert!(is_match("hi", "hi") && !is_match("hi", "hi!") && is_match("{{1}}", "x"));
        assert!(is_match("é{{ 1 }}é", "éöé") && !is_match("a{{1}}a", "aa"));
    }

    #[test]
    fn places_get_their_values_or_samples() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let (values, samples) =
            (map(&[("1", "a"), ("name", "Ana")]), map(&[("1", "x"), ("2", "b")]));
        let text = "{{1}}{{ 2 }} {{name}} {{3}} {{no name}} {{";
        assert_eq!(filled(text, &values, &samples), "ab Ana {{3}} {{no name}} {{");
    }
}
