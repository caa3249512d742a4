//! The error hook returns a number.

use chinwag::{Bot, dispatch::Failure};

fn main() {
    let _bot = Bot::new(()).on_error(async |_: Failure| 500);
}
