//! State is the application's, one for all; what is remembered is one for each conversation.
//!
//! ```text
//! Ana: add 3
//! bot: 3 of 10 seats are yours.
//! Bo: add 9
//! bot: 9 of 10 seats are yours.
//! Ana: add 8
//! bot: Only 10 seats a person, and 3 are yours.
//! ```
//!
//! `cargo run --example state`

use chinwag::{Bot, Captures, Remembered, State, Stored, pattern, testkit::Chat};

#[derive(Clone)]
struct Theatre(u32);

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Seats(u32);

impl Stored for Seats {
    const NAME: &'static str = "seats";
}

async fn add(
    Captures((more,)): Captures<(u32,)>,
    State(Theatre(most)): State<Theatre>,
    Remembered(Seats(seats)): Remembered<Seats>,
) -> (String, Remembered<Seats>) {
    let (said, seats) = match seats.checked_add(more) {
        Some(all) if all <= most => (format!("{all} of {most} seats are yours."), all),
        _ => (format!("Only {most} seats a person, and {seats} are yours."), seats),
    };
    (said, Remembered(Seats(seats)))
}

fn bot() -> Bot<Theatre> {
    Bot::new(Theatre(10)).on(pattern(r"add (\d+)"), add)
}

#[tokio::main]
async fn main() {
    let ana = Chat::with(bot()).aloud();
    ana.says("add 3").await;
    ana.by("+15005550007").called("Bo").says("add 9").await;
    ana.says("add 8").await;
}

#[tokio::test]
async fn a_copy_adds_nothing() {
    let chat = Chat::with(bot());
    chat.says("add 3").await.hears("3 of 10 seats are yours.");
    chat.repeats().await.hears("3 of 10 seats are yours.");
    chat.says("add 4294967295").await.hears("Only 10 seats a person, and 3 are yours.");
}
