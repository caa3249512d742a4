//! A function takes the turn, as only a `Handler` does.

use chinwag::{Bot, Reply, Turn, text};

async fn greet(turn: &mut Turn) -> Reply {
    Reply::text(turn.text())
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
