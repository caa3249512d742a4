//! The end of an order: when it is fetched, whether it is right, and what is said if nobody answers.

use std::time::Duration;

use chinwag::{
    Dialogue, Result, Step, Stored, Turn, ask,
    dispatch::{Question, choose},
    markup::{Rich, bold},
};
use serde::{Deserialize, Serialize};

use super::{cart::Cart, lines, menu::euros, nothing_yet};

/// Minutes that the kitchen needs at least, and keeps an order warm at most.
const MINUTES: std::ops::RangeInclusive<u32> = 20..=180;

/// The end of an order.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) enum Checkout {
    #[default]
    New,
    When,
    Right {
        minutes: u32,
    },
}

impl Stored for Checkout {
    const NAME: &'static str = "orders.checkout";
}

impl Dialogue for Checkout {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let cart: Cart = turn.remembered()?;
        if cart.is_empty() {
            return Ok(Step::done(nothing_yet()));
        }
        Ok(match self {
            Self::New => Step::next(Self::When, when()),
            Self::When => {
                let minutes = when().answer(turn)?;
                Step::next(Self::Right { minutes }, vec![summary(&cart, minutes), right_words()])
                    .remind_after(Duration::from_mins(30), reminder())
                    .give_up_after(Duration::from_hours(12), "We have not made your order.")
            }
            Self::Right { minutes } => {
                if right().answer(turn)? {
                    turn.remember(&Cart::default())?;
                    Step::done(thanks(turn, &cart, minutes))
                } else {
                    Step::done("It stays as it is. Say " + bold("checkout") + " when it is right.")
                }
            }
        })
    }
}

fn when() -> Question<u32> {
    ask("In how many minutes will you fetch it?")
        .check(|minutes| MINUTES.contains(minutes))
        .retry("A number of minutes, please, from 20 to 180.")
        .attempts(3, "Let us talk about it: call us, please.")
}

fn right_words() -> Rich {
    "Shall we make it? " + bold("yes") + " or " + bold("no")
}

fn right() -> Question<bool> {
    choose(right_words(), [("yes", true), ("ok", true), ("no", false)])
}

fn reminder() -> Rich {
    Rich::from("The oven is warm. ") + right_words()
}

fn summary(cart: &Cart, minutes: u32) -> Rich {
    let sum = "Total: " + bold(euros(cart.total()));
    lines(cart).line(sum + format!(", to be fetched in {minutes} minutes."))
}

fn thanks(turn: &Turn, cart: &Cart, minutes: u32) -> Rich {
    let sid = turn.message().sid.to_string().to_uppercase();
    let thanks = "Thank you! Your order is number " + bold(&sid[sid.len() - 4..]) + ".";
    let sum = "You pay " + bold(euros(cart.total()));
    thanks.line(sum + format!(" when you fetch it, in {minutes} minutes."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_survives_deploys() {
        chinwag::testkit::assert_shape::<Checkout>("src/orders/shapes");
    }
}
