//! The error hook is not async.

use chinwag::{Bot, dispatch::Failure};

fn main() {
    let _bot = Bot::new(()).on_error(|_: Failure| "Sorry!");
}
