//! The state may not be shared between threads.

use std::cell::Cell;

use chinwag::{Bot, text};

struct Shop {
    stock: Cell<u32>,
}

fn main() {
    let _bot = Bot::new(Shop { stock: Cell::new(3) }).on(text("hi"), async || "Hello!");
}
