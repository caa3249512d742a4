//! The SQLite store beyond the contract: what is wrong with files, crashes, several processes, virtual time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "other processes of the tests tell what they do")]

#[path = "store_sqlite/processes.rs"]
mod processes;
#[cfg(unix)]
#[path = "store_sqlite/troubles.rs"]
mod troubles;

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chinwag::{
    conversation::{Key, Record, clock::Timestamp},
    message::MessageSid,
    store::{Answer, Begun, Lease, Outcome, Sqlite, Store, StoreError, TurnId, contract},
};

const NOW: Timestamp = Timestamp::from_millis(1_767_268_800_000);

/// A new, empty directory of this name, which everybody may read.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store_sqlite").join(name);
    drop(fs::remove_dir_all(&place));
    fs::create_dir_all(&place).unwrap();
    place
}

fn key(number: u32) -> Key {
    let contact = format!("whatsapp:+1500{number:07}").parse().unwrap();
    Key::new(&"whatsapp:+14155238886".parse().unwrap(), &contact)
}

fn turn(number: u128) -> TurnId {
    TurnId::message(None, MessageSid::new(number))
}

async fn begun(store: &Sqlite, key: &Key, turn: TurnId, now: Timestamp) -> (Record, Lease) {
    match store.begin(key, turn, now).await.unwrap() {
        Begun::Turn(record, lease) => (record, lease),
        other => panic!("{other:?}"),
    }
}

/// One whole turn, answered with its number.
async fn whole(store: &Sqlite, key: &Key, number: u128, now: Timestamp) -> Result<(), StoreError> {
    let Begun::Turn(mut record, lease) = store.begin(key, turn(number), now).await? else {
        panic!("the turn is new, and nobody else is at work");
    };
    record.heard(now);
    let answer = Answer::new(number.to_string().into_bytes());
    store.commit(&lease, &Outcome { record, answer, ..Outcome::default() }, now).await
}

async fn assert_answered(store: &Sqlite, key: &Key, number: u128) {
    match store.begin(key, turn(number), NOW).await.unwrap() {
        Begun::Answered(answer) => assert_eq!(answer.as_bytes(), number.to_string().as_bytes()),
        other => panic!("{number}: {other:?}"),
    }
}

/// The error's line: its own, or that of what is behind it.
fn line(error: &StoreError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let counter = AtomicU32::new(0);
    let place = place("contract");
    contract::holds(|workers| {
        let file = place.join(format!("{}.db", counter.fetch_add(1, Ordering::Relaxed)));
        let open = || Arc::new(Sqlite::open(&file).unwrap()) as Arc<dyn Store>;
        let workers: Vec<_> = (0..workers).map(|_| open()).collect();
        async { workers }
    })
    .await;
}

#[tokio::test]
async fn a_store_that_was_dropped_has_closed_its_file() {
    let file = place("dropped").join("bot.db");
    let store = Sqlite::open(&file).unwrap();
    for number in 0..100 {
        whole(&store, &key(number), number.into(), NOW).await.unwrap();
    }
    drop(store);
    assert!(!file.with_extension("db-wal").exists() && !file.with_extension("db-shm").exists());
    let store = Sqlite::open(&file).unwrap();
    for number in 0..100 {
        assert_answered(&store, &key(number), number.into()).await;
    }
}

#[tokio::test]
async fn two_stores_on_one_file_share_its_lanes() {
    let file = place("two").join("bot.db");
    let [one, two] = [(); 2].map(|()| Sqlite::open(&file).unwrap());
    let ana = key(1);
    let (mut record, lease) = begun(&one, &ana, turn(1), NOW).await;
    assert!(matches!(two.begin(&ana, turn(2), NOW).await.unwrap(), Begun::Wait));
    assert!(matches!(one.begin(&ana, turn(3), NOW).await.unwrap(), Begun::Wait));
    record.heard(NOW);
    one.commit(&lease, &Outcome { record, ..Outcome::default() }, NOW).await.unwrap();
    assert!(matches!(one.begin(&ana, turn(3), NOW).await.unwrap(), Begun::Wait), "2 came first");
    let later = |millis| NOW.after(Duration::from_millis(millis));
    let (record, second) = begun(&two, &ana, turn(2), later(1)).await;
    assert_eq!(record.messages(), 1);
    assert!(second.fence > lease.fence);
    two.release(&second).await.unwrap();
    let (_, third) = begun(&one, &ana, turn(3), later(2)).await;
    assert!(third.fence > second.fence);
    let error = two.commit(&second, &Outcome::default(), NOW).await.unwrap_err();
    assert!(error.is_conflict());
}

#[tokio::test]
async fn silence_is_as_long_as_it_was_said() {
    let file = place("silence").join("bot.db");
    let silence = Duration::from_hours(1);
    let store = Sqlite::builder(&file).silence(silence).open().unwrap();
    for number in 0..1_000 {
        whole(&store, &key(number), number.into(), NOW).await.unwrap();
    }
    let (still, over) = (NOW.after(silence), NOW.after(silence + Duration::from_millis(1)));
    assert_eq!(store.read(&key(1), still).await.unwrap().messages(), 1);
    assert_eq!(store.read(&key(1), over).await.unwrap().messages(), 0);
    assert_eq!(begun(&store, &key(1), turn(2_000), over).await.0.messages(), 0);
    assert_eq!(store.sweep(still).await.unwrap(), 0);
    assert_eq!(store.sweep(over).await.unwrap(), 1_000);
    assert_answered(&store, &key(2), 2).await;
    store.sweep(NOW.after(Duration::from_hours(25))).await.unwrap();
    assert!(matches!(store.begin(&key(2), turn(2), NOW).await.unwrap(), Begun::Turn(..)));
}

/// A store on a thread of its own would lose the paused clock's time here.
#[tokio::test(start_paused = true)]
async fn no_virtual_time_passes_while_the_file_is_at_work() {
    let file = place("paused").join("bot.db");
    let store = Arc::new(Sqlite::open(&file).unwrap());
    let began = tokio::time::Instant::now();
    for number in 0..200 {
        let ana = key(1);
        let turn = whole(&store, &ana, number, NOW);
        let in_time = tokio::time::timeout(Duration::from_secs(30), turn).await;
        in_time.expect("no time passes").unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
}
