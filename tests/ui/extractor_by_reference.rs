//! The extractor is taken by reference.

use chinwag::{Bot, Text, text};

async fn greet(words: &Text) -> String {
    format!("You said {}", words.0)
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
