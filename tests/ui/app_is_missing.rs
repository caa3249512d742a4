//! A bot without an application state.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new().on(text("hi"), async || "Hello!");
}
