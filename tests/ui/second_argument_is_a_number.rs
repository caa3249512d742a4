//! The second argument is no extractor.

use chinwag::{Bot, Text, pattern};

async fn order(Text(words): Text, count: u32) -> String {
    format!("{count} of {words}")
}

fn main() {
    let _bot = Bot::new(()).on(pattern(r"order (\d+)"), order);
}
