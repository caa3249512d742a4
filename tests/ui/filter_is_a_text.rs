//! A text stands where a filter should.

use chinwag::Bot;

fn main() {
    let _bot = Bot::new(()).on("hi", async || "Hello!");
}
