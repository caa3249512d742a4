//! The dialogue ends with a value of another type than it says it gives.

use chinwag::{Dialogue, Result, Step, Stored, Turn, dispatch::Gives};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Count {
    Asked,
}

impl Stored for Count {
    const NAME: &'static str = "count";
}

impl Gives for Count {
    type Given = u32;
}

impl Dialogue for Count {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Asked => Step::done_with(turn.text().to_owned(), "Thanks."),
        })
    }
}

fn main() {}
