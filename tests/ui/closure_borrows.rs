//! The closure borrows what it uses.

use chinwag::{Bot, text};

fn main() {
    let shop = String::from("corner shop");
    let _bot = Bot::new(()).on(text("hi"), async || format!("Welcome to {shop}!"));
}
