//! Promise 8: never against consent.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chinwag::{
    Bot, Dialogue, Handler, Reply, Result, Step, Stored, Turn,
    conversation::{Key, OptIn, Uninvited, clock::ManualClock},
    dispatch::Later,
    message::{Filled, Templates},
    outbound::{Notification, Notifier, Unsaid},
    store::Store,
    text,
};
use serde::{Deserialize, Serialize};
use tokio::runtime::Builder;

use super::{bots::message, stores::stores, wire::Wire};

const HOUR: Duration = Duration::from_hours(1);

const WORDS: [&str; 12] = [
    "stop",
    "stopall",
    "unsubscribe",
    "optout",
    "revoke",
    "abmelden",
    "baja",
    "descadastrar",
    "désabonner",
    "disiscrivi",
    "uitschrijven",
    "leave me alone",
];
/// They count only while no dialogue runs.
const WEAK: [&str; 3] = ["cancel", "end", "quit"];

/// Where a conversation stands when STOP comes: what was said before.
const STATES: [(&str, &[&str]); 6] = [
    ("new", &[]),
    ("opted in", &["yes"]),
    ("in a dialogue", &["yes", "order"]),
    ("with a timer", &["yes", "remind me"]),
    ("with parcels waiting", &["yes", "parcels"]),
    ("stopped", &["yes", "stop"]),
];

const CASINGS: [fn(&str) -> String; 6] = [
    str::to_owned,
    str::to_uppercase,
    |word| word[..1].to_uppercase() + &word[1..],
    |word| format!("  {word}!!\n"),
    |word| format!("*{word}.*"),
    |word| word.chars().map(wide).collect(),
];

/// The letter in full width.
fn wide(c: char) -> char {
    let offset = u32::from('ａ') - u32::from('a');
    if c.is_ascii_lowercase() { char::from_u32(u32::from(c) + offset).unwrap() } else { c }
}

#[derive(Default, Serialize, Deserialize)]
enum Order {
    #[default]
    New,
    Dish,
}

impl Stored for Order {
    const NAME: &'static str = "order";
}

impl Dialogue for Order {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::New => Step::next(Self::Dish, "What would you like?")
                .remind_after(HOUR * 2, "Still hungry?")
                .give_up_after(HOUR * 20, "We close."),
            Self::Dish => Step::done(format!("{} it is.", turn.text())),
        })
    }
}

struct Remind;

#[async_trait]
impl Handler for Remind {
    async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
        let [soon, late] = [3, 40].map(|hours| turn.now().after(HOUR * hours));
        let soon = Later::at(soon, "soon", code())?.or_say("It is 7.");
        Ok(Reply::text("Sure.").later(soon).later(Later::at(late, "late", code())?))
    }
}

fn code() -> Filled {
    Templates::sandbox().get("code").unwrap().fill(["bank", "7"]).unwrap()
}

fn bot() -> Bot {
    Bot::new(())
        .stop_words(["leave me alone"])
        .help_text("Call us.")
        .on(text("yes"), async || ("Good.", OptIn::with("yes")))
        .on(text("remind me"), Remind)
        .dialogue::<Order>(text("order"))
        .cancel(text("never mind"), async || "Well then.")
        .otherwise(async || "Hello!")
}

/// One contact of a bot.
struct Talk {
    bot: Arc<Bot>,
    notifier: Notifier,
    person: u64,
    messages: u128,
}

impl Talk {
    fn key(&self) -> Key {
        Key::of(&message(0, self.person, ""))
    }

    /// How many messages answer.
    async fn says(&mut self, words: &str) -> usize {
        self.messages += 1;
        let sid = u128::from(self.person) << 32 | self.messages;
        self.bot.receive(message(sid, self.person, words)).await.unwrap().messages().len()
    }

    /// Brings the conversation into this state.
    async fn begins(&mut self, state: &[&str]) {
        for words in state {
            if *words != "parcels" {
                self.says(words).await;
                continue;
            }
            let (notifier, key) = (&self.notifier, self.key());
            let session = notifier.session(&key).await.unwrap();
            notifier.say(&session, "text", "psst").await.unwrap();
            let consent = notifier.consent(&key).await.unwrap();
            let notification = Notification::new("code", code()).unwrap().or_say("psst");
            notifier.notify(&consent, notification).await.unwrap();
        }
    }

    /// Everything that might bring about a message; how many answers there are.
    async fn tries_everything(&mut self) -> usize {
        let mut answers = 0;
        for words in ["hi", "order", "pizza", "remind me", "help", "cancel", "STOP", "parcels"] {
            answers += self.says(words).await;
        }
        let key = self.key();
        assert!(self.notifier.consent(&key).await.is_err());
        assert!(self.notifier.session(&key).await.is_err());
        answers
    }

    async fn is_stopped(&self) -> bool {
        let consent = self.notifier.consent(&self.key()).await;
        matches!(consent, Err(Unsaid::Uninvited(Uninvited::Stopped)))
    }
}

/// All words in this state, each with a person of its own; how many were sent against their will.
async fn sent_against_consent(store: &Arc<dyn Store>, state: usize, step: usize) -> (usize, usize) {
    let clock = Arc::new(ManualClock::default());
    let bot = bot().store(Arc::clone(store)).clock(Arc::clone(&clock));
    let bot = Arc::new(bot.prepared());
    let notifier = Notifier::new(Arc::clone(store), Arc::clone(&clock) as _);
    let wire = Wire::new(&clock, 0);
    let (name, before) = STATES[state];
    let weak = if name == "in a dialogue" { &[][..] } else { &WEAK };
    let words = WORDS.iter().chain(weak);
    let words = words.flat_map(|word| CASINGS.map(|casing| casing(word)));
    let mut talks = Vec::new();
    for (number, words) in (0..).zip(words).step_by(step) {
        let person = state as u64 * 10_000 + number;
        let (bot, notifier) = (Arc::clone(&bot), notifier.clone());
        let mut talk = Talk { bot, notifier, person, messages: 0 };
        talk.begins(before).await;
        let confirmations = talk.says(&words).await;
        assert!(talk.is_stopped().await, "{name}: {words:?}");
        assert_eq!(confirmations, usize::from(name != "stopped"), "{name}: {words:?}");
        talks.push(talk);
    }
    let mut sent = 0;
    for hours in [0, 2, 1, 17, 4, 20] {
        clock.advance(HOUR * hours);
        while bot.ring().await.unwrap() > 0 {}
        sent += wire.sends(store).await.len();
        for talk in &mut talks {
            sent += talk.tries_everything().await;
        }
    }
    // The same does send, once they have said START.
    let mut started = 0;
    for talk in &mut talks {
        started += talk.says("Start!").await + talk.says("hi").await;
    }
    assert_eq!(started, talks.len() * 2, "{name}");
    (talks.len(), sent)
}

#[test]
fn after_stop_nothing_is_sent_but_the_confirmation() {
    for (kind, store) in stores() {
        let step = usize::try_from(kind.part).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (mut stops, mut sent) = (0, 0);
        for state in 0..STATES.len() {
            let (more, against) = runtime.block_on(sent_against_consent(&store, state, step));
            (stops, sent) = (stops + more, sent + against);
        }
        println!("{}: {stops} times STOP in {} states, {sent} sent", kind.name, STATES.len());
        assert_eq!(sent, 0, "{}", kind.name);
    }
}

/// What is waited for does leave where nobody says STOP: the promise is not kept by silence.
#[test]
fn without_a_stop_all_of_it_is_sent() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (_, store) = stores().next().unwrap();
        let clock = Arc::new(ManualClock::default());
        let bot = Arc::new(bot().store(Arc::clone(&store)).clock(Arc::clone(&clock)));
        let notifier = Notifier::new(Arc::clone(&store), Arc::clone(&clock) as _);
        let wire = Wire::new(&clock, 0);
        for (person, (_, before)) in (0..).zip(&STATES[..5]) {
            let (bot, notifier) = (Arc::clone(&bot), notifier.clone());
            Talk { bot, notifier, person, messages: 0 }.begins(before).await;
        }
        let mut sent = 0;
        for _ in 0..40 {
            clock.advance(HOUR);
            while bot.ring().await.unwrap() > 0 {}
            sent += wire.sends(&store).await.len();
        }
        assert_eq!(sent, 2 + 2 + 2, "a dialogue's, planned and posted ones");
    });
}
