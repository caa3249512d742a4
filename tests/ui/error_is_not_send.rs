//! The handler's error may not go from thread to thread.

use chinwag::{Bot, text};

async fn buy() -> Result<&'static str, Box<dyn std::error::Error>> {
    Ok("Bought.")
}

fn main() {
    let _bot = Bot::new(()).on(text("buy"), buy);
}
