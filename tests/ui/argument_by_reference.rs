//! The argument is a reference.

use chinwag::{Bot, text};

async fn greet(words: &str) -> String {
    format!("You said {words}")
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
