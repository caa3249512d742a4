//! How content somebody is, from 1 to 5, however they say it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How content somebody is: 1, not at all, to 5, very.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Rating(u8);

/// It is no number from 1 to 5.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rating is a number from 1 to 5")]
pub(super) struct InvalidRating;

const WORDS: [&str; 5] = ["one", "two", "three", "four", "five"];
/// What may stand behind the number.
const ENDINGS: [&str; 8] =
    ["", "/5", "/ 5", "of 5", "of five", "out of 5", "out of five", "points"];

impl Rating {
    /// It went wrong.
    pub(super) fn is_low(self) -> bool {
        self.0 <= 2
    }

    /// They would tell their friends.
    pub(super) fn is_high(self) -> bool {
        self.0 >= 4
    }

    /// `⭐⭐⭐ (3 of 5)`
    pub(super) fn shown(self) -> String {
        format!("{} ({} of 5)", "⭐".repeat(self.0.into()), self.0)
    }
}

impl FromStr for Rating {
    type Err = InvalidRating;

    /// Reads `4`, `four`, `4/5`, `4 out of 5`, `four stars` or `⭐⭐⭐⭐`.
    fn from_str(text: &str) -> Result<Self, InvalidRating> {
        let text = text.trim().trim_end_matches(['.', '!']).replace('\u{fe0f}', "").to_lowercase();
        let stars = text.chars().filter(|c| *c == '⭐').count();
        if stars > 0 && text.chars().all(|c| c == '⭐' || c == ' ') {
            return Self::of(stars);
        }
        let text = text.trim_end_matches('s').trim_end_matches("star").trim_end();
        let end = text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len());
        let (number, ending) = text.split_at(end);
        if !ENDINGS.contains(&ending.trim()) {
            return Err(InvalidRating);
        }
        match WORDS.iter().position(|word| *word == number) {
            Some(at) => Self::of(at + 1),
            None => number.parse().map_err(|_| InvalidRating).and_then(Self::of),
        }
    }
}

impl Rating {
    fn of(number: usize) -> Result<Self, InvalidRating> {
        match u8::try_from(number) {
            Ok(number @ 1..=5) => Ok(Self(number)),
            _ => Err(InvalidRating),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_said_in_many_ways() {
        for (text, number) in [
            ("5", Some(5)),
            (" Five! ", Some(5)),
            ("4/5", Some(4)),
            ("4 / 5", Some(4)),
            ("three of five", Some(3)),
            ("2 out of 5.", Some(2)),
            ("1 star", Some(1)),
            ("four stars", Some(4)),
            ("⭐⭐⭐", Some(3)),
            ("⭐️ ⭐️", Some(2)),
            ("0", None),
            ("6", None),
            ("-3", None),
            ("4.5", None),
            ("4/10", None),
            ("⭐⭐⭐⭐⭐⭐", None),
            ("5 but the door was locked", None),
            ("very good", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), number.map(Rating), "{text}");
        }
    }

    #[test]
    fn three_is_neither_low_nor_high() {
        let told = [1, 2, 3, 4, 5].map(|n| (Rating(n).is_low(), Rating(n).is_high()));
        let (low, middle, high) = ((true, false), (false, false), (false, true));
        assert_eq!(told, [low, low, middle, high, high]);
        assert_eq!(Rating(2).shown(), "⭐⭐ (2 of 5)");
    }
}
