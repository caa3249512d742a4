//! Turns of many at once: what is in memory, in the journal and in its place is the same.

use futures_util::{
    FutureExt,
    future::{join, join_all},
};

use super::*;
use crate::store::Answer;

/// A store that has the lanes in its memory for longer than a test's calls take.
pub(super) fn lingering(place: &Place, name: &str) -> Sqlite {
    let mut builder = Sqlite::builder(place.join(name));
    builder.linger = Duration::from_millis(500);
    builder.open().unwrap()
}

/// Committed together by many, so that they are in the journal.
pub(super) async fn crowd(store: &Sqlite, turns: std::ops::Range<u128>) {
    let commits = turns.clone().map(|number| async move {
        let ana = key(u32::try_from(number % 100).unwrap());
        let (mut record, lease) = begun(store, &ana, turn(number), NOW).await;
        record.heard(NOW);
        (lease, record, Answer::new(number.to_string().into_bytes()))
    });
    let begun = join_all(commits).await;
    // One after the other they would be in a transaction each.
    let jobs = begun.into_iter().map(|(lease, record, answer)| async move {
        store.commit(&lease, &Outcome { record, answer, ..Outcome::default() }, NOW).await.unwrap();
    });
    join_all(jobs).await;
    for number in turns {
        let ana = key(u32::try_from(number % 100).unwrap());
        match store.begin(&ana, turn(number), NOW).await.unwrap() {
            Begun::Answered(answer) => assert_eq!(answer.as_bytes(), number.to_string().as_bytes()),
            other => panic!("{number}: {other:?}"),
        }
    }
}

pub(super) async fn noted(store: &Sqlite) -> i64 {
    let count = |tables: &Tables<'_>| {
        let mut count = tables.prepared("SELECT count(*) FROM journal")?;
        count.query_one((), |row| row.get(0)).map(|count| (count, Reach::Processes))
    };
    store.ask(Kind::Look, count).await.unwrap()
}

pub(super) fn messages(number: u32, store: &Sqlite) -> impl Future<Output = u32> {
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
        join_all(both).await;
        for number in 0..100 {
            assert_eq!(messages(number, &store).await, round + 1, "{number}");
            let copy = turn((round * 10_000 + number).into());
            let copy = store.begin(&key(number), copy, NOW).await.unwrap();
            assert!(matches!(copy, Begun::Answered(_)), "{number} in {round}");
        }
    }
}

/// The same within one transaction, which learns of a newcomer and notes a turn of one who is known.
#[tokio::test]
async fn a_newcomer_drives_out_nobody_who_is_noted_in_the_same_transaction() {
    let place = place("newcomer");
    let store = lingering(&place, "bot.db");
    let (_, lease) = begun(&store, &key(0), turn(1), NOW).await;
    for number in 1..150 {
        drop(begun(&store, &key(number), turn(1), NOW).await);
    }
    let written = Written {
        record: Record::default().to_bytes().into(),
        due: None,
        answer: Answer::new(*b"one"),
        parcels: Vec::new(),
    };
    let both = store.ask(Kind::Commit, move |tables| {
        let tables = &Tables { is_crowded: true, ..*tables };
        let newcomer = tables.begin(&key(150), turn(1), NOW, NOW)?;
        Ok(((newcomer, tables.commit(&lease, &written, NOW)?), Reach::Disk))
    });
    assert!(matches!(both.await.unwrap(), (Found::Turn { .. }, true)));
    let copy = store.begin(&key(0), turn(1), NOW).await.unwrap();
    assert!(matches!(copy, Begun::Answered(answer) if answer == Answer::new(*b"one")));
    assert_eq!(noted(&store).await, 1);
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

/// With a job in its hands, and another one on the desk that it would call a thread for.
#[test]
fn a_runtime_that_ends_under_the_writing_thread_does_not_stop_it() {
    use std::sync::mpsc::channel;

    use tokio::runtime::Builder;

    let place = place("ended");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let runtime = || Builder::new_current_thread().enable_time().build().unwrap();
    let (begins, has_begun) = channel();
    let (ends, may_end) = channel();
    let mut change = Box::pin(store.ask(Kind::Change, move |_| {
        begins.send(()).unwrap();
        may_end.recv().unwrap();
        Ok(((), Reach::Disk))
    }));
    let mut look = Box::pin(store.due(NOW, 9));
    let ended = runtime();
    ended.block_on(async {
        assert!(futures_util::poll!(&mut change).is_pending());
        has_begun.recv().unwrap();
        assert!(futures_util::poll!(&mut look).is_pending());
    });
    ended.shutdown_background();
    ends.send(()).unwrap();
    runtime().block_on(async {
        let both = tokio::time::timeout(Duration::from_secs(30), join(change, look));
        let (changed, due) = both.await.expect("the thread goes on");
        changed.unwrap();
        assert_eq!(due.unwrap(), []);
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
    let leases = join_all(leases).await;
    let commits = leases.into_iter().enumerate().map(|(number, (mut record, lease))| {
        if number == 7 {
            record.set_timer(Timer::new("ring", NOW));
        }
        let (store, outcome) = (&store, Outcome { record, ..Outcome::default() });
        async move { store.commit(&lease, &outcome, NOW).await.unwrap() }
    });
    join_all(commits).await;
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

/// A writing thread that belongs to a runtime which nobody drives still tells those of another one.
#[test]
fn whoever_waits_is_told_beside_a_runtime_that_rests() {
    let place = place("resting");
    let store = lingering(&place, "bot.db");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (resting, other) = (runtime(), runtime());
    resting.block_on(crowd(&store, 0..100));
    other.block_on(async {
        let told = tokio::time::timeout(Duration::from_secs(30), crowd(&store, 100..200));
        told.await.expect("the thread of the other runtime tells");
    });
    drop(resting);
}

/// What is in memory is worth nothing when nobody knows what is on the disk.
#[tokio::test]
async fn a_disk_that_has_failed_is_not_answered_for_from_memory() {
    let place = place("lost");
    let store = lingering(&place, "bot.db");
    crowd(&store, 0..100).await;
    assert!(store.holder.lock().unwrap().read(&key(7)).is_some(), "it is known");
    store.health.is_lost.store(true, Ordering::Relaxed);
    assert!(store.begin(&key(7), turn(107), NOW).await.is_err());
    assert!(store.read(&key(7), NOW).await.is_err());
}
