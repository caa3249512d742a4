//! What is remembered stands before the reply.

use chinwag::{Bot, Stored, Remembered, text};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
}

async fn empty() -> (Remembered<Cart>, &'static str) {
    (Remembered(Cart { cents: 0 }), "Your cart is empty.")
}

fn main() {
    let _bot = Bot::new(()).on(text("empty"), empty);
}
