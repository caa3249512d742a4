//! A state has no arm in the step.

use chinwag::{Dialogue, Result, Step, Stored, Turn};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Order {
    Dish,
    Count { dish: String },
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Dish => Step::next(Self::Count { dish: turn.text().into() }, "How many?"),
        })
    }
}

fn main() {}
