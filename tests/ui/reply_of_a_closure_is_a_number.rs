//! The closure returns a number.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("lucky number"), async || 7);
}
