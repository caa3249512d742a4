//! The courier that is killed: notifications from an outbox to the simulator.

use std::{
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chinwag::{
    Bot,
    conversation::{
        Key,
        clock::{Clock, SystemClock, Timestamp},
    },
    message::{AccountSid, Address, Inbound, MessageSid, Outbound},
    outbound::{Courier, Rate},
    rest::Client,
    store::{self, LEASE, Parcel, ParcelId, Store, TurnId},
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::office::{self, Office};

/// With this argument the program is the courier.
pub(crate) const COMMAND: &str = "send";
pub(crate) const SENDER: &str = "whatsapp:+14155238886";
pub(crate) const ACCOUNT: AccountSid = AccountSid::new(1);

/// Messages to each person, in order.
const EACH: u32 = 5;
/// Notifications if nothing else is said; so many that the store moves their sids once.
const FEW: u32 = 5_000;
/// Each courier sends its share; but so long it lives at most, for what the one before had in hand
/// waits for a while.
const LIFE: Duration = Duration::from_secs(5);
/// How long all may take in the end.
const PATIENCE: Duration = Duration::from_mins(5);

pub(crate) fn contact(person: u32) -> String {
    format!("whatsapp:+1500{person:07}")
}

/// One of the sandbox's templates, which arrives also where nobody has written before.
pub(crate) fn words(number: u32) -> String {
    format!("Your order code is {number}")
}

/// Sends from the store at this URL to the office at this address until it is killed.
pub(crate) async fn send(url: &str, office: &str) -> ExitCode {
    let store = match store::open(url).await {
        Ok(store) => store,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let client = Client::new(office::account(office)).expect("the address is one");
    let _rounds = Courier::new(store, Arc::new(SystemClock), client).rate(Rate::UNLIMITED).run();
    std::future::pending().await
}

/// A process that sends. Dropping it kills it, as nothing but `kill -9` does.
struct Sender(Child);

impl Sender {
    fn start(url: &str, office: &str) -> Self {
        let program = std::env::current_exe().expect("the program knows its path");
        let mut command = Command::new(program);
        command.args([COMMAND, url, office]).stdin(Stdio::null());
        Self(command.spawn().expect("the program can be started again"))
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.kill().expect("the courier can be killed");
        self.0.wait().expect("a killed courier ends");
    }
}

/// Whether each notification is sent once, and in order, however often couriers are killed.
pub(crate) async fn arrives(name: &str, url: &str, kills: u32) -> bool {
    let all =
        std::env::var("CHINWAG_NOTIFICATIONS").map_or(FEW, |all| all.parse().expect("a number"));
    let people = all / EACH;
    let store = store::open(url).await.expect("the store is there");
    post_all(&store, people).await;
    let office = Office::open(people).await;
    let address = office.address();
    for number in 1..=kills {
        let sender = Sender::start(url, &address);
        let share = u64::from(people * EACH) * u64::from(number) / u64::from(kills + 1);
        let began = Instant::now();
        while office.count.load(Ordering::SeqCst) < share && began.elapsed() < LIFE {
            sleep(Duration::from_millis(5)).await;
        }
        drop(sender);
    }
    let killed_at = office.count.load(Ordering::SeqCst);
    let last = Sender::start(url, &address);
    let began = Instant::now();
    while office.count.load(Ordering::SeqCst) < u64::from(people * EACH)
        && began.elapsed() < PATIENCE
    {
        sleep(Duration::from_millis(100)).await;
    }
    // Whatever would be sent twice is sent within two leases.
    sleep(LEASE * 2).await;
    drop(last);
    let left = store.claim(SystemClock.now().after(LEASE), 10).await;
    let looks = office.looks.load(Ordering::SeqCst);
    let mut wrong = office.wrong(&*store, people, EACH).await;
    if !left.as_ref().is_ok_and(Vec::is_empty) {
        wrong.push(format!("the outbox is not empty: {left:?}"));
    }
    if kills > 0 && looks == 0 {
        wrong.push("nothing was looked up: no kill has hit a courier at work".to_owned());
    }
    println!(
        "{name}: {kills} kills of the courier, {} notifications, {} taken, {killed_at} of them \
         before the last, {looks} looked up, {} wrong",
        people * EACH,
        office.count.load(Ordering::SeqCst),
        wrong.len()
    );
    for error in wrong.iter().take(5) {
        eprintln!("  {error}");
    }
    wrong.is_empty()
}

/// Everybody has written, and is told something some times.
async fn post_all(store: &Arc<dyn Store>, people: u32) {
    let bot = Bot::new(()).store(Arc::clone(store)).otherwise(async || "Hello!").prepared();
    let sender: Address = SENDER.parse().expect("it is an address");
    let now = SystemClock.now();
    let people = stream::iter(0..people).for_each_concurrent(64, |person| {
        let (bot, sender) = (&bot, &sender);
        async move {
            let contact: Address = contact(person).parse().expect("it is an address");
            let sid = MessageSid::new(u128::from(person) + 1);
            let hi = Inbound::new(sid, contact.clone(), sender.clone(), "hi".into());
            drop(bot.receive(hi).await.expect("the bot answers"));
            let parcels = parcels(&Key::new(sender, &contact), now);
            store.post(&parcels).await.expect("the store takes them");
        }
    });
    people.await;
}

fn parcels(key: &Key, now: Timestamp) -> Vec<Parcel> {
    let parcel = |number| {
        let body = serde_json::to_vec(&Outbound::text(words(number))).expect("it is JSON");
        let id = ParcelId::of(TurnId::timer(key, now), number);
        Parcel { id, key: key.clone(), due: now, body: body.into() }
    };
    (0..EACH).map(parcel).collect()
}
