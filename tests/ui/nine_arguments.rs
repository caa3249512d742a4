//! A handler with nine arguments.

use chinwag::{Bot, Text, text};

async fn greet(
    _: Text,
    _: Text,
    _: Text,
    _: Text,
    _: Text,
    _: Text,
    _: Text,
    _: Text,
    _: Text,
) -> &'static str {
    "Hello!"
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
