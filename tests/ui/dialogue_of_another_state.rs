//! The dialogue is for another application state than the bot's.

use chinwag::{Bot, Dialogue, Result, Step, Stored, Turn, text};
use serde::{Deserialize, Serialize};

struct Shop;

#[derive(Default, Serialize, Deserialize)]
enum Order {
    #[default]
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
    let _bot = Bot::new(Shop).dialogue::<Order>(text("order"));
}
