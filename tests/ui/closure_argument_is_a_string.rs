//! The argument of the closure is no extractor.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi"), async |words: String| words);
}
