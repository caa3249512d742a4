//! A pottery that ships: told by template when an order leaves, and asked about it any time.
//!
//! ```text
//! Ana: hi
//! bot: Hello, this is *Fern Pottery*. Say *order 2 mugs*, or *track 1* for your first order.
//! Ana: order 2 mugs
//! bot: Thank you! Order *1*, 2 mugs, leaves us on *Sat 3 January*. May *Fern Pottery* tell you here, on WhatsApp, when your orders are on their way? Say *yes*.
//! Ana: yes
//! bot: Good. You will hear from us.
//! Ana: track 1
//! bot: Order *1*, 2 mugs: it is being packed, and leaves us on *Sat 3 January*.
//! --- 49h
//! bot: Your Fern Pottery order of 2 mugs has shipped and should be delivered on Mon 5 January. Details : track 1
//! Ana: track 1
//! bot: Order *1*, 2 mugs: it is on its way, and should be there on *Mon 5 January*.
//! ```
//!
//! `cargo run -- shipping`; when something is ordered, turn the clock to see it ship:
//! `curl -H 'content-type: application/json' -d '{"advance":"49h"}' http://127.0.0.1:4040/sim/clock`

mod desk;
mod order;

use async_trait::async_trait;
use chinwag::{
    Bot, Captures, Handler, Remembered, Reply, Result, Text, Turn,
    conversation::{Key, OptIn, clock::Timestamp},
    dispatch::{IntoReply, Later},
    markup::{Rich, bold},
    message::Inbound,
    pattern, template, word,
};
pub use desk::Desk;
use order::{Order, Orders};

/// What it is started by.
pub const NAME: &str = "shipping";

const QUESTION: &str =
    "May *Fern Pottery* tell you here, on WhatsApp, when your orders are on their way? Say *yes*.";

template! {
    /// Tells that an order has left: as it is registered for Twilio's sandbox.
    struct Shipped { whose, what, day, details }
    name: "shipping",
    body: "Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details : {{4}}",
}

/// The bot.
pub fn bot() -> Bot {
    telling(Desk::default())
}

/// The bot with a desk that knows what has become of its messages.
pub fn telling(desk: Desk) -> Bot {
    let track = move |now: Timestamp,
                      message: Inbound,
                      Captures((number,)): Captures<(usize,)>,
                      orders: Remembered<Orders>| {
        let desk = desk.clone();
        async move { track(&desk, now, &Key::of(&message), number, &orders.0).await }
    };
    Bot::new(())
        .help_text("*Fern Pottery*, Mill Lane 3, +1 415 555 0108. Say *STOP* to hear no more of us.")
        .on(pattern(r"order (\S.*)"), Buy)
        .on(pattern(r"track(?: order)? ?#?(\d{1,3})\W*"), track)
        .on(word("yes"), agree)
        .otherwise(async || {
            "Hello, this is *Fern Pottery*. Say *order 2 mugs*, or *track 1* for your first order."
        })
}

/// Takes an order. Whoever has agreed before is told of this one too.
struct Buy;

#[async_trait]
impl Handler for Buy {
    async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
        let what = turn.text().trim().split_at("order ".len()).1;
        let mut orders = turn.remembered::<Orders>()?;
        let Some((number, order)) = orders.take(what, turn.now()) else {
            return Ok("Those are many orders. Please call us, we will do what we can.".into());
        };
        let taken = "Thank you! Order " + bold(number.to_string()) + ", " + &*order.what;
        let taken = taken + ", leaves us on " + bold(order.leaves()) + ".";
        turn.remember(&orders)?;
        if turn.record().has_consent() {
            return Ok(Reply::from(taken).later(notice(number, &order)?));
        }
        Ok(format!("{taken} {QUESTION}").into())
    }
}

/// Tells of all that has not left yet, from now on.
async fn agree(
    now: Timestamp,
    Text(words): Text,
    Remembered(orders): Remembered<Orders>,
) -> Result<Reply> {
    let said = ("Good. You will hear from us.", OptIn::with(format!("{QUESTION} {words}")));
    let mut ahead = orders.all().filter(|(_, order)| order.ships > now);
    ahead.try_fold(said.into_reply()?, |reply, (number, order)| {
        Ok(reply.later(notice(number, order)?))
    })
}

fn notice(number: usize, order: &Order) -> Result<Later> {
    let shipped = Shipped {
        whose: "Fern Pottery".to_owned(),
        what: order.what.clone(),
        day: order.arrives(),
        details: format!("track {number}"),
    };
    Ok(Later::at(order.ships, format!("shipped {number}"), shipped)?)
}

async fn track(desk: &Desk, now: Timestamp, key: &Key, number: usize, orders: &Orders) -> Rich {
    let Some(order) = orders.get(number) else {
        return "There is no order " + bold(number.to_string()) + " of yours.";
    };
    let named = "Order " + bold(number.to_string()) + ", " + &*order.what + ": ";
    if now < order.ships {
        return named + "it is being packed, and leaves us on " + bold(order.leaves()) + ".";
    }
    let there = if now < order.is_there() {
        "it is on its way, and should be there on " + bold(order.arrives()) + "."
    } else {
        "it should have been there on " + bold(order.arrives()) + ". If not, please call us."
    };
    named + there + desk.says(key, order.ships).await
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::Chat;

    use super::*;

    #[tokio::test]
    async fn each_order_is_told_of_once() {
        let chat = Chat::with(bot());
        chat.says("order 2  mugs").await.hears_part("Order *1*, 2 mugs, leaves us");
        chat.says("order a *blue* bowl").await.hears_part("Order *2*, a ∗blue∗ bowl, leaves us");
        chat.says("yes").await.hears("Good. You will hear from us.");
        let heard = chat.waits("60h").await;
        heard
            .hears_part("order of 2 mugs has shipped")
            .hears_part("order of a *blue* bowl has shipped")
            .hears_nothing();
        chat.says("order a vase")
            .await
            .hears("Thank you! Order *3*, a vase, leaves us on *Tue 6 January*.");
        chat.waits("49h").await.hears_part("order of a vase has shipped").hears_nothing();
        chat.says("Track 3!").await.hears_part("it is on its way");
        chat.says("track order #1").await.hears_part("it should have been there on");
        chat.says("track 4").await.hears("There is no order *4* of yours.");
    }

    #[tokio::test]
    async fn who_does_not_agree_is_told_nothing_and_may_ask() {
        for words in [&["order 2 mugs"][..], &["order 2 mugs", "yes", "stop", "start"]] {
            let chat = Chat::with(bot());
            chat.says_all(words.to_vec()).await;
            chat.waits("100h").await.hears_nothing();
            chat.says("track 1").await.hears_part("it should have been there");
        }
    }

    #[tokio::test]
    async fn nobody_orders_for_ever() {
        let chat = Chat::with(bot());
        for _ in 0..order::MOST {
            chat.says("order a mug").await.hears_part("Thank you!");
        }
        chat.says("order a mug").await.hears_part("Those are many orders.");
    }
}
