//! A closure takes the turn, as only a `Handler` does.

use chinwag::{Bot, Reply, Turn, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi"), async |turn: &mut Turn| Reply::text(turn.text()));
}
