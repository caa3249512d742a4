//! An upgrade returns the old type and not the new one.

use chinwag::{Result, Stored};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OldCart(u32);

#[derive(Default, Serialize, Deserialize)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
    const VERSION: u32 = 2;

    fn upgrade(_version: u32, old: serde_json::Value) -> Result<OldCart> {
        Ok(serde_json::from_value(old)?)
    }
}

fn main() {
    let _cart = Cart { cents: 1 }.cents;
}
