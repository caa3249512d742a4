//! The closure gives away what it has captured, so that it could run only once.

use chinwag::{Bot, text};

fn main() {
    let shop = String::from("corner shop");
    let _bot = Bot::new(()).on(text("hi"), async move || shop);
}
