//! What a message means to an order: more, less, that is all.

use super::{
    menu::{find, nearest},
    wish::{Wish, Wishes},
};

/// What a message means to an order.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    More(Vec<Wish>),
    Less(Vec<Wish>),
    Enough,
    Total,
    /// Nothing that we know.
    Unclear,
}

const MORE: [&str; 8] =
    ["order", "add", "buy", "i want", "i'd like", "i would like", "can i have", "can i get"];
const LESS: [&str; 3] = ["remove", "without", "minus"];
const ENOUGH: [&str; 9] = [
    "checkout",
    "check out",
    "pay",
    "done",
    "that's all",
    "thats all",
    "that's it",
    "thats it",
    "that is all",
];
const TOTAL: [&str; 4] = ["total", "cart", "basket", "my order"];

impl Said {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim().replace('’', "'");
        let folded = text.trim_end_matches(['.', '!']).to_lowercase();
        if ENOUGH.contains(&&*folded) {
            return Self::Enough;
        }
        if TOTAL.contains(&&*folded) {
            return Self::Total;
        }
        if let Some(what) = after(&text, &LESS) {
            return Self::Less(wishes(what));
        }
        if let Some(what) = after(&text, &MORE) {
            return Self::More(wishes(what));
        }
        // Names without a count, such as `pizza` or `🍕`, are an order if we know them all.
        let wishes = wishes(&text);
        let is_known = |wish: &Wish| find(&wish.name).is_some() || nearest(&wish.name).is_some();
        let is_order = !wishes.is_empty() && wishes.iter().all(is_known);
        if is_order || text.starts_with(|c: char| c.is_ascii_digit()) {
            return Self::More(wishes);
        }
        Self::Unclear
    }
}

fn wishes(text: &str) -> Vec<Wish> {
    let Ok(Wishes(wishes)) = text.parse();
    wishes
}

/// What stands behind one of these openings, in any case.
fn after<'a>(text: &'a str, openings: &[&str]) -> Option<&'a str> {
    openings.iter().find_map(|opening| {
        let (head, rest) = text.split_at_checked(opening.len())?;
        let is_it = head.eq_ignore_ascii_case(opening) && rest.starts_with(char::is_whitespace);
        is_it.then(|| rest.trim_start())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_more_or_less_or_enough() {
        let tea = || vec![Wish { count: Some(2), name: "tea".to_owned() }];
        for (text, said) in [
            ("2 tea", Said::More(tea())),
            ("Order 2 x tea", Said::More(tea())),
            ("I’d like two tea, please!", Said::More(tea())),
            ("REMOVE\n2 tea", Said::Less(tea())),
            ("Checkout!", Said::Enough),
            ("that’s all.", Said::Enough),
            ("My order", Said::Total),
            ("ordering is hard", Said::Unclear),
            ("addé 2 tea", Said::Unclear),
            ("order", Said::Unclear),
            ("", Said::Unclear),
            ("🐟", Said::Unclear),
        ] {
            assert_eq!(Said::of(text), said, "{text}");
        }
    }
}
