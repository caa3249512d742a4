//! What is remembered does not implement `Stored`.

use chinwag::{Bot, Remembered, text};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

async fn total(Remembered(cart): Remembered<Cart>) -> String {
    format!("{} cents", cart.cents)
}

fn main() {
    let _bot = Bot::new(()).on(text("total"), total);
}
