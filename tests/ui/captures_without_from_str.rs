//! A captured type that cannot be read from text.

use chinwag::{Bot, Captures, pattern};

struct Item(u32);

async fn show(Captures((item,)): Captures<(Item,)>) -> String {
    format!("Item {}", item.0)
}

fn main() {
    let _bot = Bot::new(()).on(pattern(r"item (\d+)"), show);
}
