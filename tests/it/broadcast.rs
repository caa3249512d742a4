//! A broadcast: each contact once, whoever kills, pauses or repeats it, and nobody who has not asked.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    conversation::{
        Key, OptIn,
        clock::{Clock, Timestamp},
    },
    message::{Address, MessageSid, Template},
    outbound::{
        Broadcast, Courier, Event, Fault, Gateway, Letter, Line, Notifier, Progress, QuietHours,
        Rate, Rounds, Stage, Unsent,
    },
    store::Memory,
    testkit::RuntimeClock,
};
use futures_util::{StreamExt, stream};
use tokio::time::{sleep, timeout};

/// Counts what each person was told, and refuses one.
#[derive(Default)]
struct Office {
    told: Mutex<HashMap<String, Vec<String>>>,
    refused: Mutex<Option<Address>>,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let refused = self.refused.lock().unwrap().clone();
        if refused.is_some_and(|refused| letter.key.contact() == refused.as_str()) {
            return Err(Unsent::new(Fault::Refused, "nobody has this number"));
        }
        let mut told = self.told.lock().unwrap();
        let all: usize = told.values().map(Vec::len).sum();
        let text = letter.message.template.as_ref().unwrap().text().to_owned();
        told.entry(letter.key.contact().to_owned()).or_default().push(text);
        Ok(MessageSid::new(all as u128 + 1))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

fn sender() -> Address {
    "+14155238886".parse().unwrap()
}

fn contact(number: u64) -> Address {
    format!("+1500555{number:04}").parse().unwrap()
}

fn line(number: u64) -> Line {
    let sale = Template::new("sale", "Hello {{1}}, bread is at half price.").unwrap();
    Line::new(number, contact(number), sale.fill([number.to_string()]).unwrap())
}

/// A shop with this many contacts who have opted in.
struct Shop {
    store: Arc<Memory>,
    clock: Arc<dyn Clock>,
    office: Arc<Office>,
    contacts: u64,
}

impl Shop {
    async fn new(contacts: u64) -> Self {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(RuntimeClock::new()));
        let shop = Self { store, clock, office: Arc::default(), contacts };
        for number in 0..contacts {
            let key = Key::new(&sender(), &contact(number));
            shop.notifier().opts_in(&key, "form", OptIn::with("yes")).await.unwrap();
        }
        shop
    }

    fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(&self.store) as _, Arc::clone(&self.clock))
    }

    fn broadcast(&self, name: &str) -> Broadcast {
        let broadcast = Broadcast::new(name, sender(), self.notifier()).unwrap();
        broadcast.of(self.contacts)
    }

    /// A courier of another process, or of this one.
    fn courier(&self) -> Courier {
        let courier = Courier::new(
            Arc::clone(&self.store) as _,
            Arc::clone(&self.clock),
            Arc::clone(&self.office),
        );
        courier.rate(Rate::per_second(80))
    }

    fn sends(&self) -> Rounds {
        self.courier().run()
    }

    fn lines(&self) -> impl futures_util::Stream<Item = Line> + Send + use<> {
        stream::iter((0..self.contacts).map(line))
    }

    async fn tells(&self, broadcast: &Broadcast) -> Progress {
        broadcast.tell(self.lines(), drop).await.unwrap()
    }

    /// How many were told, and how often the one who was told most.
    fn told(&self) -> (usize, usize) {
        let told = self.office.told.lock().unwrap();
        (told.len(), told.values().map(Vec::len).max().unwrap_or(0))
    }
}

fn counts(progress: &Progress) -> [u64; 6] {
    let Progress { told, before, refused, failed, waiting, left, .. } = *progress;
    [told, before, refused, failed, waiting, left.unwrap()]
}

#[tokio::test(start_paused = true)]
async fn everybody_is_told_once_and_at_the_senders_rate() {
    let shop = Shop::new(2_000).await;
    let _rounds = shop.sends();
    let begin = shop.clock.now();
    let mut most = 0;
    let broadcast = shop.broadcast("sale");
    let hears = |event| {
        if let Event::Progress(progress) = event {
            most = most.max(progress.waiting);
            assert!(progress.per_second < 170.0, "{progress:?}");
        }
    };
    let progress = broadcast.tell(shop.lines(), hears).await.unwrap();
    assert_eq!((progress.stage, counts(&progress)), (Stage::Done, [2_000, 0, 0, 0, 0, 0]));
    assert_eq!(shop.told(), (2_000, 1));
    assert!(most <= 400, "{most} lay in the outbox");
    let took = shop.clock.now().since(begin);
    assert!(took > Duration::from_secs(24) && took < Duration::from_mins(1), "{took:?}");
    assert_eq!(broadcast.progress().await.unwrap(), Some(progress));
}

#[tokio::test(start_paused = true)]
async fn killed_again_and_again_and_repeated_days_later_it_tells_each_once() {
    let shop = Shop::new(1_000).await;
    let _rounds = shop.sends();
    for life in 1..12 {
        let broadcast = shop.broadcast("sale");
        let life = Duration::from_millis(157 * life);
        drop(timeout(life, shop.tells(&broadcast)).await);
    }
    let progress = shop.tells(&shop.broadcast("sale")).await;
    assert_eq!(progress.told + progress.before, 1_000);
    assert!(progress.told > 0 && progress.before > 0, "{progress:?}");
    assert_eq!(shop.told(), (1_000, 1));
    sleep(Duration::from_hours(3 * 24)).await;
    let again = shop.tells(&shop.broadcast("sale")).await;
    assert_eq!(counts(&again), [0, 1_000, 0, 0, 0, 0]);
    assert_eq!(shop.told(), (1_000, 1));
    shop.tells(&shop.broadcast("another")).await;
    assert_eq!(shop.told(), (1_000, 2));
}

#[tokio::test(start_paused = true)]
async fn two_runs_at_the_same_time_tell_each_once() {
    let shop = Shop::new(500).await;
    let _rounds = shop.sends();
    let (one, two) = (shop.broadcast("sale"), shop.broadcast("sale"));
    let (one, two) = tokio::join!(shop.tells(&one), shop.tells(&two));
    assert_eq!((one.seen(), two.seen()), (500, 500));
    assert_eq!(shop.told(), (500, 1));
}

#[tokio::test(start_paused = true)]
async fn who_has_not_opted_in_or_has_stopped_or_is_refused_is_named() {
    let mut shop = Shop::new(20).await;
    let stopped = Key::new(&sender(), &contact(7));
    shop.notifier().stops(&stopped, "told us by phone").await.unwrap();
    shop.contacts = 22;
    *shop.office.refused.lock().unwrap() = Some(contact(13));
    let broadcast = shop.broadcast("sale");
    let _rounds = shop.courier().tells_fates(broadcast.fates()).run();
    let mut said = Vec::new();
    let hears = |event| match event {
        Event::Refused(it) | Event::Failed(it) => said.push((it.line, it.contact, it.why)),
        _ => {}
    };
    let progress = broadcast.tell(shop.lines(), hears).await.unwrap();
    assert_eq!(counts(&progress), [18, 0, 3, 1, 0, 0]);
    said.sort_by_key(|(line, ..)| *line);
    let whys: Vec<_> = said.iter().map(|(line, to, why)| (*line, to.as_str(), &**why)).collect();
    let no = "the contact has not opted in; ask them, and keep the answer as an OptIn";
    let expected = [
        (7, "+15005550007", "the contact has said STOP; nothing is sent before they say START"),
        (13, "+15005550013", "Twilio refused the message; the log says why"),
        (20, "+15005550020", no),
        (21, "+15005550021", no),
    ];
    assert_eq!(whys, expected);
}

#[tokio::test(start_paused = true)]
async fn another_process_pauses_it_resumes_it_and_stops_it() {
    let shop = Shop::new(1_000).await;
    let _rounds = shop.sends();
    let (broadcast, elsewhere) = (shop.broadcast("sale"), shop.broadcast("sale"));
    let broadcast = broadcast.in_outbox(50);
    let control = async {
        sleep(Duration::from_secs(2)).await;
        elsewhere.pause().await.unwrap();
        sleep(Duration::from_secs(5)).await;
        let paused = elsewhere.progress().await.unwrap().unwrap();
        assert_eq!((paused.stage, paused.waiting), (Stage::Paused, 0));
        let told = shop.told().0;
        assert!((80..400).contains(&told), "{told}");
        sleep(Duration::from_mins(5)).await;
        assert_eq!(shop.told().0, told);
        elsewhere.resume().await.unwrap();
        sleep(Duration::from_secs(3)).await;
        assert!(shop.told().0 > told);
        elsewhere.stop().await.unwrap();
    };
    let (stopped, ()) = tokio::join!(shop.tells(&broadcast), control);
    assert_eq!(stopped.stage, Stage::Stopped);
    assert!(stopped.left.unwrap() > 300, "{stopped:?}");
    let told = shop.told().0;
    assert_eq!(shop.tells(&broadcast).await.stage, Stage::Stopped, "it stays so");
    assert_eq!(shop.told().0, told);
    broadcast.resume().await.unwrap();
    assert_eq!(shop.tells(&broadcast).await.stage, Stage::Done);
    assert_eq!(shop.told(), (1_000, 1));
}

#[tokio::test(start_paused = true)]
async fn who_has_quiet_hours_is_told_in_the_morning_and_the_others_at_once() {
    let shop = Shop::new(100).await;
    let _rounds = shop.sends();
    // It is noon; with the even ones it is night.
    let quiet: QuietHours = "21:00-08:00 +12:00".parse().unwrap();
    let is_odd = |key: &Key| key.contact().ends_with(['1', '3', '5', '7', '9']);
    let quiet = quiet.offset_of(move |key| is_odd(key).then(Default::default));
    let broadcast = shop.broadcast("sale").quiet_hours(quiet);
    let mut stages = Vec::new();
    let hears = |event| {
        if let Event::Progress(progress) = event {
            stages.push((progress.stage, progress.told));
        }
    };
    let begin = shop.clock.now();
    let looks = async {
        sleep(Duration::from_mins(1)).await;
        assert_eq!(shop.told().0, 50);
    };
    let (done, ()) = tokio::join!(broadcast.tell(shop.lines(), hears), looks);
    assert_eq!(counts(&done.unwrap()), [100, 0, 0, 0, 0, 0]);
    assert_eq!(shop.told(), (100, 1));
    assert!(stages.contains(&(Stage::Quiet, 50)), "{stages:?}");
    assert_eq!(shop.clock.now().since(begin).as_secs() / 3_600, 8);
}

#[tokio::test(start_paused = true)]
async fn a_program_hears_of_it_as_a_stream_of_json() {
    let shop = Shop::new(3).await;
    let _rounds = shop.sends();
    let events = shop.broadcast("sale").events(shop.lines());
    let events: Vec<_> =
        events.map(|event| serde_json::to_value(event.unwrap()).unwrap()).collect().await;
    let (first, last) = (&events[0], events.last().unwrap());
    assert_eq!((&first["event"], &first["stage"]), (&"progress".into(), &"running".into()));
    assert_eq!(
        (&last["stage"], &last["told"], &last["left"]),
        (&"done".into(), &3.into(), &0.into())
    );
    assert_eq!(last["name"], "sale");
}

#[test]
fn what_names_no_broadcast_is_refused() {
    let notifier =
        Notifier::new(Arc::new(Memory::new()), Arc::new(chinwag::conversation::clock::SystemClock));
    for name in ["", "two words", "a:b", "größer", &"x".repeat(65)] {
        let refused = Broadcast::new(name, sender(), notifier.clone()).unwrap_err();
        assert!(refused.to_string().contains("names no broadcast"), "{refused}");
    }
}
