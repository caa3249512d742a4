//! The handler returns a number in a `Result`.

use chinwag::{Bot, Captures, Result, pattern};

async fn double(Captures((number,)): Captures<(u32,)>) -> Result<u32> {
    Ok(2 * number)
}

fn main() {
    let _bot = Bot::new(()).on(pattern(r"double (\d+)"), double);
}
