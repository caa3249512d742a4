//! Dialogues: a conversation over several turns, its ends, its timers.

mod calls;
mod deploys;
mod timers;

use std::{sync::Arc, time::Duration};

use chinwag::{
    Bot, Dialogue, Reply, Result, Step, Stored, Turn, ask,
    conversation::{
        End, Key, Record,
        clock::{Clock, ManualClock},
    },
    dispatch::{Gives, InvalidStep, TurnError, choose, filter::*},
    message::*,
    store::{Begun, Memory, Outcome, Settled, Store, TurnId},
};
use serde::{Deserialize, Serialize};

const ANA: &str = "whatsapp:+15005550006";
const SMS: &str = "+15005550006";
const BOT: &str = "whatsapp:+14155238886";

/// Ana, one bot or several on one store, and one clock.
struct World<S = ()> {
    bots: Vec<Bot<S>>,
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    messages: std::sync::atomic::AtomicU64,
    person: &'static str,
}

impl World {
    fn of(bot: impl Fn() -> Bot) -> Self {
        Self::with(1, bot)
    }

    fn with(workers: usize, bot: impl Fn() -> Bot) -> Self {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let bots = (0..workers).map(|_| bot().store(Arc::clone(&store)).clock(Arc::clone(&clock)));
        Self { bots: bots.collect(), store, clock, messages: 0.into(), person: ANA }
    }

    /// The next version of the bot on the same store.
    fn deploys(self, bot: Bot) -> Self {
        let bot = bot.store(Arc::clone(&self.store)).clock(Arc::clone(&self.clock));
        Self { bots: vec![bot], ..self }
    }

    fn message(&self, content: impl Into<Content>) -> Inbound {
        let number = self.messages.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let (from, to) = (self.person.parse().unwrap(), BOT.parse().unwrap());
        Inbound::new(MessageSid::new(number.into()), from, to, content.into())
    }

    async fn sends(&self, content: impl Into<Content>) -> Result<String, TurnError> {
        Ok(bodies(&self.bots[0].receive(self.message(content)).await?))
    }

    async fn says(&self, words: &str) -> String {
        self.sends(words).await.unwrap()
    }

    /// Several messages; the answer to the last.
    async fn says_all(&self, words: &[&str]) -> String {
        let mut said = String::new();
        for words in words {
            said = self.says(words).await;
        }
        said
    }

    async fn why_not(&self, words: &str) -> String {
        let error = self.sends(words).await.unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    }

    async fn record(&self) -> Record {
        let [from, to] = [self.person, BOT].map(|address| address.parse().unwrap());
        let now = self.clock.now();
        self.store.read(&Key::new(&to, &from), now).await.unwrap()
    }

    /// Another program has left this record.
    async fn keeps(&self, record: Record) {
        let Inbound { sid, from, to, .. } = self.message("");
        let (key, turn) = (Key::new(&to, &from), TurnId::message(None, sid));
        let Begun::Turn(_, lease) = self.store.begin(&key, turn, self.clock.now()).await.unwrap()
        else {
            panic!("nobody else is at work")
        };
        let outcome = Outcome { record, ..Outcome::default() };
        self.store.commit(&lease, &outcome, self.clock.now()).await.unwrap();
    }

    /// After this time the timers ring; what went out.
    async fn after(&self, time: Duration) -> Vec<String> {
        self.clock.advance(time);
        let rings = self.bots.iter().map(Bot::ring);
        let rung = futures_util::future::join_all(rings).await;
        assert!(rung.iter().all(Result::is_ok));
        self.outbox().await
    }

    async fn outbox(&self) -> Vec<String> {
        let now = self.clock.now();
        let mut said = Vec::new();
        while let [claim] = &self.store.claim(now, 1).await.unwrap()[..] {
            let message: Outbound = serde_json::from_slice(&claim.parcel.body).unwrap();
            said.push(message.body);
            self.store.settle(claim, Settled::Done).await.unwrap();
        }
        said
    }
}

fn bodies(reply: &Reply) -> String {
    let bodies = reply.messages().iter().map(|message| message.body.as_str());
    bodies.collect::<Vec<_>>().join("|")
}

const fn hours(hours: u64) -> Duration {
    Duration::from_hours(hours)
}

#[derive(Default, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Dish,
    Count {
        dish: String,
    },
    Right {
        dish: String,
        count: u8,
    },
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let count = || {
            let count = ask::<u8>("How many?").check(|count| (1..=20).contains(count));
            count.retry("From 1 to 20.").attempts(3, "Call us.")
        };
        Ok(match self {
            Self::New => Step::next(Self::Dish, vec!["Welcome!", "Which dish?"]),
            Self::Dish if turn.text() == "crash" => return Err("no kitchen".into()),
            Self::Dish if turn.text() == "panic" => panic!("fire in the kitchen"),
            Self::Dish if turn.text() == "what is there" => Step::stay("Pizza."),
            Self::Dish => Step::next(Self::Count { dish: turn.text().into() }, count()),
            Self::Count { dish } => {
                let count = count().answer(turn)?;
                let question = format!("{count} × {dish}?");
                Step::next(Self::Right { dish, count }, question)
            }
            Self::Right { dish, count } => {
                if choose("Yes or no?", [("yes", true), ("no", false)]).answer(turn)? {
                    Step::done(format!("{count} × {dish}, ordered."))
                } else {
                    Step::next(Self::Dish, "Which dish then?")
                }
            }
        })
    }
}

fn shop() -> Bot {
    Bot::new(())
        .dialogue::<Order>(text("order"))
        .interrupt(word("hours"), async || "Till ten.")
        .otherwise(async || "Say order.")
}

#[tokio::test]
async fn each_message_is_a_step() {
    let ana = World::of(shop);
    assert_eq!(ana.says("hi").await, "Say order.");
    assert_eq!(ana.says("order").await, "Welcome!|Which dish?");
    assert_eq!(ana.says("what is there").await, "Pizza.");
    assert_eq!(ana.says("order").await, "How many?");
    assert_eq!(ana.says("5").await, "5 × order?");
    assert_eq!(ana.says(" NO ").await, "Which dish then?");
    assert_eq!(ana.says_all(&["tea", "2", "yes"]).await, "2 × tea, ordered.");
    assert_eq!(ana.says("2").await, "Say order.");
    assert!(ana.record().await.remembered("chinwag.dialogue").is_none());
}

#[tokio::test]
async fn what_is_no_answer_is_asked_again_until_it_is_enough() {
    let ana = World::of(shop);
    assert_eq!(ana.says_all(&["order", "tea", "many"]).await, "From 1 to 20.");
    assert_eq!(ana.sends(Location::default()).await.unwrap(), "From 1 to 20.");
    assert_eq!(ana.says("3").await, "3 × tea?");
    assert_eq!(ana.says("perhaps").await, "Yes or no?");
    let yes = Button { text: "Sure".into(), payload: Some("yes".into()) };
    assert_eq!(ana.sends(yes).await.unwrap(), "3 × tea, ordered.");
    assert_eq!(ana.says_all(&["order", "tea", "0", "21"]).await, "From 1 to 20.");
    assert_eq!(ana.says("x").await, "Call us.");
    assert_eq!(ana.says("3").await, "Say order.");
}

#[tokio::test]
async fn cancel_ends_it_from_anywhere() {
    let ana = World::of(shop);
    assert_eq!(ana.says("cancel").await, "Say order.");
    assert_eq!(ana.says_all(&["order", "tea", "Cancel"]).await, "Cancelled.");
    assert_eq!(ana.says("3").await, "Say order.");
    let ana = World::of(|| shop().cancel(word("forget"), async || "Forgotten."));
    assert_eq!(ana.says_all(&["order", "cancel"]).await, "How many?");
    assert_eq!(ana.says("please forget it").await, "Forgotten.");
    assert_eq!(ana.says("3").await, "Say order.");
}

#[tokio::test]
async fn an_interruption_is_answered_and_the_question_is_asked_again() {
    let ana = World::of(shop);
    assert_eq!(ana.says("hours").await, "Say order.");
    assert_eq!(ana.says_all(&["order", "Your hours?"]).await, "Till ten.|Which dish?");
    assert_eq!(ana.says_all(&["tea", "x", "hours"]).await, "Till ten.|How many?");
    assert_eq!(ana.says_all(&["y"]).await, "From 1 to 20.");
    assert_eq!(ana.says("z").await, "Call us.", "an interruption is no try");
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_dialogue_where_it_was() {
    let ana = World::of(|| shop().on_error(async |_| "Sorry."));
    assert_eq!(ana.says_all(&["order", "crash"]).await, "Sorry.");
    assert_eq!(ana.says("panic").await, "Sorry.");
    assert_eq!(ana.says("tea").await, "How many?");
}

#[tokio::test]
async fn a_copy_of_an_answer_is_no_second_answer() {
    let ana = World::with(3, shop);
    ana.says("order").await;
    let tea = ana.message("tea");
    let copies = ana.bots.iter().cycle().take(9).map(|bot| bot.receive(tea.clone()));
    for reply in futures_util::future::join_all(copies).await {
        assert_eq!(bodies(&reply.unwrap()), "How many?");
    }
    assert_eq!(ana.says("2").await, "2 × tea?");
}

#[test]
#[should_panic(expected = "knows another dialogue called \"order\" already, at ")]
fn two_dialogues_of_one_name_stop_the_bot() {
    #[derive(Serialize, Deserialize)]
    struct Second;
    impl Stored for Second {
        const NAME: &'static str = "order";
    }
    impl Dialogue for Second {
        async fn step(self, _: &mut Turn) -> Result<Step<Self>> {
            Ok(Step::done(()))
        }
    }
    let _bot = shop().dialogue::<Order>(text("again")).knows::<Second>();
}

#[tokio::test]
async fn a_step_reads_the_application_state() {
    #[derive(Default, Serialize, Deserialize)]
    struct Price;
    impl Stored for Price {
        const NAME: &'static str = "price";
    }
    impl Dialogue<u32> for Price {
        async fn step(self, turn: &mut Turn<u32>) -> Result<Step<Self>> {
            Ok(Step::done(format!("{} €", turn.app())))
        }
    }
    let bot = Bot::new(4_u32).dialogue::<Price>(text("price"));
    let (from, to) = (SMS.parse().unwrap(), BOT.parse().unwrap());
    let message = Inbound::new(MessageSid::new(1), from, to, "price".into());
    assert_eq!(bodies(&bot.receive(message).await.unwrap()), "4 €");
}

#[tokio::test]
async fn explain_names_the_running_dialogue_and_what_ends_or_interrupts_it() {
    let ana = World::of(shop);
    ana.says("order").await;
    let record = ana.record().await;
    let taken = |words: &str| {
        let explained = ana.bots[0].explain_after(&ana.message(words), record.clone());
        explained.taken_by().unwrap().filter.clone()
    };
    assert_eq!(taken("tea"), "dialogue order");
    assert_eq!(taken("cancel"), r#"cancel: (text "cancel" or text "stop it")"#);
    assert_eq!(taken("hours"), r#"interrupt: word "hours""#);
    let explained = ana.bots[0].explain_after(&ana.message("order"), record.clone());
    let at = explained.taken_by().unwrap().at;
    assert!(at.file().ends_with("dialogue.rs"), "{at}");
    assert_eq!(explained.routes.len(), 5);
    assert_eq!(
        ana.bots[0].explain(&ana.message("order")).taken_by().unwrap().filter,
        "text \"order\""
    );
}
