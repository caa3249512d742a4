//! What is remembered has no form in JSON.

use chinwag::Stored;

#[derive(Default)]
struct Cart {
    cents: u32,
}

impl Stored for Cart {
    const NAME: &'static str = "cart";
}

fn main() {
    let _cart = Cart { cents: 1 }.cents;
}
