//! An order over several messages: asked, checked, asked again, interrupted and cancelled.
//!
//! ```text
//! Ana: order
//! bot: *Pizza* or *pasta*?
//! Ana: pizza
//! bot: How many?
//! Ana: lots
//! bot: A number from 1 to 20, please.
//! Ana: hours
//! bot: We are here till ten.
//! bot: How many?
//! Ana: 3
//! bot: Ordered: *3 × pizza*.
//! ```
//!
//! `cargo run --example dialogue`

use chinwag::{
    Bot, Dialogue, Result, Step, Stored, Turn, ask,
    dispatch::{Question, choose},
    testkit::Chat,
    text, word,
};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Dish,
    Count(String),
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::New => Step::next(Self::Dish, which()),
            Self::Dish => Step::next(Self::Count(which().answer(turn)?), how_many()),
            Self::Count(dish) => {
                let count = how_many().answer(turn)?;
                Step::done(format!("Ordered: *{count} × {dish}*."))
            }
        })
    }
}

fn which() -> Question<String> {
    choose("*Pizza* or *pasta*?", ["pizza", "pasta"].map(|dish| (dish, dish.to_owned())))
}

fn how_many() -> Question<u8> {
    let question = ask("How many?").check(|count| (1..=20).contains(count));
    question.retry("A number from 1 to 20, please.").attempts(3, "Let us talk: 555-0100.")
}

fn bot() -> Bot {
    Bot::new(())
        .dialogue::<Order>(text("order"))
        .interrupt(word("hours"), async || "We are here till ten.")
        .cancel(text("cancel"), async || "Nothing is ordered.")
        .otherwise(async || "Say *order*.")
}

#[tokio::main]
async fn main() {
    let ana = Chat::with(bot()).aloud();
    for words in ["order", "pizza", "lots", "hours", "3"] {
        ana.says(words).await;
    }
}

#[tokio::test]
async fn it_can_be_cancelled_anywhere() {
    let chat = Chat::with(bot());
    chat.says_all(["order", "pasta"]).await.hears("How many?");
    chat.says("Cancel").await.hears("Nothing is ordered.");
    chat.says("4").await.hears("Say *order*.");
}
