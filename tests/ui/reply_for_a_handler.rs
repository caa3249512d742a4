//! A reply stands where a handler should.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi"), "Hello!");
}
