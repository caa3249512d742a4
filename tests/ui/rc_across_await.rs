//! An `Rc` lives across an await.

use std::rc::Rc;

use chinwag::{Bot, text};

async fn stock() -> u32 {
    3
}

async fn greet() -> String {
    let shop = Rc::new("corner shop");
    let stock = stock().await;
    format!("{shop} has {stock}")
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
