//! The function that makes the filter is not called.

use chinwag::{Bot, dispatch::filter::image};

fn main() {
    let _bot = Bot::new(()).on(image, async || "A picture!");
}
