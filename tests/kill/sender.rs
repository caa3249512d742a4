//! The courier that is killed: notifications from an outbox, to an office that judges.

use std::{
    process::{Child, Command, ExitCode, Stdio},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chinwag::{
    conversation::{
        Key,
        clock::{Clock, SystemClock},
    },
    message::{AccountSid, Outbound},
    outbound::{Courier, Rate},
    rest::{Account, Client},
    store::{self, LEASE, Parcel, ParcelId, Store, TurnId},
};
use tokio::time::{Instant, sleep};

use crate::office::Office;

/// With this argument the program is the courier.
pub(crate) const COMMAND: &str = "send";
pub(crate) const SENDER: &str = "+14155238886";

/// Messages to each person, in order.
const EACH: u32 = 5;
/// Notifications if nothing else is said.
const FEW: u32 = 3_000;
/// How long a courier lives at least; its first second is its start.
const LIFE: Duration = Duration::from_millis(700);
/// How long all may take in the end.
const PATIENCE: Duration = Duration::from_mins(5);

pub(crate) fn account() -> AccountSid {
    AccountSid::new(1)
}

pub(crate) fn contact(person: u32) -> String {
    format!("+1500{person:07}")
}

pub(crate) fn words(number: u32) -> String {
    format!("notification {number}")
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
    let account = Account::new(account(), "token").at(format!("http://{office}"));
    let client = Client::new(account).expect("the address is one");
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
    let (office, address) = Office::open().await;
    let address = address.to_string();
    for number in 0..kills {
        let sender = Sender::start(url, &address);
        sleep(LIFE + Duration::from_millis(u64::from(number * 37 % 400))).await;
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
    let is_empty = left.is_ok_and(|claims| claims.is_empty());
    let wrong = office.wrong(people, EACH);
    println!(
        "{name}: {kills} kills of the courier, {} notifications, {} taken, {killed_at} of them \
         before the last, {} looked up, {} people wrong",
        people * EACH,
        office.count.load(Ordering::SeqCst),
        office.looks.load(Ordering::SeqCst),
        wrong.len()
    );
    for error in wrong.iter().take(5) {
        eprintln!("  {error}");
    }
    wrong.is_empty() && is_empty
}

async fn post_all(store: &Arc<dyn Store>, people: u32) {
    let now = SystemClock.now();
    let sender = SENDER.parse().expect("it is an address");
    let parcels = (0..people).flat_map(|person| {
        let key = Key::new(&sender, &contact(person).parse().expect("it is an address"));
        (0..EACH).map(move |number| {
            let body = serde_json::to_vec(&Outbound::text(words(number))).expect("it is JSON");
            let id = ParcelId::of(TurnId::timer(&key, now), number);
            Parcel { id, key: key.clone(), due: now, body: body.into() }
        })
    });
    let parcels: Vec<_> = parcels.collect();
    for slice in parcels.chunks(1_000) {
        store.post(slice).await.expect("the store takes them");
    }
}
