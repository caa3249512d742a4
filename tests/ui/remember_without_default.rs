//! What is remembered has no beginning.

use chinwag::Stored;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
}

fn main() {
    let _cart = Cart { cents: 1 }.cents;
}
