//! More groups than a handler can capture.

use chinwag::{Bot, Captures, pattern};

async fn show(_: Captures<(u8, u8, u8, u8, u8, u8, u8)>) -> &'static str {
    "Many!"
}

fn main() {
    let _bot = Bot::new(()).on(pattern("(.)(.)(.)(.)(.)(.)(.)"), show);
}
