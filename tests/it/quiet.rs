//! Quiet hours: notifications wait for the morning, and nothing else does.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    Bot,
    conversation::{
        Key, OptIn,
        clock::{Clock, ManualClock, Timestamp},
    },
    dispatch::Later,
    message::{Filled, Inbound, InvalidValues, MessageSid, Outbound, Templates},
    outbound::{Courier, Fault, Gateway, Letter, Notification, Notifier, QuietHours, Unsent},
    store::Memory,
    text,
};

const HOUR: Duration = Duration::from_hours(1);

/// What has left, and whether the line is dead.
#[derive(Debug, Default)]
struct Wire {
    sent: Mutex<Vec<String>>,
    is_dead: AtomicBool,
}

#[async_trait]
impl Gateway for Wire {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(Unsent::new(Fault::NotSent, "the line is dead"));
        }
        let mut sent = self.sent.lock().unwrap();
        let template = letter.message.template.as_ref().map(|template| template.text().to_owned());
        sent.push(template.unwrap_or_else(|| letter.message.body.clone()));
        Ok(MessageSid::new(sent.len() as u128))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

fn code(value: &str) -> Result<Filled, InvalidValues> {
    Templates::sandbox().get("code").unwrap().fill(["bank", value])
}

/// Ana, who has opted in at noon of a day in UTC.
struct World {
    bot: Bot,
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    wire: Arc<Wire>,
    courier: Courier,
    noon: Timestamp,
}

impl World {
    async fn new(quiet: QuietHours) -> Self {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let bot = Bot::new(())
            .on(text("yes"), async || ("Good.", OptIn::with("yes, please")))
            .on(text("remind me"), async |now: Timestamp| -> chinwag::Result<_> {
                let reminder = Later::at(now.after(HOUR * 2), "reminder", code("1"))?;
                Ok(("I will.", reminder.or_say("It is 1.")))
            })
            .on(text("code"), async |now: Timestamp| -> chinwag::Result<_> {
                let code = Later::at(now, "code", code("2"))?;
                Ok(("Here it is.", code.at_any_hour()))
            });
        let bot = bot.store(Arc::clone(&store)).clock(Arc::clone(&clock));
        let wire = Arc::new(Wire::default());
        let courier =
            Courier::new(Arc::clone(&store) as _, Arc::clone(&clock) as _, Arc::clone(&wire));
        let courier = courier.quiet_hours(quiet);
        let noon = clock.now();
        let ana = Self { bot, store, clock, wire, courier, noon };
        ana.says("yes").await;
        ana
    }

    fn message(&self, words: &str) -> Inbound {
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        let [from, to] = [from, to].map(|address| address.parse().unwrap());
        let sid = MessageSid::new(self.clock.now().as_millis().unsigned_abs().into());
        Inbound::new(sid, from, to, words.into())
    }

    async fn says(&self, words: &str) {
        self.clock.advance(Duration::from_millis(1));
        drop(self.bot.receive(self.message(words)).await.unwrap());
    }

    fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(&self.store) as _, Arc::clone(&self.clock) as _)
    }

    async fn notify(&self, name: &str) {
        let key = Key::of(&self.message(""));
        let consent = self.notifier().consent(&key).await.unwrap();
        let notification = Notification::new(name, code(name)).unwrap();
        self.notifier().notify(&consent, notification).await.unwrap();
    }

    /// What has left since, when it is this hour after the first midnight.
    async fn at(&self, hour: u64) -> Vec<String> {
        let until = self.noon.after(HOUR * u32::try_from(hour - 12).unwrap());
        self.clock.advance(until.since(self.clock.now()));
        while self.bot.ring().await.unwrap() > 0 {}
        while self.courier.round().await.unwrap() > 0 {}
        std::mem::take(&mut *self.wire.sent.lock().unwrap())
    }
}

fn nights() -> QuietHours {
    "21:00-08:00".parse().unwrap()
}

#[tokio::test]
async fn a_notification_waits_for_the_morning_and_a_reply_behind_it_does_not() {
    let ana = World::new(nights()).await;
    ana.notify("a").await;
    assert_eq!(ana.at(20).await, ["Your bank code is a"]);
    ana.at(22).await;
    ana.notify("b").await;
    ana.notify("c").await;
    assert_eq!(ana.at(22).await, [""; 0]);
    ana.says("yes").await;
    let key = Key::of(&ana.message(""));
    let session = ana.notifier().session(&key).await.unwrap();
    ana.notifier().say(&session, "late", Outbound::text("a late answer")).await.unwrap();
    assert_eq!(ana.at(23).await, ["a late answer"]);
    assert_eq!(ana.at(31).await, [""; 0]);
    assert_eq!(ana.at(32).await, ["Your bank code is b", "Your bank code is c"]);
    assert_eq!(ana.at(60).await, [""; 0]);
}

#[tokio::test]
async fn a_try_that_slides_into_the_night_is_made_in_the_morning() {
    let ana = World::new(nights()).await;
    ana.at(20).await;
    ana.wire.is_dead.store(true, Ordering::SeqCst);
    ana.notify("a").await;
    assert_eq!(ana.at(20).await, [""; 0]);
    ana.wire.is_dead.store(false, Ordering::SeqCst);
    for hour in [21, 22, 31] {
        assert_eq!(ana.at(hour).await, [""; 0], "at {hour}");
    }
    assert_eq!(ana.at(32).await, ["Your bank code is a"]);
}

#[tokio::test]
async fn a_timer_that_rings_at_night_speaks_by_day_unless_it_may_at_any_hour() {
    let ana = World::new(nights()).await;
    ana.at(20).await;
    ana.says("remind me").await;
    assert_eq!(ana.at(23).await, [""; 0]);
    ana.says("code").await;
    assert_eq!(ana.at(23).await, ["Your bank code is 2"]);
    assert_eq!(ana.at(32).await, ["It is 1."]);
}

#[tokio::test]
async fn the_hours_are_the_contacts_own() {
    let ana = World::new("21:00-08:00 +10:00".parse().unwrap()).await;
    ana.notify("a").await;
    assert_eq!(ana.at(13).await, [""; 0], "it is 23:00 there");
    assert_eq!(ana.at(22).await, ["Your bank code is a"]);
}

#[tokio::test]
async fn who_says_stop_in_the_night_is_told_nothing_in_the_morning() {
    let ana = World::new(nights()).await;
    ana.at(22).await;
    ana.notify("a").await;
    assert_eq!(ana.at(22).await, [""; 0]);
    ana.says("stop").await;
    assert_eq!(ana.at(40).await, [""; 0]);
}
