//! The handler returns a number.

use chinwag::{Bot, Captures, pattern};

async fn double(Captures((number,)): Captures<(u32,)>) -> u32 {
    2 * number
}

fn main() {
    let _bot = Bot::new(()).on(pattern(r"double (\d+)"), double);
}
