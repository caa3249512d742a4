//! What a person has ordered so far.

use chinwag::markup::Rich;
use serde::{Deserialize, Serialize};

use super::menu::{Item, euros, find};

/// Most of one item in an order: what the kitchen can make at once.
pub(super) const MOST: u32 = 20;

/// What a person has ordered so far, by the items' names: they stay when the menu changes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Cart(Vec<(String, u32)>);

impl Cart {
    /// Items that are still on the menu, each with its count, in the order of ordering.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'static Item, u32)> {
        self.0.iter().filter_map(|(name, count)| Some((find(name)?, *count)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    /// In cents.
    pub(super) fn total(&self) -> u32 {
        self.lines().map(|(item, count)| item.cents * count).sum()
    }

    pub(super) fn count(&self, item: &Item) -> u32 {
        self.0.iter().find(|(name, _)| name == item.name).map_or(0, |(_, count)| *count)
    }

    /// A line for each item, with what it costs.
    pub(super) fn shown(&self) -> Rich {
        let line = |(item, count): (&Item, u32)| {
            format!("{count} × {}, {}", item.name, euros(item.cents * count))
        };
        Rich::new().bullets(self.lines().map(line))
    }

    /// All items in a few words: `2 × pizza, 1 × tea`.
    pub(super) fn in_short(&self) -> String {
        let item = |(item, count): (&Item, u32)| format!("{count} × {}", item.name);
        self.lines().map(item).collect::<Vec<_>>().join(", ")
    }

    /// Adds this many and returns whether there was room for them.
    pub(super) fn add(&mut self, item: &Item, count: u32) -> bool {
        let all = self.count(item).saturating_add(count);
        let has_room = all <= MOST;
        if has_room {
            self.set(item, all);
        }
        has_room
    }

    /// Takes at most this many out, and returns how many there were to take.
    pub(super) fn remove(&mut self, item: &Item, count: u32) -> u32 {
        let before = self.count(item);
        self.set(item, before.saturating_sub(count));
        before.min(count)
    }

    fn set(&mut self, item: &Item, count: u32) {
        match self.0.iter_mut().find(|(name, _)| name == item.name) {
            Some((_, known)) => *known = count,
            None => self.0.push((item.name.to_owned(), count)),
        }
        self.0.retain(|(_, count)| *count > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_counts_and_sums() {
        let (pizza, tea) = (find("pizza").unwrap(), find("tea").unwrap());
        let mut cart = Cart::default();
        assert!(cart.is_empty() && cart.total() == 0);
        assert!(cart.add(pizza, 2) && cart.add(tea, 1) && cart.add(pizza, 18));
        assert!(!cart.add(pizza, 1) && !cart.add(tea, u32::MAX));
        assert_eq!((cart.count(pizza), cart.total()), (20, 20 * 950 + 240));
        assert_eq!((cart.remove(pizza, 99), cart.remove(pizza, 1)), (20, 0));
        assert_eq!(cart.in_short(), "1 × tea");
    }

    #[test]
    fn what_left_the_menu_costs_nothing() {
        let cart: Cart = serde_json::from_str(r#"[["stroganoff", 3]]"#).unwrap();
        assert!(cart.is_empty() && cart.total() == 0);
    }
}
