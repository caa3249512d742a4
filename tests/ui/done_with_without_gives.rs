//! The dialogue ends with a value, but has not said what it gives.

use chinwag::{Dialogue, Result, Step, Stored, Turn};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Count {
    Asked,
}

impl Stored for Count {
    const NAME: &'static str = "count";
}

impl Dialogue for Count {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Asked => Step::done_with(turn.text().to_owned(), "Thanks."),
        })
    }
}

fn main() {}
