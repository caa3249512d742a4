//! What an older deploy has stored is upgraded; what cannot be read has a defined end.
//!
//! ```text
//! Ana: add tea
//! bot: 1 in your cart.
//! --- a new version is deployed
//! Ana: add jam
//! bot: 2 in your cart, to be paid in EUR.
//! ```
//!
//! `cargo run --example upgrade`

use chinwag::{Bot, Captures, Remembered, Stored, conversation::End, pattern, testkit::Chat};
use serde::{Deserialize, Serialize};

type Item = Captures<(String,)>;

#[derive(Default, Serialize, Deserialize)]
struct OldCart(Vec<String>);

impl Stored for OldCart {
    const NAME: &'static str = "cart";
}

fn old_bot() -> Bot {
    Bot::new(()).on(
        pattern("add (.+)"),
        async |Captures((item,)): Item, Remembered(OldCart(mut items)): Remembered<OldCart>| {
            items.push(item);
            (format!("{} in your cart.", items.len()), Remembered(OldCart(items)))
        },
    )
}

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    items: Vec<String>,
    currency: String,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
    const VERSION: u32 = 2;
    const IF_UNREADABLE: End = End::Answer("We cannot open your cart today. Please come back.");

    fn upgrade(version: u32, mut old: serde_json::Value) -> chinwag::Result<Self> {
        if version < 2 {
            old = serde_json::json!({ "items": old, "currency": "EUR" });
        }
        Ok(serde_json::from_value(old)?)
    }
}

async fn add(
    Captures((item,)): Item,
    Remembered(mut cart): Remembered<Cart>,
) -> (String, Remembered<Cart>) {
    cart.items.push(item);
    let said = format!("{} in your cart, to be paid in {}.", cart.items.len(), cart.currency);
    (said, Remembered(cart))
}

fn bot() -> Bot {
    Bot::new(()).on(pattern("add (.+)"), add)
}

#[tokio::main]
async fn main() {
    let chat = Chat::with(old_bot()).aloud();
    chat.says("add tea").await;
    chat.deploys(bot()).says("add jam").await;
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_deploy() {
    let chat = Chat::with(old_bot());
    chat.says("add tea").await.hears("1 in your cart.");
    let chat = chat.deploys(bot());
    chat.says("add jam").await.hears("2 in your cart, to be paid in EUR.");
}
