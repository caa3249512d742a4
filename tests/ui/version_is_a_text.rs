//! The version of what is remembered is no number.

use chinwag::Stored;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
    const VERSION: &'static str = "2";
}

fn main() {
    let _cart = Cart { cents: 1 }.cents;
}
