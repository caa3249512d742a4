//! The nested routes have another state than the bot.

use chinwag::{Bot, Router, State, text};

#[derive(Clone)]
struct Shop;

fn main() {
    let routes = Router::new().on(text("hi"), async |State(_): State<Shop>| "Hello!");
    let _bot = Bot::new(()).nest(text("shop"), routes);
}
