//! A text stands where a second filter should.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi").or("hello"), async || "Hello!");
}
