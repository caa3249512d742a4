//! A text stands where the filter of nested routes should.

use chinwag::{Bot, Router};

fn main() {
    let _bot = Bot::new(()).nest("admin", Router::new());
}
