//! What the handler returns to be remembered does not implement `Stored`.

use chinwag::{Bot, Remembered, text};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

async fn empty() -> (&'static str, Remembered<Cart>) {
    ("Your cart is empty.", Remembered(Cart::default()))
}

fn main() {
    let _bot = Bot::new(()).on(text("empty"), empty);
}
