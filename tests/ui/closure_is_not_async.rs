//! The closure is not async.

use chinwag::{Bot, Text};

fn main() {
    let _bot = Bot::new(()).otherwise(|Text(words): Text| format!("You said {words}"));
}
