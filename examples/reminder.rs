//! What is said unasked: a reminder after two hours, and an end after twenty.
//!
//! ```text
//! Ana: rent
//! bot: For how many days?
//! --- 2 h later
//! bot: Your bike waits. For how many days?
//! --- 18 h later
//! bot: Somebody else took it. Say *rent* for another.
//! ```
//!
//! `cargo run --example reminder`

use std::{sync::Arc, time::Duration};

use chinwag::{
    Bot, Dialogue, Result, Step, Stored, Turn, ask,
    conversation::clock::{Clock, ManualClock},
    message::{Inbound, MessageSid, Outbound},
    store::{Memory, Settled, Store},
    text,
};

#[derive(Default, serde::Serialize, serde::Deserialize)]
enum Rental {
    #[default]
    New,
    Days,
}

impl Stored for Rental {
    const NAME: &'static str = "rental";
}

impl Dialogue for Rental {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let days = ask::<u8>("For how many days?");
        Ok(match self {
            Self::New => Step::next(Self::Days, days)
                .remind_after(hours(2), "Your bike waits. For how many days?")
                .give_up_after(hours(20), "Somebody else took it. Say *rent* for another."),
            Self::Days => Step::done(format!("Yours for {} days.", days.answer(turn)?)),
        })
    }
}

fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

fn bot() -> Bot {
    Bot::new(()).dialogue::<Rental>(text("rent"))
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the terminal is the phone here")]
async fn main() -> Result<()> {
    let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
    let bot = bot().store(Arc::clone(&store)).clock(Arc::clone(&clock));
    let (ana, us) = ("whatsapp:+15005550006".parse()?, "whatsapp:+14155238886".parse()?);
    let reply = bot.receive(Inbound::new(MessageSid::new(1), ana, us, "rent".into())).await?;
    println!("Ana: rent\nbot: {}", reply.messages()[0].body);
    for wait in [2, 18] {
        clock.advance(hours(wait));
        bot.ring().await?; // `Webhook` and `run_timers` do so each second
        for claim in store.claim(clock.now(), 9).await? {
            let message: Outbound = serde_json::from_slice(&claim.parcel.body)?;
            println!("--- {wait} h later\nbot: {}", message.body);
            store.settle(&claim, Settled::Done).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_ends_the_reminder() {
    let chat = chinwag::testkit::Chat::with(bot());
    chat.says_all(["rent", "soon"]).await.hears("For how many days?");
    chat.says("3").await.hears("Yours for 3 days.");
}
