//! Filters say which messages a route is for; they compose, and the first that holds wins.
//!
//! ```text
//! Ana: STOP the press
//! bot: Stopped.
//! Ana: What does the menu cost?
//! bot: 9.50 €, dessert included.
//! Ana: [image/jpeg] my receipt
//! bot: Thanks, we have your receipt.
//! Ana: [image/jpeg]
//! bot: Nice picture.
//! Ana: [location 52.5, 13.4]
//! bot: We are 3 streets away.
//! Ana: [taps Yes = book-yes]
//! bot: Booked.
//! ```
//!
//! `cargo run --example filters`

use chinwag::{
    Bot,
    dispatch::filter::{button, image, location, text, word, words},
    message::{Content, Location, Media},
    testkit::Chat,
};

fn bot() -> Bot {
    Bot::new(())
        .on(text("stop the press"), async || "Stopped.")
        .on(words(["price", "cost", "how much"]) & !image(), async || "9.50 €, dessert included.")
        .on(image() & word("receipt"), async || "Thanks, we have your receipt.")
        .on(image(), async || "Nice picture.")
        .on(location(), async || "We are 3 streets away.")
        .on(button("book-yes") | text("book"), async || "Booked.")
}

#[tokio::main]
async fn main() {
    let chat = Chat::with(bot()).aloud();
    let photo = Media::at("https://example.com/photo.jpg");
    chat.says_all(["STOP the press", "What does the menu cost?"]).await;
    chat.sends(Content::with_media(vec![photo.clone()], "my receipt".into())).await;
    chat.sends(photo).await;
    chat.sends(Location { latitude: 52.5, longitude: 13.4, ..Location::default() }).await;
    chat.presses("Yes", "book-yes").await;
}

#[tokio::test]
async fn the_first_filter_that_holds_wins() {
    let chat = Chat::with(bot());
    chat.says("How much is it?").await.hears("9.50 €, dessert included.");
    chat.says("book").await.hears("Booked.");
    chat.says("prices").await.hears_nothing();
}
