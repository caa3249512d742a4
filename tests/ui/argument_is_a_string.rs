//! The first argument is no extractor.

use chinwag::{Bot, text};

async fn greet(name: String) -> String {
    format!("Hello {name}!")
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
