//! The dialogue has no name to be kept under.

use chinwag::{Dialogue, Result, Step, Turn};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Order {
    Dish,
}

impl Dialogue for Order {
    async fn step(self, _: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Dish => Step::done("Ordered."),
        })
    }
}

fn main() {}
