//! A pattern's groups arrive typed; what cannot be read goes on to the next route.
//!
//! ```text
//! Ana: table for 4 at 19:30
//! bot: A table for 4 at 19:30. See you!
//! Ana: Table for 2
//! bot: A table for 2 at 20:00. See you!
//! Ana: table for 4000
//! bot: So many? Please call us: +1 500 555 0006.
//! ```
//!
//! `cargo run --example captures`

use chinwag::{Bot, Captures, pattern, testkit::Chat};

async fn book(Captures((guests, time)): Captures<(u8, String)>) -> String {
    let time = if time.is_empty() { "20:00" } else { &time };
    format!("A table for {guests} at {time}. See you!")
}

fn bot() -> Bot {
    Bot::new(())
        .on(pattern(r"table for (\d+)(?: at (\d\d:\d\d))?"), book)
        .on(pattern(r"table for \d+.*"), async || "So many? Please call us: +1 500 555 0006.")
        .otherwise(async || "Say *table for 4 at 19:30*.")
}

#[tokio::main]
async fn main() {
    let chat = Chat::with(bot()).aloud();
    chat.says_all(["table for 4 at 19:30", "Table for 2", "table for 4000"]).await;
}

#[tokio::test]
async fn groups_are_typed() {
    let chat = Chat::with(bot());
    chat.says("TABLE FOR 255 at 08:05").await.hears("A table for 255 at 08:05. See you!");
    chat.says("table for 256").await.hears_part("So many?");
    chat.says("table for two").await.hears("Say *table for 4 at 19:30*.");
}
