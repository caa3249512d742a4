//! A filter begins a dialogue that has no first state.

use chinwag::{Bot, Dialogue, Result, Step, Stored, Turn, text};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
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

fn main() {
    let _bot = Bot::new(()).dialogue::<Order>(text("order"));
}
