//! A semicolon behind the reply.

#![deny(warnings)]

use chinwag::{Bot, Reply, text};

async fn greet() {
    Reply::text("Hello!");
}

fn main() {
    let _bot = Bot::new(()).on(text("hi"), greet);
}
