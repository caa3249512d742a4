//! The attribute `#[async_trait]` is missing.

use chinwag::{Bot, Handler, Reply, Result, Turn, text};

struct Greeter;

impl Handler for Greeter {
    async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
        Ok(Reply::text(turn.text()))
    }
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), Greeter);
}
