//! What a person asks for in words: `2 pizza`, `3 x tea and a coffee`.

use std::{convert::Infallible, str::FromStr};

/// Most things in one message; each gets a line in the answer.
pub(super) const MOST: usize = 10;

/// One thing that a person asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Wish {
    /// How many; `None` if it was not said, the largest number if it was too large to count.
    pub(super) count: Option<u32>,
    /// As it was typed.
    pub(super) name: String,
}

/// Everything that a person asks for in one message.
#[derive(Debug, PartialEq)]
pub(super) struct Wishes(pub(super) Vec<Wish>);

const NUMBERS: [&str; 10] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

impl FromStr for Wishes {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let text = text.trim().trim_end_matches(['.', '!', '?']);
        let text = text.strip_suffix("please").unwrap_or(text).trim_end_matches([',', ' ']);
        let text = text.replace(" and ", "\n").replace(", ", "\n").replace(" + ", "\n");
        let parts = text.lines().map(str::trim).filter(|part| !part.is_empty());
        Ok(Self(parts.map(wish).collect()))
    }
}

fn wish(part: &str) -> Wish {
    let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (count, name) = if digits > 0 {
        let (digits, name) = part.split_at(digits);
        (Some(digits.parse().unwrap_or(u32::MAX)), after_times(name))
    } else {
        let (first, name) = part.split_once(' ').unwrap_or(("", part));
        match number(first) {
            Some(count) => (Some(count), after_times(name)),
            None => (None, part),
        }
    };
    Wish { count, name: name.trim().to_owned() }
}

/// What follows a count, without the `x` between them.
fn after_times(name: &str) -> &str {
    let name = name.trim_start();
    let rest = name.strip_prefix(['x', 'X', '×']);
    rest.filter(|rest| rest.starts_with(' ') || !name.starts_with(['x', 'X'])).unwrap_or(name)
}

fn number(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    if word == "a" || word == "an" {
        return Some(1);
    }
    let at = NUMBERS.iter().position(|number| *number == word)?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_are_told_apart() {
        let check = |text: &str, wishes: &[(Option<u32>, &str)]| {
            let Ok(Wishes(read)) = text.parse();
            let read: Vec<_> = read.iter().map(|wish| (wish.count, &*wish.name)).collect();
            assert_eq!(read, wishes, "{text}");
        };
        check("2 pizza", &[(Some(2), "pizza")]);
        check("3 x tea", &[(Some(3), "tea")]);
        check("3x tea", &[(Some(3), "tea")]);
        check("3×tea", &[(Some(3), "tea")]);
        check("2 xmas cakes", &[(Some(2), "xmas cakes")]);
        check("2🍕", &[(Some(2), "🍕")]);
        check("Two pizzas, please!", &[(Some(2), "pizzas")]);
        check("2 pizza and a tea", &[(Some(2), "pizza"), (Some(1), "tea")]);
        check(
            "1 soup, 2 tea\n3 coffee",
            &[(Some(1), "soup"), (Some(2), "tea"), (Some(3), "coffee")],
        );
        check("pizza", &[(None, "pizza")]);
        check("0 pizza", &[(Some(0), "pizza")]);
        check("99999999999999999999 tea", &[(Some(u32::MAX), "tea")]);
        check("1.5 pizza", &[(Some(1), ".5 pizza")]);
        check("7", &[(Some(7), "")]);
        check(" , ", &[]);
        check("please", &[]);
        check("", &[]);
    }
}
