//! An order as a dialogue: what it is, where it goes, whether that is right.

use std::time::Duration;

use chinwag::{
    Dialogue, Reply, Result, Step, Stored, Turn,
    dispatch::{IntoReply, Question, choose},
    markup::{Rich, bold},
};
use serde::{Deserialize, Serialize};

use super::{cart::Cart, change, menu::euros, place::Place, said::Said};

/// After so long without a word we ask whether the person is still there.
const REMINDER: Duration = Duration::from_hours(2);
/// After so long the order is given up: a day, less the hour that is left to say so before
/// WhatsApp's session closes.
const END: Duration = Duration::from_hours(23);

/// An order, by what it waits for.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum Order {
    /// The first thing that somebody would like.
    #[default]
    New,
    /// Something more, or that it is all.
    Choosing { cart: Cart },
    /// Whether it is brought or fetched.
    Way { cart: Cart },
    /// Where it is brought.
    Address { cart: Cart },
    /// Whether all of it is right.
    Confirm { cart: Cart, place: Place },
}

impl Stored for Order {
    const NAME: &'static str = "orders.order";
    const VERSION: u32 = 1;
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        match self {
            Self::New => choosing(Cart::default(), turn),
            Self::Choosing { cart } => choosing(cart, turn),
            Self::Way { cart } => {
                if way().answer(turn)? {
                    return ask(cart, (), address(), |cart| Self::Address { cart });
                }
                confirm(cart, Place::Counter)
            }
            Self::Address { cart } => confirm(cart, address().answer(turn)?),
            Self::Confirm { cart, place } => {
                if right(&cart, &place).answer(turn)? {
                    return Ok(Step::done(receipt(&cart, &place, turn)));
                }
                let words = "Then tell us what to change, as in *add a tea* or *remove 1 pizza*.";
                go_on(cart, words)
            }
        }
    }
}

fn choosing(mut cart: Cart, turn: &Turn) -> Result<Step<Order>> {
    let said = match Said::of(turn.text()) {
        Said::More(wishes) => change::add(&wishes, &mut cart),
        Said::Less(wishes) => change::remove(&wishes, &mut cart),
        Said::Total => cart.shown(),
        Said::Enough if cart.is_empty() => Rich::new(),
        Said::Enough => return ask(cart, (), way(), |cart| Order::Way { cart }),
        Said::Unclear if cart.is_empty() => return Ok(Step::done(hint(turn))),
        Said::Unclear => return Ok(Step::stay(hint(turn))),
    };
    if cart.is_empty() {
        return Ok(Step::done(said.line(nothing_yet())));
    }
    go_on(cart, said)
}

/// Says this and waits for more.
fn go_on(cart: Cart, said: impl IntoReply) -> Result<Step<Order>> {
    let total = "Total: " + bold(euros(cart.total()));
    let question = total + ". Say " + bold("checkout") + " when that is all.";
    ask(cart, said, question, |cart| Order::Choosing { cart })
}

/// Shows the whole order and waits for a yes.
fn confirm(cart: Cart, place: Place) -> Result<Step<Order>> {
    let all = cart.shown().bullets(place.shown());
    let question = right(&cart, &place);
    ask(cart, all, question, |cart| Order::Confirm { cart, place })
}

/// Says this, asks that, and waits for the answer in this state; not for ever.
fn ask(
    cart: Cart,
    said: impl IntoReply,
    question: impl IntoReply,
    state: impl FnOnce(Cart) -> Order,
) -> Result<Step<Order>> {
    let question = question.into_reply()?;
    let still_open = format!("Your order is still open: {}.", cart.in_short());
    let over = "We have put your order aside. Say *menu* to begin again.";
    let said = said.into_reply()?.and(question.clone());
    Ok(Step::next(state(cart), said)
        .remind_after(REMINDER, Reply::text(still_open).and(question))
        .give_up_after(END, over))
}

fn way() -> Question<bool> {
    const WAYS: [(&str, bool); 8] = [
        ("bring", true),
        ("bring it", true),
        ("deliver", true),
        ("delivery", true),
        ("fetch", false),
        ("fetch it", false),
        ("pick up", false),
        ("pickup", false),
    ];
    choose("Shall we *bring* it, or do you *fetch* it?", WAYS)
        .retry("Please say *bring* or *fetch*. You can still change the order after that.")
}

fn address() -> Question<Place> {
    Question::new("Where shall we bring it? Write the address, or send your location.", |message| {
        Place::told_by(message)
    })
}

fn right(cart: &Cart, place: &Place) -> Question<bool> {
    const ANSWERS: [(&str, bool); 5] =
        [("yes", true), ("y", true), ("ok", true), ("no", false), ("n", false)];
    let total = "Total: " + bold(euros(cart.total() + place.fee()));
    choose(total + ". Is that right? Say " + bold("yes") + " or " + bold("no") + ".", ANSWERS)
}

fn receipt(cart: &Cart, place: &Place, turn: &Turn) -> Rich {
    let sid = turn.message().sid.to_string().to_uppercase();
    let number = &sid[sid.len() - 4..];
    let thanks = "Thank you! Your order is number " + bold(number) + ": " + cart.in_short();
    let total = "Total: " + bold(euros(cart.total() + place.fee()));
    (thanks + ".").line(total + ". " + place.promise())
}

fn hint(turn: &Turn) -> Rich {
    if turn.text().trim().is_empty() {
        return "I can only read text. Say " + bold("menu") + ", please.";
    }
    let words = "I did not understand that. Say " + bold("menu");
    words + ", or what you would like, as in " + bold("2 pizza") + "."
}

/// There is no order.
pub(super) fn nothing_yet() -> Rich {
    "Your order is empty. Say " + bold("menu") + " to see what we have."
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::{assert_shape, explore};

    use super::*;
    use crate::orders::bot;

    #[test]
    fn an_order_survives_deploys() {
        assert_shape::<Order>("src/orders/shapes");
    }

    #[tokio::test]
    async fn every_order_comes_to_an_end() {
        let messages = ["2 tea", "checkout", "bring", "fetch", "Hill Road 5", "yes", "no"];
        explore::<Order, _>(bot(), messages).await.assert_whole();
    }
}
