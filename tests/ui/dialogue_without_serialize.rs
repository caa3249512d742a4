//! The states have no form in JSON.

use chinwag::{Dialogue, Result, Step, Stored, Turn};

enum Order {
    Dish,
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, _: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Dish => Step::done("Ordered."),
        })
    }
}

fn main() {}
