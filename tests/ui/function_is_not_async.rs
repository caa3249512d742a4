//! The function is not async.

use chinwag::{Bot, text};

fn greet() -> &'static str {
    "Hello!"
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
