//! Ten lines make a bot and talk to it.
//!
//! ```text
//! Ana: hi
//! bot: Hello! What is your name?
//! Ana: Ana
//! bot: Nice to meet you, Ana.
//! ```
//!
//! `cargo run --example hello`

use chinwag::{Bot, Text, testkit::Chat, text};

fn bot() -> Bot {
    Bot::new(())
        .on(text("hi"), async || "Hello! What is your name?")
        .otherwise(async |Text(name)| format!("Nice to meet you, {name}."))
}

#[tokio::main]
async fn main() {
    Chat::with(bot()).aloud().says_all(["hi", "Ana"]).await;
}

#[tokio::test]
async fn hi_is_heard_in_any_case() {
    let chat = Chat::with(bot());
    chat.says(" HI ").await.hears("Hello! What is your name?");
    chat.says("Zoë").await.hears("Nice to meet you, Zoë.");
}
