//! The step returns a reply and does not say where the dialogue stands then.

use chinwag::{Dialogue, Result, Stored, Turn};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Order {
    Dish,
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, _: &mut Turn) -> Result<String> {
        Ok(match self {
            Self::Dish => "Ordered.".into(),
        })
    }
}

fn main() {}
