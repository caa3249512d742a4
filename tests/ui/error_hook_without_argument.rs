//! The error hook takes no failure.

use chinwag::Bot;

fn main() {
    let _bot = Bot::new(()).on_error(async || "Sorry!");
}
