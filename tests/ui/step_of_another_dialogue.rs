//! A step goes on in a state of another dialogue, which only `then` can call.

use chinwag::{Dialogue, Result, Step, Stored, Turn};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
enum Address {
    Street,
}

impl Stored for Address {
    const NAME: &'static str = "address";
}

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
            Self::Dish => Step::next(Address::Street, "Which street?"),
        })
    }
}

fn main() {}
