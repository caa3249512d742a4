//! What only the inside can see: panics, a full file, statements that share a transaction.

mod crowd;
mod layouts;
mod packs;

use super::*;
use crate::{
    conversation::Timer,
    store::{ParcelId, QUIET, SILENCE_KEPT, Sent},
};

const NOW: Timestamp = Timestamp::from_millis(1_767_268_800_000);

/// A new directory, which goes with its test.
struct Place(PathBuf);

fn place(name: &str) -> Place {
    let place = std::env::temp_dir().join(format!("chinwag-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    Place(place)
}

impl Place {
    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
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

fn parcel(key: &Key, turn: TurnId, number: u32, due: Timestamp) -> Parcel {
    let id = ParcelId::of(turn, number);
    Parcel { id, key: key.clone(), due, body: Box::from(*b"hello") }
}

/// Everything that a store does, so that the plan of each statement is looked at.
#[tokio::test]
async fn no_statement_looks_at_all_conversations() {
    let place = place("plans");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let (ana, ben) = (key(1), key(2));
    let (mut record, lease) = begun(&store, &ana, turn(1), NOW).await;
    assert!(matches!(store.begin(&ana, turn(2), NOW).await.unwrap(), Begun::Wait));
    assert!(matches!(store.begin(&ana, turn(2), NOW).await.unwrap(), Begun::Wait));
    record.set_timer(Timer::new("ring", NOW));
    let parcels = vec![parcel(&ana, turn(1), 0, NOW), parcel(&ana, turn(1), 1, NOW)];
    let outcome = Outcome { record, parcels, ..Outcome::default() };
    store.extend(&lease, NOW).await.unwrap();
    store.commit(&lease, &outcome, NOW).await.unwrap();
    store.commit(&lease, &outcome, NOW).await.unwrap();
    assert_eq!(store.due(NOW, 9).await.unwrap(), [(ana.clone(), NOW)]);
    let (_, lease) = begun(&store, &ana, turn(2), NOW).await;
    store.release(&lease).await.unwrap();
    store.leave(&ana, turn(2)).await.unwrap();
    let claims = store.claim(NOW, 9).await.unwrap();
    assert_eq!(claims.len(), 1);
    store.settle(&claims[0], Settled::Again(NOW)).await.unwrap();
    store.settle(&claims[0], Settled::Done).await.unwrap();
    assert_eq!(store.claim(NOW, 9).await.unwrap()[0].parcel.id, ParcelId::of(turn(1), 1));
    let (sid, closed) = (MessageSid::new(9), Some(ErrorCode(63016)));
    store.report(sid, &Status::Sent, None, NOW).await.unwrap();
    let sent = |sid| {
        let instead = Some(Box::from(*b"instead"));
        Settled::Sent(Sent { sid, at: NOW, instead })
    };
    store.settle(&claims[0], sent(sid)).await.unwrap();
    store.settle(&claims[0], sent(MessageSid::new(8))).await.unwrap();
    assert_eq!(store.unreported(NOW.after(QUIET), 9).await.unwrap().len(), 2);
    assert!(store.report(sid, &Status::Failed, closed, NOW).await.unwrap().is_some());
    let (record, lease) = begun(&store, &ben, turn(3), NOW).await;
    store.commit(&lease, &Outcome { record, ..Outcome::default() }, NOW).await.unwrap();
    let later = NOW.after(SILENCE_KEPT).after(Duration::from_millis(1));
    assert_eq!(store.read(&ben, later).await.unwrap(), Record::default());
    assert_eq!(store.sweep(later).await.unwrap(), 1, "the one with a timer stays");
}

#[tokio::test]
async fn a_panic_costs_its_own_transaction() {
    let place = place("panics");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let (_, lease) = begun(&store, &key(1), turn(1), NOW).await;
    let panicked =
        store.ask(Kind::Change, |_| -> rusqlite::Result<((), Reach)> { panic!("on purpose") });
    let error = panicked.await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    store.commit(&lease, &Outcome::default(), NOW).await.unwrap();
    assert!(matches!(store.begin(&key(1), turn(1), NOW).await.unwrap(), Begun::Answered(_)));
}

#[tokio::test]
async fn one_bad_job_does_not_harm_those_of_its_transaction() {
    let place = place("shared");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let (_, lease) = begun(&store, &key(1), turn(1), NOW).await;
    let bad = store.ask(Kind::Change, |tables| {
        tables
            .write("INSERT INTO tickets VALUES (NULL, NULL, NULL, NULL)", ())
            .map(|_| ((), Reach::Disk))
    });
    let outcome = Outcome::default();
    let (bad, good) = tokio::join!(bad, store.commit(&lease, &outcome, NOW));
    assert!(bad.is_err());
    good.unwrap();
    assert!(matches!(store.begin(&key(1), turn(1), NOW).await.unwrap(), Begun::Answered(_)));
}

#[tokio::test]
async fn a_full_file_takes_more_when_there_is_room_again() {
    let place = place("full");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let limit = |pages: u32| {
        store.ask(Kind::Change, move |tables| {
            let mut limit = tables.prepared(&format!("PRAGMA max_page_count = {pages}"))?;
            limit.query_one((), |row| row.get::<_, i64>(0)).map(|pages| (pages, Reach::Processes))
        })
    };
    limit(64).await.unwrap();
    let mut kept = 0;
    let refused = loop {
        let (mut record, lease) = match store.begin(&key(kept), turn(1), NOW).await {
            Ok(Begun::Turn(record, lease)) => (record, lease),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        };
        record.remember("story", &format!("\"{}\"", "x".repeat(8_000)));
        match store.commit(&lease, &Outcome { record, ..Outcome::default() }, NOW).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 1_000);
    };
    assert!(refused.is_unavailable());
    let line = std::error::Error::source(&refused).unwrap().to_string();
    assert!(line.contains("bot.db has no room left on its disk; free some"), "{line}");
    limit(100_000).await.unwrap();
    let now = NOW.after(LEASE);
    let (record, lease) = begun(&store, &key(kept), turn(2), now).await;
    store.commit(&lease, &Outcome { record, ..Outcome::default() }, now).await.unwrap();
    for number in 0..kept {
        let begun = store.begin(&key(number), turn(1), NOW).await.unwrap();
        assert!(matches!(begun, Begun::Answered(_)), "{number}");
    }
}

#[tokio::test]
async fn commits_that_wait_together_share_a_sync() {
    let place = place("syncs");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let mut leases = Vec::new();
    for number in 0..64 {
        leases.push(begun(&store, &key(number), turn(1), NOW).await.1);
    }
    assert_eq!(store.syncs(), 0, "a lease needs none");
    let outcome = Outcome::default();
    let commits = leases.iter().map(|lease| store.commit(lease, &outcome, NOW));
    for commit in futures_util::future::join_all(commits).await {
        commit.unwrap();
    }
    assert!((1..=4).contains(&store.syncs()), "{} syncs", store.syncs());
}
