//! What only the inside can see: panics, a full file, statements that share a transaction.

use futures_util::FutureExt;

use super::*;
use crate::{
    conversation::Timer,
    store::{Answer, ParcelId, QUIET, SILENCE_KEPT, Sent},
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

/// A store that has the lanes in its memory for longer than a test's calls take.
fn lingering(place: &Place, name: &str) -> Sqlite {
    let mut builder = Sqlite::builder(place.join(name));
    builder.linger = Duration::from_millis(500);
    builder.open().unwrap()
}

/// Committed together by many, so that they are in the journal.
async fn crowd(store: &Sqlite, turns: std::ops::Range<u128>) {
    let commits = turns.clone().map(|number| async move {
        let ana = key(u32::try_from(number % 100).unwrap());
        let (mut record, lease) = begun(store, &ana, turn(number), NOW).await;
        record.heard(NOW);
        (lease, record, Answer::new(number.to_string().into_bytes()))
    });
    let begun = futures_util::future::join_all(commits).await;
    // One after the other they would be in a transaction each.
    let jobs = begun.into_iter().map(|(lease, record, answer)| async move {
        store.commit(&lease, &Outcome { record, answer, ..Outcome::default() }, NOW).await.unwrap();
    });
    futures_util::future::join_all(jobs).await;
    for number in turns {
        let ana = key(u32::try_from(number % 100).unwrap());
        match store.begin(&ana, turn(number), NOW).await.unwrap() {
            Begun::Answered(answer) => assert_eq!(answer.as_bytes(), number.to_string().as_bytes()),
            other => panic!("{number}: {other:?}"),
        }
    }
}

async fn noted(store: &Sqlite) -> i64 {
    let count = |tables: &Tables<'_>| {
        let mut count = tables.prepared("SELECT count(*) FROM journal")?;
        count.query_one((), |row| row.get(0)).map(|count| (count, Reach::Processes))
    };
    store.ask(Kind::Look, count).await.unwrap()
}

fn messages(number: u32, store: &Sqlite) -> impl Future<Output = u32> {
    let ana = key(number);
    async move { store.read(&ana, NOW).await.unwrap().messages() }
}

#[tokio::test]
async fn what_a_crowd_commits_is_carried_over_to_its_places() {
    let place = place("journal");
    let store = lingering(&place, "bot.db");
    crowd(&store, 0..100).await;
    crowd(&store, 100..200).await;
    assert!(noted(&store).await > 0);
    assert_eq!(messages(7, &store).await, 2);
    // Somebody else on the same file finds all of it, wherever it lies.
    let other = lingering(&place, "bot.db");
    assert_eq!(messages(7, &other).await, 2);
    let (record, lease) = begun(&other, &key(7), turn(207), NOW).await;
    assert_eq!((record.messages(), noted(&other).await), (2, 0));
    for number in 0..200 {
        let ana = key(number % 100);
        let begun = other.begin(&ana, turn(number.into()), NOW).await.unwrap();
        assert!(matches!(begun, Begun::Answered(_)), "{number}: {begun:?}");
    }
    other.commit(&lease, &Outcome { record, ..Outcome::default() }, NOW).await.unwrap();
    assert_eq!(messages(7, &store).await, 2);
}

#[tokio::test]
async fn a_full_journal_is_carried_over_by_itself() {
    let place = place("full-journal");
    let store = lingering(&place, "bot.db");
    for round in 0..20 {
        crowd(&store, round * 100..(round + 1) * 100).await;
        assert!(noted(&store).await < 2_000);
    }
    for number in 0..100 {
        assert_eq!(messages(number, &store).await, 20);
    }
    // Turns that come alone go to their places, and no older record comes after them.
    let (mut record, lease) = begun(&store, &key(7), turn(9_007), NOW).await;
    record.heard(NOW);
    store.commit(&lease, &Outcome { record, ..Outcome::default() }, NOW).await.unwrap();
    assert_eq!(store.due(NOW, 9).await.unwrap(), []);
    assert_eq!((messages(7, &store).await, noted(&store).await), (21, 0));
}

/// More conversations than are known at once: those in the journal stay known.
#[tokio::test]
async fn newcomers_drive_out_nobody_who_is_in_the_journal() {
    let place = place("newcomers");
    let store = lingering(&place, "bot.db");
    let whole = |number: u32, message: u128| {
        let (store, ana) = (&store, key(number));
        async move {
            let (mut record, lease) = begun(store, &ana, turn(message), NOW).await;
            record.heard(NOW);
            let outcome = Outcome { record, ..Outcome::default() };
            store.commit(&lease, &outcome, NOW).await.unwrap();
        }
    };
    // The same hundred write again and again, and among them always others for the first time.
    for round in 0..10_u32 {
        let regulars = (0..100).map(|number| whole(number, (round * 10_000 + number).into()));
        let newcomers = (0..60).map(|number| whole(1_000 + round * 60 + number, 1));
        let both =
            regulars.map(FutureExt::left_future).chain(newcomers.map(FutureExt::right_future));
        futures_util::future::join_all(both).await;
        for number in 0..100 {
            assert_eq!(messages(number, &store).await, round + 1, "{number}");
            let copy = turn((round * 10_000 + number).into());
            let copy = store.begin(&key(number), copy, NOW).await.unwrap();
            assert!(matches!(copy, Begun::Answered(_)), "{number} in {round}");
        }
    }
}

/// The writing thread belongs to a runtime, which may end under it.
#[test]
fn a_runtime_that_ends_under_load_leaves_a_store_that_works() {
    use tokio::runtime::Builder;

    let place = place("runtimes");
    let store = Arc::new(Sqlite::open(place.join("bot.db")).unwrap());
    let (done, is_done) = std::sync::mpsc::channel();
    let other = Arc::clone(&store);
    std::thread::spawn(move || {
        for round in 0..30_u128 {
            let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
            let (enough, is_enough) = std::sync::mpsc::channel();
            for number in 0..50_u128 {
                let (store, enough) = (Arc::clone(&other), enough.clone());
                drop(runtime.spawn(async move {
                    for message in 0.. {
                        let id = turn(round << 64 | number << 32 | message);
                        let now = NOW.after(LEASE * u32::try_from(round).unwrap());
                        let ana = key(u32::try_from(number).unwrap());
                        if let Begun::Turn(record, lease) =
                            store.begin(&ana, id, now).await.unwrap()
                        {
                            let outcome = Outcome { record, ..Outcome::default() };
                            store.commit(&lease, &outcome, now).await.unwrap();
                        }
                        if enough.send(()).is_err() {
                            break;
                        }
                    }
                }));
            }
            (0..100).for_each(|_| is_enough.recv().unwrap());
            drop(runtime);
        }
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_mins(1)).expect("no runtime waits for ever");
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let now = NOW.after(LEASE * 99);
        let (record, lease) = begun(&store, &key(1), turn(1), now).await;
        store.commit(&lease, &Outcome { record, ..Outcome::default() }, now).await.unwrap();
    });
}

/// What a process leaves that is killed: the file and its log.
#[tokio::test]
async fn a_killed_process_leaves_its_journal_to_the_next() {
    let place = place("killed-journal");
    let store = lingering(&place, "bot.db");
    crowd(&store, 0..100).await;
    assert!(noted(&store).await > 0);
    for ending in ["", "-wal"] {
        let [from, to] = ["bot.db", "copy.db"].map(|name| place.join(&format!("{name}{ending}")));
        std::fs::copy(from, to).unwrap();
    }
    let copy = Sqlite::open(place.join("copy.db")).unwrap();
    assert_eq!(messages(7, &copy).await, 1);
    crowd(&copy, 100..200).await;
    assert_eq!(messages(7, &copy).await, 2);
    assert!(matches!(copy.begin(&key(7), turn(7), NOW).await.unwrap(), Begun::Answered(_)));
}

#[tokio::test]
async fn timers_and_sweeps_find_what_is_in_the_journal() {
    let place = place("journal-timers");
    let store = lingering(&place, "bot.db");
    let leases = (0..100).map(|number| {
        let (store, ana) = (&store, key(number));
        async move { begun(store, &ana, turn(1), NOW).await }
    });
    let leases = futures_util::future::join_all(leases).await;
    let commits = leases.into_iter().enumerate().map(|(number, (mut record, lease))| {
        if number == 7 {
            record.set_timer(Timer::new("ring", NOW));
        }
        let (store, outcome) = (&store, Outcome { record, ..Outcome::default() });
        async move { store.commit(&lease, &outcome, NOW).await.unwrap() }
    });
    futures_util::future::join_all(commits).await;
    assert!(noted(&store).await > 0);
    assert_eq!(store.due(NOW, 9).await.unwrap(), [(key(7), NOW)]);
    let later = NOW.after(SILENCE_KEPT).after(Duration::from_millis(1));
    assert_eq!(store.read(&key(8), later).await.unwrap(), Record::default());
    assert_eq!(store.sweep(later).await.unwrap(), 99, "the one with a timer stays");
}

/// Within one transaction a lease may run out before the commit that ends it is over.
#[tokio::test]
async fn a_turn_that_begins_in_the_transaction_of_the_last_one_sees_it() {
    let place = place("same-transaction");
    let store = lingering(&place, "bot.db");
    for is_crowded in [false, true] {
        let ana = key(u32::from(is_crowded));
        let (mut record, lease) = begun(&store, &ana, turn(1), NOW).await;
        record.heard(NOW);
        let written = Written {
            record: record.to_bytes().into(),
            due: None,
            answer: Answer::new(*b"one"),
            parcels: Vec::new(),
        };
        let found = store.ask(Kind::Commit, move |tables| {
            let tables = &Tables { is_crowded, ..*tables };
            assert!(tables.commit(&lease, &written, NOW)?);
            let later = NOW.after(LEASE);
            // From memory, nothing begins that does not know of it.
            for number in [1, 2] {
                assert!(tables.holder().begin(&lease.key, turn(number), later, NOW).is_none());
            }
            let copy = tables.begin(&lease.key, lease.turn, later, NOW)?;
            Ok(((copy, tables.begin(&lease.key, turn(2), later, NOW)?), Reach::Disk))
        });
        let (copy, next) = found.await.unwrap();
        assert!(matches!(copy, Found::Answered(answer) if answer == Answer::new(*b"one")));
        let Found::Turn { record: Some(bytes), .. } = next else { panic!("{next:?}") };
        assert_eq!(Record::from_bytes(&bytes).unwrap().messages(), 1);
        assert_eq!(noted(&store).await, i64::from(is_crowded));
    }
}

/// A file of our own is brought up to date or refused, and a foreign one is never touched.
#[test]
fn layouts_are_told_apart() {
    use rusqlite::Connection;
    use schema::{Layout, STEPS};

    let ours = format!("PRAGMA application_id = {}; PRAGMA user_version = ", schema::APPLICATION);
    for (sql, layout) in [
        (String::new(), Layout::After(0)),
        (format!("{ours}1"), Layout::After(1)),
        (format!("{ours}{}", STEPS.len() + 1), Layout::Newer(STEPS.len() + 1)),
        ("PRAGMA application_id = 7".into(), Layout::Foreign),
        ("PRAGMA user_version = 7".into(), Layout::Foreign),
        ("CREATE TABLE theirs (x)".into(), Layout::Foreign),
    ] {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(&sql).unwrap();
        assert_eq!(Layout::of(&file).unwrap(), layout, "{sql}");
    }
}

#[tokio::test]
async fn a_file_of_the_first_layout_is_brought_up_to_date() {
    let place = place("first-layout");
    let file = rusqlite::Connection::open(place.join("bot.db")).unwrap();
    file.execute_batch(schema::STEPS[0]).unwrap();
    let mut record = Record::default();
    record.heard(NOW);
    let kept = "INSERT INTO kept (conversation, turn, bytes, at) VALUES (?1, ?2, ?3, ?4)";
    let at = NOW.as_millis();
    file.execute(kept, (key(7).as_str(), [0_u8; 0], record.to_bytes(), at)).unwrap();
    file.execute(kept, (key(7).as_str(), turn(7).as_bytes(), b"seven", at)).unwrap();
    let ours = format!("PRAGMA application_id = {}; PRAGMA user_version = 1", schema::APPLICATION);
    file.execute_batch(&ours).unwrap();
    drop(file);
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    assert_eq!(messages(7, &store).await, 1);
    match store.begin(&key(7), turn(7), NOW).await.unwrap() {
        Begun::Answered(answer) => assert_eq!(answer.as_bytes(), b"seven"),
        other => panic!("{other:?}"),
    }
    crowd(&store, 100..200).await;
}

#[tokio::test]
async fn what_was_sent_is_known_after_the_file_has_got_a_newer_layout() {
    use rusqlite::Connection;
    use schema::{APPLICATION, STEPS};

    let place = place("layout-1");
    let file = Connection::open(place.join("bot.db")).unwrap();
    file.execute_batch(STEPS[0]).unwrap();
    file.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1"))
        .unwrap();
    let write = |sid: u128, until: Timestamp, parcel: Option<ParcelId>| {
        let key = parcel.map(|_| key(1).as_str().to_owned());
        let sent = parcel.map(|_| NOW.as_millis());
        let row =
            (MessageSid::new(sid).to_bytes(), until.as_millis(), parcel.map(|id| id.0), key, sent);
        file.execute(
            "INSERT INTO deliveries (sid, until, status, parcel, conversation, sent, tell)
                VALUES (?1, ?2, 'sent', ?3, ?4, ?5, ?5)",
            row,
        )
        .unwrap();
    };
    let parcels = [1, 2].map(|number| ParcelId::of(turn(number), 0));
    let later = NOW.after(Duration::from_hours(1));
    write(8, later, Some(parcels[0]));
    write(7, NOW, Some(parcels[1]));
    write(9, later, None);
    drop(file);
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    for (sid, parcel) in [8, 7].into_iter().zip(parcels) {
        let delivery = store.delivery(MessageSid::new(sid)).await.unwrap().unwrap();
        assert_eq!((delivery.parcel, delivery.key, delivery.sent), (parcel, key(1), NOW));
    }
    assert_eq!(store.delivery(MessageSid::new(9)).await.unwrap(), None, "a report that came early");
    let reported = store.report(MessageSid::new(8), &Status::Delivered, None, NOW).await.unwrap();
    assert_eq!(reported.unwrap().status, Status::Delivered);
    assert_eq!(store.unreported(NOW, 9).await.unwrap().len(), 1, "the other one that was sent");
    store.sweep(later).await.unwrap();
    assert_eq!(store.delivery(MessageSid::new(7)).await.unwrap(), None, "it was kept long enough");
    assert!(store.delivery(MessageSid::new(8)).await.unwrap().is_some());
}
