//! A captured type that borrows.

use chinwag::{Bot, Captures, pattern};

async fn show(Captures((item,)): Captures<(&'static str,)>) -> String {
    format!("Item {item}")
}

fn main() {
    let _bot = Bot::new(()).on(pattern("item (.+)"), show);
}
