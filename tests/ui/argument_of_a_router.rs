//! A router whose state is not known yet has a handler with an argument that is no extractor.

use chinwag::{Router, text};

async fn greet(name: String) -> String {
    format!("Hello {name}!")
}

fn main() {
    let _routes: Router = Router::new().on(text("hi"), greet);
}
