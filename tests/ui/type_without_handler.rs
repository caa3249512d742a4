//! The type does not implement `Handler`.

use chinwag::{Bot, text};

struct Greeter;

fn main() {
    let _bot = Bot::new(()).on(text("hi"), Greeter);
}
