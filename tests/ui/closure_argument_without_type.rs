//! Nothing says what the argument of the closure is.

use chinwag::{Bot, text};

fn main() {
    let _bot = Bot::new(()).on(text("hi"), async |words| "Hello!");
}
