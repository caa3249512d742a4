//! The courier among failures: nothing lost, nothing doubled where it could be known, in order.

use std::{
    collections::HashMap,
    fmt,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    Bot,
    conversation::{
        Key,
        clock::{Clock, ManualClock, Timestamp},
    },
    message::{Address, Inbound, MessageSid, Outbound},
    outbound::{Courier, Fault, Gateway, Letter, Rate, Rounds, Unsent},
    store::{Memory, Parcel, ParcelId, Store, TurnId},
};
use tokio::time::{Instant, sleep};

/// The runtime's own clock, which stands still unless all tasks wait.
#[derive(Debug, Clone)]
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        ManualClock::default().now().after(self.0.elapsed())
    }
}

/// What an office does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    Away,
    Busy,
    /// It takes the message, and the answer is lost.
    Mute,
    /// It loses message and answer.
    Deaf,
    /// It takes the message and never answers.
    Stuck,
    /// It neither takes it nor answers.
    Asleep,
    Panics,
}

/// Takes messages, more or less.
struct Office {
    mood: Box<dyn Fn(u64) -> Mood + Send + Sync>,
    clock: Arc<dyn Clock>,
    taken: Mutex<Vec<Taken>>,
    calls: Mutex<u64>,
}

#[derive(Debug, Clone)]
struct Taken {
    key: Key,
    body: String,
    sid: MessageSid,
    at: Timestamp,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Office")
    }
}

impl Office {
    fn new(clock: Arc<dyn Clock>, mood: impl Fn(u64) -> Mood + Send + Sync + 'static) -> Arc<Self> {
        let mood = Box::new(mood);
        Arc::new(Self { mood, clock, taken: Mutex::default(), calls: Mutex::default() })
    }

    fn mood(&self) -> Mood {
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        (self.mood)(*calls)
    }

    fn take(&self, letter: &Letter<'_>) -> MessageSid {
        let mut taken = self.taken.lock().unwrap();
        let sid = MessageSid::new(taken.len() as u128 + 1);
        let (key, body) = (letter.key.clone(), letter.message.body.clone());
        taken.push(Taken { key, body, sid, at: self.clock.now() });
        sid
    }

    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }
}

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        match self.mood() {
            Mood::Good => Ok(self.take(letter)),
            Mood::Away => Err(Unsent::new(Fault::NotSent, "nobody is there")),
            Mood::Busy => {
                let busy = Unsent::new(Fault::NotSent, "too many at once");
                Err(busy.after(Duration::from_secs(20)))
            }
            Mood::Mute => {
                self.take(letter);
                Err(Unsent::new(Fault::Unknown, "the answer is lost"))
            }
            Mood::Deaf => Err(Unsent::new(Fault::Unknown, "the answer is lost")),
            Mood::Stuck => {
                self.take(letter);
                pending().await
            }
            Mood::Asleep => pending().await,
            Mood::Panics => panic!("as it was asked to"),
        }
    }

    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        match self.mood() {
            Mood::Away => Err(Unsent::new(Fault::NotSent, "nobody is there")),
            Mood::Asleep => pending().await,
            _ => {
                let is_same = |one: &&Taken| {
                    one.key == *letter.key && one.body == letter.message.body && one.at >= since
                };
                Ok(self.taken().iter().filter(is_same).map(|one| one.sid).collect())
            }
        }
    }
}

fn key(number: usize) -> Key {
    let sender = "+14155238886".parse().unwrap();
    Key::new(&sender, &format!("+1500555{number:04}").parse().unwrap())
}

fn parcel(key: &Key, number: u32, body: &str, due: Timestamp) -> Parcel {
    let id = ParcelId::of(TurnId::timer(key, due), number);
    let body = serde_json::to_vec(&Outbound::text(body)).unwrap().into();
    Parcel { id, key: key.clone(), due, body }
}

const CONVERSATIONS: usize = 50;
const EACH: u32 = 20;

/// What the parcel with this number says.
type Words = fn(u32) -> String;

/// An outbox of 1,000 parcels, and an office of bad moods.
async fn crowd(seed: u64, words: Words) -> (Arc<Memory>, Arc<dyn Clock>, Arc<Office>) {
    let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
    let store = Arc::new(Memory::new());
    for number in 0..EACH {
        for conversation in 0..CONVERSATIONS {
            let key = key(conversation);
            store.post(&[parcel(&key, number, &words(number), clock.now())]).await.unwrap();
        }
    }
    let office = Office::new(Arc::clone(&clock), move |call| {
        let dice = (seed.wrapping_mul(0x9e37_79b9) ^ call).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        match (dice >> 32) % 100 {
            0..10 => Mood::Away,
            10..15 => Mood::Busy,
            15..25 => Mood::Mute,
            25..30 => Mood::Deaf,
            30..34 => Mood::Stuck,
            34..38 => Mood::Asleep,
            38..40 => Mood::Panics,
            _ => Mood::Good,
        }
    });
    (store, clock, office)
}

fn start(store: &Arc<Memory>, clock: &Arc<dyn Clock>, office: &Arc<Office>) -> Rounds {
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    Courier::new(store, Arc::clone(clock), Arc::clone(office)).run()
}

/// Waits until all is sent, and a while longer.
async fn all_sent(office: &Office) {
    let all = CONVERSATIONS * EACH as usize;
    while office.taken().len() < all {
        sleep(Duration::from_secs(1)).await;
    }
    sleep(Duration::from_mins(30)).await;
}

/// Each conversation has each text once, in order.
fn check(office: &Office, words: Words) {
    let mut heard: HashMap<Key, Vec<String>> = HashMap::new();
    for taken in office.taken() {
        heard.entry(taken.key).or_default().push(taken.body);
    }
    let expected: Vec<_> = (0..EACH).map(words).collect();
    for number in 0..CONVERSATIONS {
        assert_eq!(heard[&key(number)], expected, "conversation {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn through_all_faults_each_parcel_is_sent_once_and_in_order() {
    // Each text comes twice in a row: a twin must not be mistaken for what is looked for.
    let words: Words = |number| (number / 2).to_string();
    for seed in 0..3 {
        let (store, clock, office) = crowd(seed, words).await;
        let rounds = start(&store, &clock, &office);
        all_sent(&office).await;
        check(&office, words);
        drop(rounds);
    }
}

#[tokio::test(start_paused = true)]
async fn couriers_that_share_an_outbox_and_die_send_each_parcel_once() {
    let words: Words = |number| number.to_string();
    for seed in 10..13 {
        let (store, clock, office) = crowd(seed, words).await;
        let _steady = start(&store, &clock, &office);
        for life in 0..20 {
            let mortal = start(&store, &clock, &office);
            sleep(Duration::from_millis(900 + 731 * life)).await;
            drop(mortal);
        }
        all_sent(&office).await;
        check(&office, words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_hangs_holds_up_no_other() {
    let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
    let store = Arc::new(Memory::new());
    let office =
        Office::new(Arc::clone(&clock), |call| if call == 1 { Mood::Asleep } else { Mood::Good });
    let begin = clock.now();
    store.post(&[parcel(&key(0), 0, "slow", begin)]).await.unwrap();
    let _rounds = start(&store, &clock, &office);
    sleep(Duration::from_secs(2)).await;
    for number in 1..=5 {
        store.post(&[parcel(&key(1), number, "fast", begin)]).await.unwrap();
    }
    sleep(Duration::from_secs(2)).await;
    assert_eq!(office.taken().len(), 5);
    sleep(Duration::from_mins(1)).await;
    let slow = office.taken().pop().unwrap();
    assert_eq!(slow.body, "slow");
    assert!(slow.at.since(begin) > Duration::from_secs(30));
}

#[tokio::test]
async fn nothing_free_form_leaves_outside_of_the_session() {
    let (clock, store) = (Arc::new(ManualClock::default()), Arc::new(Memory::new()));
    let office = Office::new(Arc::new(Arc::clone(&clock)), |_| Mood::Good);
    let bot = Bot::new(()).otherwise(async || "Hello!");
    let bot = bot.store(Arc::clone(&store)).clock(Arc::clone(&clock));
    let [us, ana, ben]: [Address; 3] =
        ["whatsapp:+14155238886", "whatsapp:+15005550006", "whatsapp:+15005550007"]
            .map(|address| address.parse().unwrap());
    let hi = Inbound::new(MessageSid::new(1), ana.clone(), us.clone(), "hi".into());
    drop(bot.receive(hi).await.unwrap());
    let dynamic: Arc<dyn Store> = Arc::clone(&store) as _;
    let courier = Courier::new(dynamic, Arc::new(Arc::clone(&clock)), Arc::clone(&office));
    let courier = courier.margin(Duration::ZERO);
    let (ana, ben) = (Key::new(&us, &ana), Key::new(&us, &ben));
    let day = Duration::from_hours(24);
    let mut number = 0;
    for (wait, said) in [
        (Duration::ZERO, true),
        (Duration::from_secs(24 * 3600 - 1), true),
        (Duration::from_millis(999), true),
        (Duration::from_millis(1), false),
        (day, false),
    ] {
        clock.advance(wait);
        let before = office.taken().len();
        number += 1;
        let now = clock.now();
        let both = [parcel(&ana, number, "psst", now), parcel(&ben, number, "psst", now)];
        store.post(&both).await.unwrap();
        assert_eq!(courier.round().await.unwrap(), 2);
        assert_eq!(office.taken().len() - before, usize::from(said), "after {wait:?}");
        assert_eq!(courier.round().await.unwrap(), 0, "both are settled");
    }
    assert!(office.taken().iter().all(|taken| taken.key == ana));
}

/// Our two senders: the key of the first one's conversation with this number, or the second one's.
fn of_sender(sender: &str, number: usize) -> Key {
    Key::new(&sender.parse().unwrap(), &format!("+1500555{number:04}").parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_sender_keeps_its_rate_and_holds_no_other_up() {
    let (busy, calm) = ("+14155238886", "+14155238887");
    let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
    let store = Arc::new(Memory::new());
    let office = Office::new(Arc::clone(&clock), |_| Mood::Good);
    let begin = clock.now();
    for number in 0..1_000 {
        store.post(&[parcel(&of_sender(busy, number), 0, "news", begin)]).await.unwrap();
    }
    let dynamic: Arc<dyn Store> = Arc::clone(&store) as _;
    let courier = Courier::new(dynamic, Arc::clone(&clock), Arc::clone(&office));
    let _rounds = courier.rate(Rate::per_second(40)).run();
    sleep(Duration::from_secs(5)).await;
    for number in 0..10 {
        store.post(&[parcel(&of_sender(calm, number), 1, "reply", clock.now())]).await.unwrap();
    }
    sleep(Duration::from_secs(30)).await;
    let taken = office.taken();
    assert_eq!(taken.len(), 1_010);
    let latest = taken.iter().filter(|one| one.key.sender() == calm).map(|one| one.at).max();
    assert!(latest.unwrap().since(begin) < Duration::from_millis(6_600), "{latest:?}");
    let moments: Vec<_> =
        taken.iter().filter(|one| one.key.sender() == busy).map(|one| one.at).collect();
    let most = moments.iter().map(|from| {
        let second = from.after(Duration::from_secs(1));
        moments.iter().filter(|at| *at >= from && **at < second).count()
    });
    assert!(most.max().unwrap() <= 45);
    let took = moments.last().unwrap().since(begin);
    assert!(took < Duration::from_secs(28), "1,000 at 40 a second took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_is_told_to_wait_rests_and_another_does_not() {
    let (busy, calm) = ("+14155238886", "+14155238887");
    let clock: Arc<dyn Clock> = Arc::new(Virtual(Instant::now()));
    let store = Arc::new(Memory::new());
    let office =
        Office::new(Arc::clone(&clock), |call| if call == 1 { Mood::Busy } else { Mood::Good });
    let begin = clock.now();
    store.post(&[parcel(&of_sender(busy, 0), 0, "one", begin)]).await.unwrap();
    let _rounds = start(&store, &clock, &office);
    sleep(Duration::from_secs(2)).await;
    store.post(&[parcel(&of_sender(busy, 1), 0, "two", begin)]).await.unwrap();
    store.post(&[parcel(&of_sender(calm, 0), 0, "three", begin)]).await.unwrap();
    sleep(Duration::from_secs(40)).await;
    let waited = |words: &str| {
        let taken = office.taken().into_iter().find(|one| one.body == words).unwrap();
        taken.at.since(begin).as_secs()
    };
    assert!(waited("three") < 4);
    assert!((19..25).contains(&waited("two")), "{}", waited("two"));
    assert!((20..27).contains(&waited("one")), "{}", waited("one"));
}
