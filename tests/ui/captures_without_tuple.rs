//! One capture without the comma that makes it a tuple.

use chinwag::{Bot, Captures, pattern};

async fn show(Captures(item): Captures<u32>) -> String {
    format!("Item {item}")
}

fn main() {
    let _bot = Bot::new(()).on(pattern(r"item (\d+)"), show);
}
