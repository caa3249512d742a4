//! A filter without a handler.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi"));
}
