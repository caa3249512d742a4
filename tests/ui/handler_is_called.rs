//! The handler is called where it should be given.

use chinwag::{Bot, text};

async fn greet() -> &'static str {
    "Hello!"
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet());
}
