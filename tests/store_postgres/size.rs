//! What a full store costs: what a call reads does not depend on how much is kept.

use std::time::Duration;

use chinwag::{
    conversation::Timer,
    store::{Outcome, Parcel, ParcelId, SILENCE_KEPT, Settled, Store},
};

use super::{NOW, Server, begin, heard, key, new_schema, open, sql, take, turn};

/// Conversations, answers, timers and parcels of others, as many as this of each.
async fn fill(server: &Server, schema: &str, count: u32) {
    let now = NOW.as_millis();
    for (table, columns, values) in [
        (
            "conversation",
            "key, fence, record, committed, day, due, tell",
            "'a b' || n, 1, '{}', NOW, NOW / 86400000, later, later",
        ),
        ("answer", "conversation, turn, at, body", "'a b' || n, '1', NOW, 'body'"),
        ("queue", "conversation, ready", "'a b' || n, NOW + n"),
        (
            "parcel",
            "id, conversation, due, not_before, body",
            "int4send(n), 'a b' || n, NOW + n, NOW + n, 'body'",
        ),
    ] {
        let later = format!("CASE WHEN n % 2 = 0 THEN {now} + 60000 + n END");
        let values = values.replace("NOW", &now.to_string()).replace("later", &later);
        let fill = format!(
            "INSERT INTO {schema}.{table} ({columns}) \
             SELECT {values} FROM generate_series(60001, 60000 + {count}) AS s (n)"
        );
        sql(server, &fill).await;
    }
}

/// Rows that were read since the beginning, whether by an index or not, and whole tables read.
async fn rows_read(server: &Server, schema: &str) -> (i64, i64) {
    let count = async |what: &str| {
        let from = "pg_stat_user_tables WHERE relname <> 'version'";
        let count = format!("SELECT sum({what})::bigint FROM {from} AND schemaname = '{schema}'");
        sql(server, &count).await.unwrap()
    };
    (count("coalesce(idx_tup_fetch, 0) + seq_tup_read").await, count("seq_scan").await)
}

/// Turns, a timer, a parcel and a look at what is due.
async fn work(store: &dyn Store) {
    for message in 0..50 {
        let key = key(message % 5);
        let (mut record, lease) = begin(store, &key, message, NOW).await;
        record.set_timer(Timer::new("reminder", NOW));
        let Outcome { record, answer, .. } = heard(record, message);
        let (id, body) = (ParcelId::of(turn(message), 0), Box::from(*b"body"));
        let parcels = vec![Parcel { id, key: key.clone(), due: NOW, body }];
        store.commit(&lease, &Outcome { record, answer, parcels }, NOW).await.unwrap();
        assert_eq!(store.due(NOW, 10).await.unwrap(), [(key, NOW)]);
        let claims = store.claim(NOW, 10).await.unwrap();
        assert_eq!(claims.len(), 1);
        store.settle(&claims[0], Settled::Done).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_reads_as_much_among_many_conversations_as_among_few() {
    let Some(server) = Server::shared() else { return };
    let mut read = Vec::new();
    for count in [100, 1_000, 30_000] {
        let schema = new_schema();
        let store = open(server, &schema).await;
        if count == 100 {
            fill(server, &schema, count).await;
        }
        // Plans are made while the tables are nearly empty, and stay good when they are full.
        work(&store).await;
        if count > 100 {
            fill(server, &schema, count).await;
        }
        drop(store);
        let store = open(server, &schema).await;
        // A connection that is closed tells what it read.
        let before = settled_rows_read(server, &schema).await;
        for message in 0..50 {
            take(&store, &key(100), message, NOW).await;
            store.due(NOW, 10).await.unwrap();
            store.claim(NOW, 10).await.unwrap();
        }
        drop(store);
        let after = settled_rows_read(server, &schema).await;
        assert_eq!(after.1, before.1, "a whole table was read among {count}");
        read.push(after.0 - before.0);
    }
    let most = read[0] + read[0] / 5;
    assert!(read.iter().all(|rows| *rows <= most), "rows read: {read:?}");
}

/// What was read, when all connections of the store are closed and have told it.
async fn settled_rows_read(server: &Server, schema: &str) -> (i64, i64) {
    loop {
        let first = rows_read(server, schema).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let again = rows_read(server, schema).await;
        if first == again {
            return again;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_goes_through_all_that_is_old() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let store = open(server, &schema).await;
    fill(server, &schema, 5_000).await;
    take(&store, &key(1), 1, NOW).await;
    let at = |time: Duration| NOW.after(SILENCE_KEPT).after(time);
    assert_eq!(store.sweep(at(Duration::ZERO)).await.unwrap(), 0);
    take(&store, &key(2), 2, at(Duration::ZERO)).await;
    // Half of them have a timer, and stay.
    assert_eq!(store.sweep(at(Duration::from_millis(1))).await.unwrap(), 2_501);
    assert_eq!(store.sweep(at(Duration::from_millis(1))).await.unwrap(), 0);
    let kept = format!("SELECT count(*) FROM {schema}.conversation");
    assert_eq!(sql(server, &kept).await, Some(2_501));
    let answers = format!("SELECT count(*) FROM {schema}.answer");
    assert_eq!(sql(server, &answers).await, Some(1));
}
