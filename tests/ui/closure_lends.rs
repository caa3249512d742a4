//! The future of the closure borrows what the closure has captured.

use chinwag::{Bot, text};

fn main() {
    let shop = String::from("corner shop");
    let _bot = Bot::new(()).on(text("hi"), async move || shop.clone());
}
