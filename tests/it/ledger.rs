//! What became of messages: the template when the session closed on the way, waiting, asking.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    Bot,
    conversation::{
        Key, OptIn,
        clock::{ManualClock, Timestamp},
    },
    message::{ErrorCode, Inbound, MessageSid, Status, StatusUpdate, Templates},
    outbound::{Courier, Gateway, Ledger, Letter, NotReached, Notification, Notifier, Unsent},
    store::{Delivery, Memory, QUIET, Store},
};
use tokio::time::{Instant, sleep};

/// An office that takes everything, and what it says when it is asked.
#[derive(Debug, Default)]
struct Office {
    taken: Mutex<Vec<String>>,
    says: Mutex<HashMap<MessageSid, (Status, Option<ErrorCode>)>>,
}

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let mut taken = self.taken.lock().unwrap();
        taken.push(match &letter.message.template {
            Some(template) => template.text().to_owned(),
            None => letter.message.body.clone(),
        });
        Ok(MessageSid::new(taken.len() as u128))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }

    async fn look(&self, sid: MessageSid) -> Result<Option<(Status, Option<ErrorCode>)>, Unsent> {
        Ok(self.says.lock().unwrap().get(&sid).cloned())
    }
}

/// Ana, who has opted in, and the way to her.
struct World {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    office: Arc<Office>,
    courier: Courier,
    ledger: Ledger,
    key: Key,
}

impl World {
    async fn new() -> Self {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let store: Arc<dyn Store> = store;
        let bot = Bot::new(()).otherwise(async || ("Good.", OptIn::with("yes, please")));
        let bot = bot.store(Arc::clone(&store)).clock(Arc::clone(&clock));
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        let [from, to] = [from, to].map(|address| address.parse().unwrap());
        let hi = Inbound::new(MessageSid::new(99), from, to, "yes".into());
        let key = Key::of(&hi);
        drop(bot.receive(hi).await.unwrap());
        let office = Arc::new(Office::default());
        let (time, way) = (Arc::clone(&clock), Arc::clone(&office));
        let courier = Courier::new(Arc::clone(&store), time, way);
        let ledger = Ledger::new(Arc::clone(&store), Arc::clone(&clock) as _);
        Self { store, clock, office, courier, ledger, key }
    }

    /// Sends a notification, free-form if that may be; what it is called.
    async fn notifies(&self, name: &str, words: Option<&str>) -> MessageSid {
        let template = Templates::sandbox().get("code").unwrap().fill(["bank", "7"]).unwrap();
        let notification = Notification::new(name, template).unwrap();
        let notification = match words {
            Some(words) => notification.or_say(words),
            None => notification,
        };
        let notifier = Notifier::new(Arc::clone(&self.store), Arc::clone(&self.clock) as _);
        let consent = notifier.consent(&self.key).await.unwrap();
        notifier.notify(&consent, notification).await.unwrap();
        assert_eq!(self.courier.round().await.unwrap(), 1);
        MessageSid::new(self.office.taken.lock().unwrap().len() as u128)
    }

    async fn hears(&self, sid: MessageSid, status: Status, error: Option<u32>) -> Delivery {
        let mut update = StatusUpdate::new(sid, status);
        update.error = error.map(ErrorCode);
        self.ledger.report(&update).await.unwrap().unwrap()
    }

    async fn sends(&self) -> usize {
        let before = self.office.taken.lock().unwrap().len();
        while self.courier.round().await.unwrap() > 0 {}
        self.office.taken.lock().unwrap().len() - before
    }
}

#[tokio::test]
async fn a_session_that_closed_on_the_way_brings_the_template_once() {
    let world = World::new().await;
    let sid = world.notifies("a", Some("It is 7.")).await;
    assert_eq!(world.sends().await, 0);
    world.hears(sid, Status::Sent, None).await;
    assert_eq!(world.sends().await, 0);
    let failed = world.hears(sid, Status::Failed, Some(63016)).await;
    assert_eq!(world.sends().await, 1);
    for status in [Status::Failed, Status::Undelivered, Status::Failed] {
        world.hears(sid, status, Some(63016)).await;
        assert_eq!(world.sends().await, 0);
    }
    assert_eq!(*world.office.taken.lock().unwrap(), ["It is 7.", "Your bank code is 7"]);
    let template = MessageSid::new(2);
    let delivery = world.ledger.delivery(template).await.unwrap().unwrap();
    assert_eq!(delivery.parcel, failed.replacement());
    // A template that fails like this is not sent again.
    world.hears(template, Status::Failed, Some(63016)).await;
    assert_eq!(world.sends().await, 0);
}

#[tokio::test]
async fn other_failures_and_other_messages_bring_no_template() {
    let world = World::new().await;
    let sid = world.notifies("a", Some("It is 7.")).await;
    world.hears(sid, Status::Failed, Some(63024)).await;
    let sid = world.notifies("b", None).await;
    world.hears(sid, Status::Failed, Some(63016)).await;
    assert_eq!(world.sends().await, 0);
}

#[tokio::test(start_paused = true)]
async fn who_waits_hears_how_far_a_message_has_got() {
    let world = World::new().await;
    let sid = world.notifies("a", None).await;
    let (hour, begin) = (Duration::from_hours(1), Instant::now());
    let ledger = world.ledger.clone();
    let waits = tokio::spawn(async move { ledger.reaches(sid, Status::Delivered, hour).await });
    sleep(Duration::from_mins(1)).await;
    world.hears(sid, Status::Sent, None).await;
    let early = world.ledger.reaches(sid, Status::Delivered, Duration::from_secs(9)).await;
    let Err(NotReached::NotYet(Some(delivery))) = early else { panic!("{early:?}") };
    assert_eq!(delivery.status, Status::Sent);
    world.hears(sid, Status::Read, None).await;
    assert_eq!(waits.await.unwrap().unwrap().status, Status::Read);
    assert!(begin.elapsed() < Duration::from_secs(75), "{:?}", begin.elapsed());

    let sid = world.notifies("b", None).await;
    world.hears(sid, Status::Undelivered, Some(63024)).await;
    let ended = world.ledger.reaches(sid, Status::Delivered, hour).await;
    let Err(NotReached::Ended(delivery)) = ended else { panic!("{ended:?}") };
    assert_eq!(delivery.error, Some(ErrorCode(63024)));
    assert!(world.ledger.reaches(sid, Status::Undelivered, hour).await.is_ok());
    let unknown = world.ledger.reaches(MessageSid::new(7), Status::Sent, hour).await;
    assert!(matches!(unknown, Err(NotReached::NotYet(None))), "{unknown:?}");
}

#[tokio::test]
async fn what_nobody_called_about_is_asked_for_and_told() {
    let world = World::new().await;
    let heard: Arc<Mutex<Vec<Delivery>>> = Arc::default();
    let hears = {
        let heard = Arc::clone(&heard);
        move |delivery| {
            heard.lock().unwrap().push(delivery);
            async {}
        }
    };
    let (store, clock) = (Arc::clone(&world.store), Arc::clone(&world.clock));
    let asks = Courier::new(store, clock, Arc::clone(&world.office)).tells(hears);
    let mut sids = Vec::new();
    for name in ["a", "b", "c"] {
        sids.push(world.notifies(name, Some("It is 7.")).await);
    }
    world.hears(sids[0], Status::Delivered, None).await;
    let says = [(sids[1], (Status::Failed, Some(ErrorCode(63016))))];
    world.office.says.lock().unwrap().extend(says);
    assert_eq!(asks.catch_up().await.unwrap(), 0, "it is too early");
    world.clock.advance(QUIET);
    assert_eq!(asks.catch_up().await.unwrap(), 1);
    assert_eq!(asks.catch_up().await.unwrap(), 0);
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    assert_eq!(heard.iter().map(|it| it.sid).collect::<Vec<_>>(), [sids[1]]);
    assert_eq!(world.sends().await, 1, "the template, as the session was closed");
}
