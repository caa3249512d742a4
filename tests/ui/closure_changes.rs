//! The closure changes what it has captured.

use chinwag::{Bot, text};

fn main() {
    let mut guests = 0;
    let _bot = Bot::new(()).on(text("hi"), async move || {
        guests += 1;
        format!("You are guest {guests}")
    });
}
