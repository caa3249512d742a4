//! The state is not `Clone`.

use chinwag::{Bot, State, text};

struct Shop;

async fn greet(State(_): State<Shop>) -> &'static str {
    "Hello!"
}

fn main() {
    let _bot = Bot::new(Shop).on(text("hi"), greet);
}
