//! The `Handler` is for another state than the bot has.

use async_trait::async_trait;
use chinwag::{Bot, Handler, Reply, Result, Turn, text};

struct Shop;

struct Greeter;

#[async_trait]
impl Handler for Greeter {
    async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
        Ok(Reply::text(turn.text()))
    }
}

fn main() {
    let _bot = Bot::new(Shop).on(text("hi"), Greeter);
}
