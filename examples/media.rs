//! Attachments that the bot makes itself: kept in a folder, and served under addresses that nobody
//! guesses and that expire.
//!
//! ```text
//! Ana: ticket
//! bot: [https://bot.example.com/media/…/kept-….png] Your ticket
//! Ana: menu
//! bot: [https://bot.example.com/media/…/menu.pdf]
//! bot: Our menu
//! ```
//!
//! `cargo run --example media`

use chinwag::{
    Bot, Reply, State,
    testkit::Chat,
    text,
    webhook::{InvalidMedia, Shelf},
};

/// The smallest picture: one pixel.
const TICKET: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9b\
    U\x00\x00\x00\x0aIDATx\x9cc\xf8\x0f\x00\x01\x01\x01\x00\xb18\xf6\x14\x00\x00\x00\x00IEND\xaeB`\x82";

async fn ticket(State(shelf): State<Shelf>) -> Result<Reply, InvalidMedia> {
    let url = shelf.keep(TICKET.to_vec(), "image/png").await?;
    Ok(Reply::media(url).caption("Your ticket"))
}

/// WhatsApp shows no caption beside a document: it follows by itself.
async fn menu(State(shelf): State<Shelf>) -> Result<Reply, InvalidMedia> {
    Ok(Reply::media(shelf.lend("menu.pdf").await?).caption("Our menu"))
}

/// Served by `Webhook::new(bot).serves_media(&shelf)`.
fn bot(shelf: Shelf) -> Bot<Shelf> {
    Bot::new(shelf).on(text("ticket"), ticket).on(text("menu"), menu)
}

fn shelf(folder: &std::path::Path) -> Shelf {
    std::fs::write(folder.join("menu.pdf"), "%PDF-1.4").expect("the folder was just made");
    Shelf::new(folder, "https://bot.example.com", "a secret of your own")
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let chat = Chat::with(bot(shelf(folder.path()))).aloud();
    chat.says_all(["ticket", "menu"]).await;
    Ok(())
}

#[tokio::test]
async fn each_attachment_has_an_address() {
    let folder = tempfile::tempdir().unwrap();
    let chat = Chat::with(bot(shelf(folder.path())));
    let ticket = chat.says("ticket").await;
    assert!(ticket.all()[0].contains("Your ticket"), "{ticket:?}");
    let menu = chat.says("menu").await;
    assert!(menu.all()[0].ends_with("/menu.pdf") && menu.all()[1] == "Our menu", "{menu:?}");
}
