//! A lock is held across an await.

use std::sync::{Arc, Mutex};

use chinwag::{Bot, State, text};

#[derive(Clone)]
struct Shop {
    stock: Arc<Mutex<u32>>,
}

async fn order() {}

async fn buy(State(shop): State<Shop>) -> String {
    let mut stock = shop.stock.lock().unwrap();
    order().await;
    *stock -= 1;
    format!("{stock} left")
}

fn main() {
    let _bot = Bot::new(Shop { stock: Arc::default() }).on(text("buy"), buy);
}
