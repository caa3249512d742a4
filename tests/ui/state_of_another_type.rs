//! The handler asks for another state than the bot has.

use chinwag::{Bot, State, text};

#[derive(Clone)]
struct Shop;

#[derive(Clone)]
struct Settings;

async fn greet(State(_): State<Settings>) -> &'static str {
    "Hello!"
}

fn main() {
    let _bot = Bot::new(Shop).on(text("hi"), greet);
}
