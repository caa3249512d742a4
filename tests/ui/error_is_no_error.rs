//! The handler's error does not implement `std::error::Error`.

use chinwag::{Bot, text};

#[derive(Debug)]
struct SoldOut;

async fn buy() -> Result<&'static str, SoldOut> {
    Err(SoldOut)
}

fn main() {
    let _bot = Bot::new(()).on(text("buy"), buy);
}
