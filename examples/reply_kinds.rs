//! A handler returns what it wants: text, several messages, media, nothing, or an error.
//!
//! ```text
//! Ana: text
//! bot: One line of *text*.
//! Ana: several
//! bot: First this,
//! bot: then that.
//! Ana: picture
//! bot: [https://example.com/cat.jpg] Our cat
//! Ana: both
//! bot: Here is the menu:
//! bot: [https://example.com/menu.pdf]
//! Ana: nothing
//! bot: (says nothing)
//! Ana: error
//! bot: Sorry: the printer is out of paper.
//! ```
//!
//! `cargo run --example reply_kinds`

use chinwag::{Bot, Reply, dispatch::Failure, testkit::Chat, text};

fn bot() -> Bot {
    Bot::new(())
        .on(text("text"), async || "One line of *text*.")
        .on(text("several"), async || vec!["First this,", "then that."])
        .on(text("picture"), async || {
            Reply::media("https://example.com/cat.jpg").caption("Our cat")
        })
        .on(text("both"), async || {
            Reply::text("Here is the menu:").and(Reply::media("https://example.com/menu.pdf"))
        })
        .on(text("nothing"), async || ())
        .on(text("error"), async || Err::<Reply, _>("the printer is out of paper"))
        .on_error(async |failure: Failure| format!("Sorry: {}.", failure.error))
}

#[tokio::main]
async fn main() {
    let chat = Chat::with(bot()).aloud();
    chat.says_all(["text", "several", "picture", "both", "nothing", "error"]).await;
}

#[tokio::test]
async fn each_kind_is_heard() {
    let chat = Chat::with(bot());
    chat.says("several").await.hears("First this,").hears("then that.").hears_nothing();
    chat.says("picture").await.hears_captioned("https://example.com/cat.jpg", "Our cat");
    chat.says("nothing").await.hears_nothing();
    chat.says("error").await.hears("Sorry: the printer is out of paper.");
}
