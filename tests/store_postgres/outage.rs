//! The server goes away and comes back; calls are given up.

use std::time::Duration;

use chinwag::store::{Begun, Store, StoreError};
use tokio::time::{Instant, timeout};

use super::{NOW, Server, begin, heard, history, key, new_schema, open, sql, take, turn};

/// The longest that a call takes when the server is away: four seconds, and a slow machine.
const BOUND: Duration = Duration::from_secs(6);

async fn fails_in_time(store: &dyn Store) -> StoreError {
    let begun = Instant::now();
    let error = store.begin(&key(9), turn(1), NOW).await.unwrap_err();
    assert!(begun.elapsed() < BOUND, "it took {:?}", begun.elapsed());
    assert!(error.is_unavailable(), "{error:?}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_survives_the_servers_death_and_the_store_its_absence() {
    let Some(server) = Server::start() else { return };
    let store = open(&server, &new_schema()).await;
    for message in 1..=20 {
        take(&store, &key(message % 3), message, NOW).await;
    }
    let (record, lease) = begin(&store, &key(7), 1, NOW).await;
    server.kill();
    for _ in 0..3 {
        fails_in_time(&store).await;
    }
    server.start_again();
    assert_eq!(history(&store, &key(0)).await, " 3 6 9 12 15 18");
    // The lease is there, too.
    assert!(matches!(store.begin(&key(7), turn(2), NOW).await, Ok(Begun::Wait)));
    store.commit(&lease, &heard(record, 1), NOW).await.unwrap();
    take(&store, &key(7), 2, NOW).await;
    assert_eq!(history(&store, &key(7)).await, " 1 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_broke_while_it_was_idle_is_not_noticed() {
    let Some(server) = Server::start() else { return };
    let store = open(&server, &new_schema()).await;
    let mut message = 0;
    for _ in 0..3 {
        take(&store, &key(1), message, NOW).await;
        server.kill();
        server.start_again();
        message += 1;
        take(&store, &key(1), message, NOW).await;
        // The server may also end single connections, with a word.
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE application_name = 'chinwag'";
        sql(&server, end).await;
        message += 1;
        take(&store, &key(1), message, NOW).await;
        message += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_nothing_is_waited_for_in_bounds() {
    let Some(server) = Server::start() else { return };
    let store = open(&server, &new_schema()).await;
    take(&store, &key(1), 1, NOW).await;
    server.freeze();
    fails_in_time(&store).await;
    fails_in_time(&store).await;
    server.thaw();
    take(&store, &key(1), 2, NOW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_locks_is_waited_for_in_bounds() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let store = open(server, &schema).await;
    take(&store, &key(9), 2, NOW).await;
    let (client, connection) =
        tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = format!("BEGIN; SELECT * FROM {schema}.conversation FOR UPDATE");
    client.batch_execute(&lock).await.unwrap();
    fails_in_time(&store).await;
    // Others are not held up by it.
    take(&store, &key(1), 1, NOW).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    take(&store, &key(9), 1, NOW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_are_given_up_leave_whole_connections() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let store = open(server, &schema).await;
    for message in 0..200 {
        let patience = Duration::from_micros(u64::from(message) * 20);
        let key = key(message);
        if let Ok(begun) = timeout(patience, store.begin(&key, turn(message), NOW)).await {
            let Begun::Turn(record, lease) = begun.unwrap() else { panic!("it is new") };
            let outcome = heard(record, message);
            drop(timeout(patience, store.commit(&lease, &outcome, NOW)).await);
        }
    }
    let later = NOW.after(Duration::from_secs(5));
    for message in 0..200 {
        if let Begun::Turn(record, lease) =
            store.begin(&key(message), turn(message), later).await.unwrap()
        {
            store.commit(&lease, &heard(record, message), later).await.unwrap();
        }
        assert_eq!(history(&store, &key(message)).await, format!(" {message}"));
    }
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    assert_eq!(sql(server, open).await, Some(0));
}
