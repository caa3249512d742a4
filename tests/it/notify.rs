//! What is said outside of turns: only with proof, once, and in the form that may go when it goes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    Bot, Handler, Reply, Turn,
    conversation::{
        Key, OptIn, Uninvited,
        clock::{Clock, ManualClock, Timestamp},
    },
    dispatch::{CallOff, Later, TurnError},
    message::{Filled, Inbound, InvalidValues, MessageSid, Templates},
    outbound::{Courier, Form, Gateway, Letter, Notification, Notifier, Said, Unsaid, Unsent},
    store::{Memory, Store},
    text,
};

const HOUR: Duration = Duration::from_hours(1);

/// What has left: each as `text …` or `template …`.
#[derive(Debug, Default)]
struct Wire(Mutex<Vec<String>>);

#[async_trait]
impl Gateway for Wire {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let mut sent = self.0.lock().unwrap();
        sent.push(match &letter.message.template {
            Some(template) => format!("template {}", template.text()),
            None => format!("text {}", letter.message.body),
        });
        Ok(MessageSid::new(sent.len() as u128))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

fn code(value: &str) -> Result<Filled, InvalidValues> {
    Templates::sandbox().get("code").unwrap().fill(["bank", value])
}

/// Plans to tell the code, so many hours later.
struct Tell(u32);

#[async_trait]
impl Handler for Tell {
    async fn handle(&self, turn: &mut Turn) -> chinwag::Result<Reply> {
        let later = Later::at(turn.now().after(HOUR * self.0), "code", code("42"))?;
        Ok(Reply::text("Soon.").later(later.or_say("It is 42.")))
    }
}

fn bot() -> Bot {
    Bot::new(())
        .on(text("yes"), async || ("Good.", OptIn::with("yes, please")))
        .on(text("soon"), Tell(2))
        .on(text("tomorrow"), Tell(48))
        .on(text("no"), async || ("Well then.", CallOff::named("code")))
        .otherwise(async || "Hello!")
}

/// Ana, a bot, and what reaches her.
struct World {
    bot: Bot,
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    wire: Arc<Wire>,
    messages: Mutex<u128>,
}

impl World {
    fn new() -> Self {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let bot = bot().store(Arc::clone(&store)).clock(Arc::clone(&clock));
        Self { bot, store, clock, wire: Arc::default(), messages: Mutex::default() }
    }

    fn key(&self) -> Key {
        Key::of(&self.message(""))
    }

    fn message(&self, words: &str) -> Inbound {
        let mut messages = self.messages.lock().unwrap();
        *messages += 1;
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        let [from, to] = [from, to].map(|address| address.parse().unwrap());
        Inbound::new(MessageSid::new(*messages), from, to, words.into())
    }

    async fn says(&self, words: &str) -> Result<String, TurnError> {
        let reply = self.bot.receive(self.message(words)).await?;
        Ok(reply.messages().first().map_or(String::new(), |message| message.body.clone()))
    }

    fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(&self.store) as _, Arc::clone(&self.clock) as _)
    }

    /// This much later all timers have rung and all parcels are sent: what has left since.
    async fn after(&self, time: Duration) -> Vec<String> {
        self.clock.advance(time);
        while self.bot.ring().await.unwrap() > 0 {}
        let store: Arc<dyn Store> = Arc::clone(&self.store) as _;
        let courier = Courier::new(store, Arc::clone(&self.clock) as _, Arc::clone(&self.wire));
        while courier.round().await.unwrap() > 0 {}
        std::mem::take(&mut *self.wire.0.lock().unwrap())
    }

    async fn is_uninvited(&self, expected: Uninvited) {
        let (notifier, key) = (self.notifier(), self.key());
        let refused = match expected {
            Uninvited::SessionClosed => notifier.session(&key).await.map(drop),
            _ => notifier.consent(&key).await.map(drop),
        };
        let Err(Unsaid::Uninvited(found)) = refused else { panic!("{refused:?}") };
        assert_eq!(found, expected);
    }
}

fn notification(name: &str) -> Notification {
    Notification::new(name, code("7")).unwrap()
}

#[tokio::test]
async fn nobody_is_written_to_who_has_not_asked_for_it() {
    let ana = World::new();
    ana.is_uninvited(Uninvited::SessionClosed).await;
    ana.is_uninvited(Uninvited::NoConsent).await;
    ana.says("hi").await.unwrap();
    ana.is_uninvited(Uninvited::NoConsent).await;
    let session = ana.notifier().session(&ana.key()).await.unwrap();
    let until = ana.clock.now().after(HOUR * 24).before(Duration::from_mins(5));
    assert_eq!(session.until(), Some(until));
    assert_eq!(ana.notifier().say(&session, "a", "psst").await.unwrap(), Said::Now);
    let empty = ana.notifier().say(&session, "b", " ").await;
    assert!(matches!(empty, Err(Unsaid::Empty)), "{empty:?}");
    assert_eq!(ana.after(Duration::ZERO).await, ["text psst"]);
    // The proof is old, and what is remembered decides.
    ana.clock.advance(Duration::from_mins(24 * 60 - 5));
    let late = ana.notifier().say(&session, "c", "psst").await;
    assert!(matches!(late, Err(Unsaid::Uninvited(Uninvited::SessionClosed))), "{late:?}");
    assert_eq!(ana.after(Duration::ZERO).await, [""; 0]);
}

#[tokio::test]
async fn a_job_that_runs_twice_notifies_once() {
    let ana = World::new();
    ana.says("yes").await.unwrap();
    let consent = ana.notifier().consent(&ana.key()).await.unwrap();
    for (name, said, sent) in [
        ("a", Said::Now, vec!["template Your bank code is 7"]),
        ("a", Said::Before, vec![]),
        ("b", Said::Now, vec!["template Your bank code is 7"]),
    ] {
        assert_eq!(ana.notifier().notify(&consent, notification(name)).await.unwrap(), said);
        assert_eq!(ana.after(Duration::ZERO).await, sent);
    }
}

#[tokio::test]
async fn the_form_is_chosen_when_it_is_sent() {
    let ana = World::new();
    ana.says("yes").await.unwrap();
    let consent = ana.notifier().consent(&ana.key()).await.unwrap();
    let now = ana.clock.now();
    for (name, hours) in [("a", 1), ("b", 23), ("c", 24), ("d", 72)] {
        let notification = notification(name).or_say("It is 7.").at(now.after(HOUR * hours));
        ana.notifier().notify(&consent, notification).await.unwrap();
    }
    let (text, template) = ("text It is 7.", "template Your bank code is 7");
    assert_eq!(ana.after(HOUR).await, [text]);
    assert_eq!(ana.after(HOUR * 22).await, [text]);
    assert_eq!(ana.after(HOUR).await, [template]);
    ana.says("hi").await.unwrap();
    assert_eq!(ana.after(HOUR * 24).await, [""; 0]);
    assert_eq!(ana.after(HOUR * 24).await, [template]);
}

#[tokio::test]
async fn what_waits_is_not_sent_after_a_stop() {
    let ana = World::new();
    ana.says("yes").await.unwrap();
    let (notifier, key) = (ana.notifier(), ana.key());
    let consent = notifier.consent(&key).await.unwrap();
    let session = notifier.session(&key).await.unwrap();
    notifier.notify(&consent, notification("a").or_say("x")).await.unwrap();
    notifier.say(&session, "b", "psst").await.unwrap();
    assert!(ana.says("STOP").await.unwrap().starts_with("You will hear no more"));
    assert_eq!(ana.after(Duration::ZERO).await, [""; 0]);
    for refused in [
        notifier.notify(&consent, notification("c")).await,
        notifier.say(&session, "d", "psst").await,
        notifier.opts_in(&key, "form 1", OptIn::with("x")).await.map(|_| Said::Now),
    ] {
        assert!(matches!(refused, Err(Unsaid::Uninvited(Uninvited::Stopped))), "{refused:?}");
    }
    assert!(ana.says("start").await.unwrap().starts_with("Welcome back"));
    notifier.notify(&notifier.consent(&key).await.unwrap(), notification("e")).await.unwrap();
    assert_eq!(ana.after(Duration::ZERO).await.len(), 1);
}

#[tokio::test]
async fn an_opt_in_on_a_web_form_is_enough_for_a_template() {
    let ana = World::new();
    let (notifier, key) = (ana.notifier(), ana.key());
    let opt_in = OptIn::with("I agree to reminders by Corner Shop on WhatsApp").how("web form");
    let consent = notifier.opts_in(&key, "form 17", opt_in.clone()).await.unwrap();
    notifier.opts_in(&key, "form 17", opt_in).await.unwrap();
    notifier.notify(&consent, notification("a").or_say("free")).await.unwrap();
    assert_eq!(ana.after(Duration::ZERO).await, ["template Your bank code is 7"]);
    ana.is_uninvited(Uninvited::SessionClosed).await;
    notifier.stops(&key, "told us by phone").await.unwrap();
    ana.is_uninvited(Uninvited::Stopped).await;

    let mut csv = Vec::new();
    assert_eq!(notifier.export(Form::Csv, &mut csv).await.unwrap(), 2);
    assert_eq!(
        String::from_utf8(csv).unwrap(),
        "sender,contact,what,when,how,words\r\n\
         whatsapp:+14155238886,whatsapp:+15005550006,opt-in,2026-01-01T12:00:00.000Z,web form,\
         I agree to reminders by Corner Shop on WhatsApp\r\n\
         whatsapp:+14155238886,whatsapp:+15005550006,stop,2026-01-01T12:00:00.000Z,message,\
         told us by phone\r\n"
    );
    let mut lines = Vec::new();
    assert_eq!(notifier.export(Form::JsonLines, &mut lines).await.unwrap(), 2);
    let lines = String::from_utf8(lines).unwrap();
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["how"], &rows[1]["what"]), (&"web form".into(), &"stop".into()));
}

#[tokio::test]
async fn a_turn_plans_only_for_whom_has_opted_in_and_may_call_it_off() {
    let ana = World::new();
    let TurnError::Handler(refused) = ana.says("soon").await.unwrap_err() else { panic!() };
    assert_eq!(refused.downcast_ref(), Some(&Uninvited::NoConsent));
    for words in ["yes", "soon"] {
        ana.says(words).await.unwrap();
    }
    assert_eq!(ana.after(HOUR).await, [""; 0]);
    assert_eq!(ana.after(HOUR).await, ["text It is 42."]);
    ana.says("tomorrow").await.unwrap();
    assert_eq!(ana.after(HOUR * 48).await, ["template Your bank code is 42"]);
    assert_eq!(ana.after(HOUR * 480).await, [""; 0]);
    for words in ["tomorrow", "no"] {
        ana.says(words).await.unwrap();
    }
    assert_eq!(ana.after(HOUR * 480).await, [""; 0]);
    for words in ["tomorrow", "stop", "start"] {
        ana.says(words).await.unwrap();
    }
    assert_eq!(ana.after(HOUR * 480).await, [""; 0]);
}
