//! The type is stored, but it is no dialogue.

use chinwag::{Bot, Stored, text};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
enum Order {
    #[default]
    Dish,
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

fn main() {
    let _order = Order::Dish;
    let _bot = Bot::new(()).dialogue::<Order>(text("order"));
}
