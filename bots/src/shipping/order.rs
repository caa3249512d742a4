//! What somebody has ordered, and when it leaves and arrives.

use std::time::Duration;

use chinwag::{Stored, conversation::clock::Timestamp};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Orders of one person; whoever has more calls.
pub(super) const MOST: usize = 50;
/// Letters of an order that are kept: they stand in a template.
const LONGEST: usize = 60;
/// How long it is packed, and then on its way.
const PACKING: Duration = Duration::from_hours(48);
const ON_ITS_WAY: Duration = Duration::from_hours(48);

/// All that one person has ordered, the first one first.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Orders(Vec<Order>);

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) what: String,
    pub(super) ships: Timestamp,
}

impl Stored for Orders {
    const NAME: &'static str = "shipping.orders";
}

impl Orders {
    /// Takes an order, and gives it a number; nothing if there are too many.
    pub(super) fn take(&mut self, what: &str, now: Timestamp) -> Option<(usize, Order)> {
        if self.0.len() == MOST {
            return None;
        }
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        // Each leaves at a moment of its own, by which what was said of it is known.
        let last = self.0.last().map(|order| order.ships.after(Duration::from_millis(1)));
        let ships = now.after(PACKING).max(last.unwrap_or_default());
        self.0.push(Order { what: what.chars().take(LONGEST).collect(), ships });
        self.all().last().map(|(number, order)| (number, order.clone()))
    }

    pub(super) fn get(&self, number: usize) -> Option<&Order> {
        self.0.get(number.checked_sub(1)?)
    }

    /// All of them by their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (usize, &Order)> {
        (1..).zip(&self.0)
    }
}

impl Order {
    pub(super) fn leaves(&self) -> String {
        day(self.ships)
    }

    pub(super) fn is_there(&self) -> Timestamp {
        self.ships.after(ON_ITS_WAY)
    }

    pub(super) fn arrives(&self) -> String {
        day(self.is_there())
    }
}

/// `Mon 5 January`, in UTC.
fn day(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC).strftime("%a %-d %B").to_string()
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::assert_shape;

    use super::*;

    #[test]
    fn orders_survive_deploys() {
        assert_shape::<Orders>("src/shipping/shapes");
    }
}
