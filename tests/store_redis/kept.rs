//! What is kept, for how long, and what is left in Redis in the end.

use std::time::Duration;

use chinwag::store::{ANSWERS_KEPT, LEASE, Redis, Settled, Store};

use super::{
    servers::Server,
    stores::{
        HOUR, NOW, answers, begins, is_answered, key, messages, outcome, parcel, prefix, turn,
    },
};

const INSTANT: Duration = Duration::from_millis(1);

/// All keys with this prefix, and the milliseconds that the server keeps them (-1: for ever).
fn keys(server: &Server, prefix: &str) -> Vec<(String, i64)> {
    let mut admin = server.admin();
    let names: Vec<String> =
        redis::cmd("KEYS").arg(format!("{{{prefix}:*")).query(&mut admin).unwrap();
    let mut kept = |name| redis::cmd("PTTL").arg(name).query(&mut admin).unwrap();
    names.into_iter().map(|name| (name.clone(), kept(name))).collect()
}

#[tokio::test]
async fn a_sweep_leaves_nothing_of_what_is_over() {
    let Some(server) = Server::shared() else { return };
    let prefix = prefix();
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix).silence(HOUR * 48);
    for number in 0..150 {
        answers(&store, &key(number), number, NOW).await.unwrap();
        answers(&store, &key(number), 1_000 + number, NOW.after(HOUR)).await.unwrap();
    }
    assert_eq!(store.sweep(NOW.after(ANSWERS_KEPT)).await.unwrap(), 0);
    assert!(is_answered(&store, &key(7), 7, NOW).await, "answers are kept for a day");
    assert_eq!(store.sweep(NOW.after(ANSWERS_KEPT + INSTANT)).await.unwrap(), 0);
    assert!(!is_answered(&store, &key(7), 7, NOW).await, "and not for longer");
    assert!(is_answered(&store, &key(7), 1_007, NOW).await);
    assert_eq!(store.sweep(NOW.after(HOUR * 49)).await.unwrap(), 0);
    assert_eq!(messages(&store, &key(7), NOW.after(HOUR * 49)).await, 2);
    assert_eq!(store.sweep(NOW.after(HOUR * 49 + INSTANT)).await.unwrap(), 150);
    assert_eq!(store.sweep(NOW.after(HOUR * 10_000)).await.unwrap(), 0);
    let left = keys(&server, &prefix);
    assert!(left.iter().all(|(name, _)| name.ends_with(":fences")), "{left:?}");
}

#[tokio::test]
async fn answers_outlive_a_short_silence() {
    let Some(server) = Server::shared() else { return };
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix()).silence(HOUR);
    answers(&store, &key(1), 1, NOW).await.unwrap();
    let later = NOW.after(HOUR + INSTANT);
    assert_eq!(messages(&store, &key(1), later).await, 0);
    assert_eq!(store.sweep(later).await.unwrap(), 1);
    assert!(is_answered(&store, &key(1), 1, later).await);
    assert_eq!(store.sweep(NOW.after(ANSWERS_KEPT + INSTANT)).await.unwrap(), 0);
    assert!(!is_answered(&store, &key(1), 1, later).await);
}

#[tokio::test]
async fn a_conversation_with_a_timer_is_kept_until_it_rings() {
    let Some(server) = Server::shared() else { return };
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix()).silence(HOUR);
    let (record, lease) = begins(&store, &key(1), 1, NOW).await;
    let due = NOW.after(HOUR * 500);
    store.commit(&lease, &outcome(record, 1, Some(due)), NOW).await.unwrap();
    for hours in [2, 30, 499] {
        assert_eq!(store.sweep(NOW.after(HOUR * hours)).await.unwrap(), 0);
    }
    assert_eq!(store.due(due, 1).await.unwrap(), [(key(1), due)]);
    let (mut record, lease) = begins(&store, &key(1), 2, due).await;
    assert!(record.ring(due).is_some(), "its record is there when it rings");
    store.commit(&lease, &outcome(record, 2, None), due).await.unwrap();
    assert_eq!(store.sweep(due.after(HOUR + INSTANT)).await.unwrap(), 1);
}

#[tokio::test]
async fn old_answers_go_with_later_turns() {
    let Some(server) = Server::shared() else { return };
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix());
    for number in 0..40 {
        answers(&store, &key(1), number, NOW).await.unwrap();
    }
    let later = NOW.after(ANSWERS_KEPT + INSTANT);
    for number in 40..43 {
        answers(&store, &key(1), number, later).await.unwrap();
    }
    for number in 0..43 {
        assert_eq!(is_answered(&store, &key(1), number, later).await, number >= 40, "{number}");
    }
}

/// The server's own clock only removes what nobody asks for any more, and never what waits.
#[tokio::test]
async fn the_servers_clock_is_only_a_backstop() {
    const YEARS: i64 = 100 * 365 * 24 * 3_600_000;
    let Some(server) = Server::shared() else { return };
    let prefix = prefix();
    let silence = HOUR * 24 * 90;
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix).silence(silence);
    answers(&store, &key(1), 1, NOW).await.unwrap();
    let (_, _lease) = begins(&store, &key(1), 2, NOW).await;
    store.begin(&key(1), turn(3), NOW).await.unwrap();
    store.post(&[parcel(&key(1), 1)]).await.unwrap();
    let (record, lease) = begins(&store, &key(2), 4, NOW).await;
    store.commit(&lease, &outcome(record.clone(), 4, None), NOW).await.unwrap();
    let (_, lease) = begins(&store, &key(2), 5, NOW).await;
    store.commit(&lease, &outcome(record, 5, Some(NOW.after(HOUR))), NOW).await.unwrap();
    let of = |contact: u32, what: &str| {
        let name = format!(":{what}:{}", key(contact).as_str());
        keys(&server, &prefix).into_iter().find(|(key, _)| key.ends_with(&name)).unwrap().1
    };
    let at_least = |time: Duration| i64::try_from(time.as_millis()).unwrap();
    let checks = [
        (of(1, "record"), at_least(silence + HOUR * 24)..YEARS),
        (of(2, "record"), -1..0),
        (of(1, "answers"), at_least(ANSWERS_KEPT + HOUR)..YEARS),
        (of(1, "order"), at_least(ANSWERS_KEPT + HOUR)..YEARS),
        (of(1, "holder"), at_least(LEASE * 100)..YEARS),
        (of(1, "lane"), at_least(LEASE * 100)..YEARS),
        (of(1, "waits"), at_least(LEASE * 100)..YEARS),
        (of(1, "queue"), -1..0),
        (of(1, "parcels"), -1..0),
    ];
    for (at, (kept, expected)) in checks.into_iter().enumerate() {
        assert!(expected.contains(&kept), "check {at}: {kept} ms, not {expected:?}");
    }
}

#[tokio::test]
async fn a_silence_without_end_is_possible() {
    let Some(server) = Server::shared() else { return };
    for silence in [Duration::MAX, HOUR * 24 * 365 * 99, Duration::ZERO] {
        let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix()).silence(silence);
        answers(&store, &key(1), 1, NOW).await.unwrap();
        assert_eq!(messages(&store, &key(1), NOW).await, 1);
        let much_later = NOW.after(HOUR * 24 * 365 * 98);
        let swept = store.sweep(much_later).await.unwrap();
        assert_eq!(swept, u64::from(silence.is_zero()), "{silence:?}");
    }
}

#[tokio::test]
async fn an_outbox_that_is_empty_leaves_nothing() {
    let Some(server) = Server::shared() else { return };
    let prefix = prefix();
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix);
    let parcels: Vec<_> = (0..10).map(|number| parcel(&key(1), number)).collect();
    store.post(&parcels).await.unwrap();
    for expected in &parcels {
        let claims = store.claim(NOW, 5).await.unwrap();
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].parcel, *expected);
        store.settle(&claims[0], Settled::Done).await.unwrap();
    }
    let left = keys(&server, &prefix);
    assert!(left.is_empty(), "{left:?}");
}
