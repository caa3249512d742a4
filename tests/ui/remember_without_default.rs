//! What is remembered has no beginning.

use chinwag::{Bot, Remembered, Stored, text};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
}

async fn total(Remembered(cart): Remembered<Cart>) -> String {
    format!("{} cents", cart.cents)
}

fn main() {
    let _bot = Bot::new(()).on(text("total"), total);
}
