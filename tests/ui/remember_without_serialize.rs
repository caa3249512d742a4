//! What is remembered has no form in JSON.

use chinwag::Remember;

#[derive(Default)]
struct Cart {
    cents: u32,
}

impl Remember for Cart {
    const NAME: &'static str = "cart";
}

fn main() {
    let _cart = Cart { cents: 1 }.cents;
}
