//! What the called dialogue gives is of another type.

use chinwag::{Dialogue, Result, Step, Stored, Turn, dispatch::Gives};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Address {
    Street,
}

impl Stored for Address {
    const NAME: &'static str = "address";
}

impl Gives for Address {
    type Given = String;
}

#[derive(Serialize, Deserialize)]
enum Order {
    Priced,
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::Priced => {
                let price: Option<u32> = turn.given::<Address>();
                Step::done(format!("{price:?}"))
            }
        })
    }
}

fn main() {}
