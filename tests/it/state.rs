//! What is stored survives deploys: values of older versions, of newer ones, and damaged ones.

mod damaged;

use std::sync::Arc;

use async_trait::async_trait;
use chinwag::{
    Bot, Captures, Dialogue, Error, Handler, Remembered, Reply, Result, Step, Stored, Turn, ask,
    conversation::{
        End, Key, Record, Unreadable, Why,
        clock::{Clock, SystemClock},
        from_note, to_note,
    },
    dispatch::{Failure, TurnError, Verdict, filter::*},
    message::*,
    store::{Answer, Begun, Memory, Outcome, Store, TurnId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const BOT: &str = "whatsapp:+14155238886";

/// One person, whose conversation is in this store.
struct Person {
    store: Arc<Memory>,
    number: u64,
}

impl Person {
    fn new(number: u64) -> Self {
        Self { store: Arc::default(), number }
    }

    /// A person in whose record these notes stand.
    async fn with(notes: &[(&str, &str)]) -> Self {
        let person = Self::new(0);
        person.has(notes).await;
        person
    }

    fn address(&self) -> Address {
        format!("whatsapp:+1500{:07}", self.number).parse().unwrap()
    }

    fn key(&self) -> Key {
        Key::new(&BOT.parse().unwrap(), &self.address())
    }

    async fn has(&self, notes: &[(&str, &str)]) {
        let (now, turn) = (SystemClock.now(), TurnId::message(None, MessageSid::new(0)));
        let Begun::Turn(mut record, lease) =
            self.store.begin(&self.key(), turn, now).await.unwrap()
        else {
            panic!("nobody else is there")
        };
        for (name, note) in notes {
            record.remember(name, note);
        }
        let outcome = Outcome { record, answer: Answer::new(&b"[]"[..]), parcels: Vec::new() };
        self.store.commit(&lease, &outcome, now).await.unwrap();
    }

    async fn record(&self) -> Record {
        self.store.read(&self.key(), SystemClock.now()).await.unwrap()
    }

    fn message(&self, sid: u128, words: &str) -> Inbound {
        let content = Content::Text(words.to_owned());
        Inbound::new(MessageSid::new(sid), self.address(), BOT.parse().unwrap(), content)
    }

    async fn tries<S: Send + Sync + 'static>(
        &self,
        bot: &Bot<S>,
        sid: u128,
        words: &str,
    ) -> Result<String, TurnError> {
        let reply = bot.receive(self.message(sid, words)).await?;
        let bodies = reply.messages().iter().map(|message| message.body.as_str());
        Ok(bodies.collect::<Vec<_>>().join("|"))
    }

    async fn says<S: Send + Sync + 'static>(&self, bot: &Bot<S>, sid: u128, words: &str) -> String {
        self.tries(bot, sid, words).await.unwrap()
    }
}

mod first {
    use super::*;

    #[derive(Debug, Default, Serialize, Deserialize)]
    pub(super) struct Cart(pub(super) Vec<String>);

    impl Stored for Cart {
        const NAME: &'static str = "cart";
    }
}

mod second {
    use super::*;

    #[derive(Debug, Default, Serialize, Deserialize)]
    pub(super) struct Cart {
        pub(super) items: Vec<String>,
    }

    impl Stored for Cart {
        const NAME: &'static str = "cart";
        const VERSION: u32 = 2;

        fn upgrade(version: u32, old: Value) -> Result<Self> {
            let first::Cart(items) = first::Cart::from_version(version, old)?;
            Ok(Self { items })
        }
    }
}

mod third {
    use super::*;

    #[derive(Debug, Default, Serialize, Deserialize)]
    pub(super) struct Cart {
        pub(super) lines: Vec<(String, u32)>,
        pub(super) currency: String,
    }

    impl Stored for Cart {
        const NAME: &'static str = "cart";
        const VERSION: u32 = 3;

        fn upgrade(version: u32, old: Value) -> Result<Self> {
            let second::Cart { items } = second::Cart::from_version(version, old)?;
            let lines = items.into_iter().map(|item| (item, 1)).collect();
            Ok(Self { lines, currency: "EUR".to_owned() })
        }
    }
}

#[test]
fn a_value_of_each_version_is_read_by_steps() {
    for note in [
        r#"["tea","{\"v\":2,\"is\":3}"]"#,
        r#"{"v":1,"is":["tea","{\"v\":2,\"is\":3}"]}"#,
        r#"{"v":2,"is":{"items":["tea","{\"v\":2,\"is\":3}"]}}"#,
        r#"{"v":3,"is":{"lines":[["tea",1],["{\"v\":2,\"is\":3}",1]],"currency":"EUR"}}"#,
    ] {
        let cart: third::Cart = from_note(note).unwrap();
        assert_eq!((cart.lines[0].0.as_str(), cart.currency.as_str()), ("tea", "EUR"), "{note}");
        assert_eq!(cart.lines.len(), 2, "{note}");
        assert!(to_note(&cart).unwrap().starts_with(r#"{"v":3,"is":"#));
    }
}

/// A version 1 that looks like an envelope, and an upgrade by changes of the JSON.
#[test]
fn a_value_that_looks_like_an_envelope_is_none() {
    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Lookalike {
        v: u32,
        is: u32,
    }
    impl Stored for Lookalike {
        const NAME: &'static str = "lookalike";
    }
    let value = Lookalike { v: 7, is: 8 };
    assert_eq!(from_note(&to_note(&value).unwrap()), Ok(value));
}

#[test]
fn what_cannot_be_read_says_why_and_not_what() {
    #[derive(Debug, Default, Serialize, Deserialize)]
    struct Pin(u32);
    impl Stored for Pin {
        const NAME: &'static str = "pin";
        const VERSION: u32 = 5;

        fn upgrade(version: u32, mut old: Value) -> Result<Self> {
            if version < 2 {
                return Err(format!("{old} is no pin").into());
            }
            if version < 3 {
                old["pin"] = 1.into();
            }
            Ok(serde_json::from_value(old)?)
        }
    }
    for (note, version, why) in [
        ("secret", 1, Why::Damaged),
        ("\"secret\"", 1, Why::NotUpgraded),
        (r#"{"v":2,"is":"secret: indexing panics"}"#, 2, Why::NotUpgraded),
        (r#"{"v":3,"is":"secret"}"#, 3, Why::NotUpgraded),
        (r#"{"v":4,"is":{"secret"}}"#, 4, Why::Damaged),
        (r#"{"v":5,"is":"secret"}"#, 5, Why::Damaged),
        (r#"{"v":6,"is":"secret"}"#, 6, Why::Newer),
        (r#"{"v":4294967295,"is":"secret"}"#, u32::MAX, Why::Newer),
    ] {
        let unreadable = from_note::<Pin>(note).unwrap_err();
        assert_eq!((unreadable.name, unreadable.version, unreadable.why), ("pin", version, why));
        assert!(!format!("{unreadable} {unreadable:?}").contains("secret"));
    }
}

macro_rules! counts {
    ($($name:ident $end:expr, $under:literal;)*) => {$(
        #[derive(Debug, Default, Serialize, Deserialize)]
        struct $name {
            count: u32,
        }

        impl Stored for $name {
            const NAME: &'static str = $under;
            const VERSION: u32 = 3;
            const IF_UNREADABLE: End = $end;

            fn upgrade(version: u32, mut old: Value) -> Result<Self> {
                if version < 2 {
                    old = json!({ "number": old });
                }
                if version < 3 {
                    old = json!({ "count": old.get("number") });
                }
                Ok(serde_json::from_value(old)?)
            }
        }
    )*};
}

counts! {
    Restarts End::Restart, "restarts";
    Answers End::Answer("Closed today."), "answers";
    Hands End::Handler, "hands";
}

/// Adds to the count of one type, whose end is in force.
macro_rules! add {
    ($name:ident) => {
        async |Captures((more,)): Captures<(u32,)>, Remembered(mut kept): Remembered<$name>| {
            kept.count = kept.count.saturating_add(more);
            (format!("count {}", kept.count), Remembered(kept))
        }
    };
}

fn bot(store: &Arc<Memory>) -> Bot {
    Bot::new(())
        .store(Arc::clone(store))
        .on(pattern(r"restarts (\d+)"), add!(Restarts))
        .on(pattern(r"answers (\d+)"), add!(Answers))
        .on(pattern(r"hands (\d+)"), add!(Hands))
        .on(text("seen"), async |hands: Result<Remembered<Hands>, Unreadable>| match hands {
            Ok(Remembered(hands)) => hands.count.to_string(),
            Err(unreadable) => unreadable.to_string(),
        })
        .on(text("reset"), async || ("Forgotten.", Remembered(Answers::default())))
}

fn with_a_hook(store: &Arc<Memory>) -> Bot {
    bot(store).on_unreadable(async |lost: Unreadable, words: chinwag::Text| {
        let again = (lost.why == Why::NotUpgraded).then_some(Remembered(Hands { count: 50 }));
        (format!("{} of {} after {}", lost.name, lost.version, words.0), again)
    })
}

#[tokio::test]
async fn a_restart_begins_from_the_default() {
    let person = Person::with(&[("restarts", r#"{"v":2,"is":{"number":"x"}}"#)]).await;
    let bot = bot(&person.store);
    assert_eq!(person.says(&bot, 1, "restarts 4").await, "count 4");
    assert_eq!(person.says(&bot, 2, "restarts 4").await, "count 8");
    assert_eq!(person.record().await.remembered("restarts"), Some(r#"{"v":3,"is":{"count":8}}"#));
}

#[tokio::test]
async fn an_answer_leaves_what_is_stored_and_ends_the_turn() {
    let damaged = r#"{"v":3,"is":{"count":-1}}"#;
    let person = Person::with(&[("answers", damaged)]).await;
    let bot = with_a_hook(&person.store);
    for copy in 0..2 {
        assert_eq!(person.says(&bot, 1, "answers 4").await, "Closed today.", "copy {copy}");
    }
    assert_eq!(person.says(&bot, 2, "answers 4").await, "Closed today.");
    assert_eq!(person.record().await.remembered("answers"), Some(damaged));
    assert_eq!(person.record().await.messages(), 2);
    // Who does not read it may replace it: a way out for the person.
    assert_eq!(person.says(&bot, 3, "reset").await, "Forgotten.");
    assert_eq!(person.says(&bot, 4, "answers 4").await, "count 4");
}

#[tokio::test]
async fn a_handler_answers_and_may_give_a_new_value() {
    let person = Person::with(&[("hands", r#"{"v":3,"is":{"count":-1}}"#)]).await;
    let bot = with_a_hook(&person.store);
    assert_eq!(person.says(&bot, 1, "hands 4").await, "hands of 3 after hands 4");
    assert_eq!(person.says(&bot, 2, "hands 4").await, "hands of 3 after hands 4");

    let person = Person::with(&[("hands", r#"{"v":2,"is":7}"#)]).await;
    let bot = with_a_hook(&person.store);
    assert_eq!(person.says(&bot, 1, "hands 4").await, "hands of 2 after hands 4");
    assert_eq!(person.says(&bot, 2, "hands 4").await, "count 54");
}

#[tokio::test]
async fn without_its_handler_an_unreadable_value_goes_to_the_error_hook() {
    let damaged = r#"{"v":3,"is":{"count":-1}}"#;
    let person = Person::with(&[("hands", damaged)]).await;
    let failed = person.tries(&bot(&person.store), 1, "hands 4").await.unwrap_err();
    let TurnError::Handler(error) = failed else { panic!("{failed:?}") };
    assert_eq!(error.downcast::<Unreadable>().unwrap().why, Why::Damaged);

    let bot = bot(&person.store).on_error(async |failure: Failure| failure.error.to_string());
    let said = person.says(&bot, 1, "hands 4").await;
    assert!(said.ends_with("because it is damaged or of another form"), "{said}");
    assert_eq!(person.record().await.remembered("hands"), Some(damaged));
}

#[tokio::test]
async fn a_handler_may_see_to_it_itself() {
    let person = Person::with(&[("hands", r#"{"v":4,"is":null}"#)]).await;
    let said = person.says(&with_a_hook(&person.store), 1, "seen").await;
    assert!(said.ends_with("because this program is older"), "{said}");
    let person = Person::with(&[("hands", "7")]).await;
    assert_eq!(person.says(&bot(&person.store), 1, "seen").await, "7");
}

#[tokio::test]
async fn types_come_to_the_same_ends_and_drop_their_notes() {
    struct Adds;

    #[async_trait]
    impl Handler for Adds {
        async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
            turn.remember(&Restarts { count: 9 })?;
            let kept: Answers = turn.remembered()?;
            Ok(Reply::text(kept.count.to_string()))
        }
    }
    let person = Person::with(&[("answers", "x")]).await;
    let bot = Bot::new(()).store(Arc::clone(&person.store)).otherwise(Adds);
    assert_eq!(person.says(&bot, 1, "hi").await, "Closed today.");
    assert_eq!(person.record().await.remembered("restarts"), None);

    let person = Person::with(&[("answers", "5")]).await;
    let bot = Bot::new(()).store(Arc::clone(&person.store)).otherwise(Adds);
    assert_eq!(person.says(&bot, 1, "hi").await, "5");
}

#[tokio::test]
async fn what_cannot_be_read_ends_a_turn_only_where_all_else_fits() {
    let person = Person::with(&[("answers", "x")]).await;
    let bot = Bot::new(())
        .store(Arc::clone(&person.store))
        .on(anything(), async |_: Remembered<Answers>, _: Location| "a place")
        .on(text("who"), async |kept: Option<Remembered<Answers>>| match kept {
            Some(_) => "kept",
            None => "unreadable",
        })
        .on(text("cart"), async |_: Remembered<Answers>| "your cart")
        .otherwise(async || "hello");
    assert_eq!(person.says(&bot, 1, "hi").await, "hello");
    assert_eq!(person.says(&bot, 2, "who").await, "unreadable");
    assert_eq!(person.says(&bot, 3, "cart").await, "Closed today.");

    let explained = bot.explain_after(&person.message(4, "cart"), person.record().await);
    let verdicts: Vec<_> = explained.routes.iter().map(|route| &route.verdict).collect();
    assert!(matches!(verdicts[0], Verdict::Declines(_)), "{explained}");
    assert!(matches!(verdicts[2..], [Verdict::Unreadable(_), Verdict::NotReached]), "{explained}");
    assert!(!explained.to_string().contains("no route"), "{explained}");
}

/// Deploy, rollback, deploy: nothing that was stored before the rollback is lost, and meanwhile
/// nobody is turned away.
#[tokio::test]
async fn a_rollback_loses_nothing_and_locks_nobody_out() {
    let person = Person::with(&[("cart", r#"["tea"]"#)]).await;
    let store = &person.store;
    let old = Bot::new(()).store(Arc::clone(store)).otherwise(
        async |Remembered(second::Cart { items }): Remembered<second::Cart>| {
            let said = format!("{items:?}");
            (said, Remembered(second::Cart { items: vec!["cake".to_owned()] }))
        },
    );
    let new = Bot::new(()).store(Arc::clone(store)).otherwise(
        async |Remembered(mut cart): Remembered<third::Cart>| {
            cart.lines.push(("jam".to_owned(), 2));
            (format!("{:?} {}", cart.lines, cart.currency), Remembered(cart))
        },
    );
    assert_eq!(person.says(&new, 1, "hi").await, r#"[("tea", 1), ("jam", 2)] EUR"#);
    assert_eq!(person.says(&old, 2, "hi").await, "[]");
    assert_eq!(person.says(&old, 3, "hi").await, r#"["cake"]"#);
    let said = person.says(&new, 4, "hi").await;
    assert_eq!(said, r#"[("tea", 1), ("jam", 2), ("jam", 2)] EUR"#);
    // The value of the rollback is gone now, and the newest stays.
    assert_eq!(person.says(&old, 5, "hi").await, "[]");
}

macro_rules! dialogues {
    ($($module:ident $version:literal $end:expr;)*) => {$(
        mod $module {
            use super::*;

            #[derive(Default, Serialize, Deserialize)]
            pub(super) enum Talk {
                #[default]
                New,
                Name,
            }

            impl Stored for Talk {
                const NAME: &'static str = "talk";
                const VERSION: u32 = $version;
                const IF_UNREADABLE: End = $end;
            }

            impl Dialogue for Talk {
                async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
                    Ok(match self {
                        Self::New => Step::next(Self::Name, ask::<String>("Your name?")),
                        Self::Name => Step::done(format!("Hello, {}.", turn.text())),
                    })
                }
            }
        }
    )*};
}

dialogues! {
    stored_talk 2 End::Restart;
    restarting_talk 1 End::Restart;
    answering_talk 1 End::Answer("Closed today.");
    handing_talk 3 End::Handler;
}

/// A running dialogue comes to the same ends; where it stays, it goes on in a program that can.
#[tokio::test]
async fn a_dialogue_that_cannot_be_read_has_an_end() {
    fn talks<D: Dialogue + Default>(store: &Arc<Memory>) -> Bot {
        let bot = Bot::new(()).store(Arc::clone(store)).dialogue::<D>(text("talk"));
        bot.otherwise(async || "hello")
    }
    let person = Person::new(0);
    let stored = talks::<stored_talk::Talk>(&person.store);
    assert_eq!(person.says(&stored, 1, "talk").await, "Your name?");

    let answering = talks::<answering_talk::Talk>(&person.store);
    assert_eq!(person.says(&answering, 2, "Ana").await, "Closed today.");
    let handing = talks::<handing_talk::Talk>(&person.store);
    assert!(person.tries(&handing, 3, "Ana").await.is_err());
    let handing = handing.on_unreadable(async |lost: Unreadable| lost.to_string());
    let said = person.says(&handing, 3, "Ana").await;
    assert_eq!(said, "what version 2 stored as `talk` cannot be read, because its upgrade failed");
    assert_eq!(person.says(&stored, 4, "Ana").await, "Hello, Ana.");

    assert_eq!(person.says(&stored, 5, "talk").await, "Your name?");
    let restarting = talks::<restarting_talk::Talk>(&person.store);
    assert_eq!(person.says(&restarting, 6, "Ana").await, "hello");
    assert_eq!(person.says(&stored, 7, "Ana").await, "hello");

    // Cancelling reads no state: a way out for the person.
    assert_eq!(person.says(&stored, 8, "talk").await, "Your name?");
    assert_eq!(person.says(&answering, 9, "cancel").await, "Cancelled.");
    assert_eq!(person.says(&stored, 10, "Ana").await, "hello");
}

/// An error of an upgrade is any error.
#[test]
fn there_is_no_way_from_a_version_without_an_upgrade() {
    let error: Error = first::Cart::from_version(0, json!([])).unwrap_err();
    assert_eq!(error.to_string(), "there is no upgrade of `cart` from version 0");
}
