//! What stands in an `Option` is no extractor.

use chinwag::{Bot, text};

async fn greet(name: Option<String>) -> String {
    format!("Hello {}!", name.unwrap_or_default())
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
