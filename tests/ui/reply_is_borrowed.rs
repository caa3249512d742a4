//! The closure returns a part of its own argument.

use chinwag::{Bot, Text};

fn main() {
    let _bot = Bot::new(()).otherwise(async |Text(words): Text| words.trim());
}
