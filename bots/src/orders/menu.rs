//! What the shop sells, and what people call it.

use chinwag::markup::{Rich, bold};

/// Least likeness, of 1, for a name to be taken for a slip of another one.
const ALIKE: f64 = 0.8;

/// One thing on the menu.
#[derive(Debug, PartialEq)]
pub(super) struct Item {
    pub(super) name: &'static str,
    pub(super) sign: &'static str,
    pub(super) cents: u32,
}

pub(super) const MENU: &[Item] = &[
    Item { name: "pizza", sign: "🍕", cents: 950 },
    Item { name: "pasta", sign: "🍝", cents: 880 },
    Item { name: "soup", sign: "🍲", cents: 540 },
    Item { name: "salad", sign: "🥗", cents: 620 },
    Item { name: "tiramisu", sign: "🍰", cents: 490 },
    Item { name: "lemonade", sign: "🍋", cents: 310 },
    Item { name: "coffee", sign: "☕", cents: 280 },
    Item { name: "tea", sign: "🍵", cents: 240 },
];

/// The item with this name or sign, in any case, one or many.
pub(super) fn find(called: &str) -> Option<&'static Item> {
    let called = called.trim_end_matches('\u{fe0f}').to_lowercase();
    MENU.iter().find(|item| {
        let many = called.strip_prefix(item.name);
        called == item.sign || matches!(many, Some("" | "s" | "es"))
    })
}

/// The item whose name is most like this one, if one is at all.
pub(super) fn nearest(called: &str) -> Option<&'static Item> {
    let called = called.to_lowercase();
    let alike = MENU.iter().map(|item| (item, strsim::jaro_winkler(&called, item.name)));
    let best = alike.max_by(|(_, one), (_, other)| one.total_cmp(other));
    best.filter(|(_, likeness)| *likeness >= ALIKE).map(|(item, _)| item)
}

/// An amount of money: `9.50 €`.
pub(super) fn euros(cents: u32) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}

/// The whole menu with prices.
pub(super) fn shown() -> Rich {
    let lines = MENU.iter().map(|item| {
        let Item { name, sign, cents } = item;
        Rich::from(format!("{sign} {name}, ")) + bold(euros(*cents))
    });
    Rich::new().bullets(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_by_name_sign_and_number() {
        for (called, name) in [
            ("pizza", Some("pizza")),
            ("PIZZAS", Some("pizza")),
            ("🍕", Some("pizza")),
            ("☕\u{fe0f}", Some("coffee")),
            ("soupes", Some("soup")),
            ("pizzazz", None),
            ("", None),
        ] {
            assert_eq!(find(called).map(|item| item.name), name, "{called}");
        }
    }

    #[test]
    fn slips_are_taken_for_what_was_meant() {
        for (called, name) in [
            ("piza", Some("pizza")),
            ("Cofee", Some("coffee")),
            ("lemonad", Some("lemonade")),
            ("tiramissu", Some("tiramisu")),
            ("sushi", None),
            ("", None),
            ("🍣", None),
        ] {
            assert_eq!(nearest(called).map(|item| item.name), name, "{called}");
        }
    }

    #[test]
    fn money_has_two_places() {
        assert_eq!([5, 240, 100_000].map(euros), ["0.05 €", "2.40 €", "1000.00 €"]);
    }
}
