//! Servers that die, forget, freeze, fill up, and come back.

use std::time::Duration;

use chinwag::{
    conversation::Record,
    store::{Redis, Store},
};

use super::{
    servers::{DURABLE, Server},
    stores::{
        HOUR, NOW, answers, begins, is_answered, key, messages, outcome, parcel, prefix, turn,
    },
};

/// What no call may take longer than, whatever the server does.
const PATIENCE: Duration = Duration::from_millis(2_500);

async fn soon<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, call).await.expect("no call takes longer")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_survives_a_kill() {
    let Some(mut server) = Server::new(DURABLE) else { return };
    let store = Redis::connect(&server.url()).await.unwrap();
    for round in 0..5_u32 {
        let (record, lease) = begins(&store, &key(1), round, NOW).await;
        let mut outcome = outcome(record, round, Some(NOW.after(HOUR)));
        outcome.parcels = vec![parcel(&key(1), round)];
        store.commit(&lease, &outcome, NOW).await.unwrap();
        server.kill();
        server.start();
        assert_eq!(messages(&store, &key(1), NOW).await, round + 1);
        for earlier in 0..=round {
            assert!(is_answered(&store, &key(1), earlier, NOW).await);
        }
    }
    let told = store.due(NOW.after(HOUR), 10).await.unwrap();
    assert_eq!(told, [(key(1), NOW.after(HOUR))]);
    for round in 0..5 {
        let claims = store.claim(NOW, 10).await.unwrap();
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].parcel, parcel(&key(1), round));
        store.settle(&claims[0], chinwag::store::Settled::Done).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_is_away_calls_fail_soon_and_then_go_on() {
    let Some(mut server) = Server::new(DURABLE) else { return };
    let store = Redis::connect(&server.url()).await.unwrap();
    let (record, lease) = begins(&store, &key(1), 1, NOW).await;
    server.kill();
    for _ in 0..3 {
        let outcome = outcome(record.clone(), 1, None);
        let error = soon(store.commit(&lease, &outcome, NOW)).await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
    }
    server.start();
    store.commit(&lease, &outcome(record, 1, None), NOW).await.unwrap();
    assert_eq!(messages(&store, &key(1), NOW).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_not_waited_for() {
    let Some(server) = Server::new(&[]) else { return };
    let store = Redis::connect(&server.url()).await.unwrap();
    server.signal("STOP");
    let error = soon(store.begin(&key(1), turn(1), NOW)).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    let refused = soon(Redis::connect(&server.url())).await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused:?}");
    server.signal("CONT");
    answers(&store, &key(2), 2, NOW).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_forgotten_the_scripts_is_given_them_again() {
    let Some(server) = Server::shared() else { return };
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix());
    for number in 1..=3 {
        let (record, lease) = begins(&store, &key(1), number, NOW).await;
        let () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut server.admin()).unwrap();
        store.commit(&lease, &outcome(record, number, None), NOW).await.unwrap();
    }
    assert_eq!(messages(&store, &key(1), NOW).await, 3);
}

/// Its memory is gone; leases of before must not fit those of after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_forgotten_everything_gives_no_fence_twice() {
    let Some(server) = Server::new(&[]) else { return };
    let store = Redis::connect(&server.url()).await.unwrap();
    let (_, before) = begins(&store, &key(1), 1, NOW).await;
    let () = redis::cmd("FLUSHALL").query(&mut server.admin()).unwrap();
    let (_, after) = begins(&store, &key(1), 1, NOW.after(Duration::from_millis(1))).await;
    assert!(after.fence > before.fence);
    let stale = store.commit(&before, &outcome(Record::default(), 1, None), NOW).await;
    assert!(stale.unwrap_err().is_conflict());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_refuses_whole_commits_and_takes_them_later() {
    let Some(server) = Server::new(&["--maxmemory-policy", "noeviction"]) else { return };
    let mut admin = server.admin();
    let mut memory = |bytes: &str| {
        let set = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).exec(&mut admin);
        set.unwrap();
    };
    let store = Redis::connect(&server.url()).await.unwrap();
    store.post(&[parcel(&key(2), 2)]).await.unwrap();
    let claims = store.claim(NOW, 1).await.unwrap();
    let (record, lease) = begins(&store, &key(1), 1, NOW).await;
    memory("1");
    let mut outcome = outcome(record, 1, Some(NOW));
    outcome.parcels = vec![parcel(&key(1), 1)];
    let error = store.commit(&lease, &outcome, NOW).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
    assert_eq!(messages(&store, &key(1), NOW).await, 0);
    // What makes room is done all the same.
    store.settle(&claims[0], chinwag::store::Settled::Done).await.unwrap();
    store.extend(&lease, NOW).await.unwrap();
    store.sweep(NOW).await.unwrap();
    memory("0");
    assert_eq!(store.due(NOW, 1).await.unwrap(), []);
    assert_eq!(store.claim(NOW, 1).await.unwrap(), []);
    store.commit(&lease, &outcome, NOW).await.unwrap();
    assert_eq!(messages(&store, &key(1), NOW).await, 1);
    assert_eq!(store.claim(NOW, 1).await.unwrap().len(), 1);
}
