//! Servers and URLs that cannot be used, and what a human is told.

use chinwag::store::{Redis, Store, StoreError};

use super::{
    servers::Server,
    stores::{NOW, begins, is_answered, key, messages, outcome, parcel, prefix},
};

/// Connects and fails for good, with one line that says this and no password.
async fn refused(url: &str, what: &str) {
    let error: StoreError = Redis::connect(url).await.unwrap_err();
    assert!(!error.is_unavailable() && !error.is_conflict(), "{error:?}");
    let shown = error.to_string();
    assert!(shown.contains(what), "{shown}");
    assert!(!shown.contains('\n'), "{shown}");
    for text in [shown, format!("{error:?}")] {
        assert!(!text.contains("sesame"), "a password is shown: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_cannot_be_used_is_told() {
    for (url, what) in [
        ("rediss://:sesame@127.0.0.1/", "asks for TLS"),
        ("postgres://:sesame@127.0.0.1/", "write redis://"),
        ("redis://user:sesame@127.0.0.1/name", "write redis://"),
        ("sesame", "write redis://"),
        ("redis://:sesame@127.0.0.1:99999", "write redis://"),
    ] {
        refused(url, what).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_or_database_is_told() {
    let Some(server) = Server::new(&["--requirepass", "open"]) else { return };
    let port = server.port();
    let place = format!("127.0.0.1:{port}");
    refused(&format!("redis://127.0.0.1:{port}"), "asks for a password").await;
    refused(&format!("redis://:sesame@127.0.0.1:{port}"), "refuses the password").await;
    refused(&format!("redis://sesame:sesame@127.0.0.1:{port}"), &place).await;
    refused(&format!("redis://:open@127.0.0.1:{port}/4711"), "has no such database").await;
    let store = Redis::connect(&format!("redis://:open@127.0.0.1:{port}/3")).await.unwrap();
    begins(&store, &key(1), 1, NOW).await;
    assert!(!format!("{store:?}").contains("open"), "{store:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_is_corrected_on_the_server_needs_no_restart_of_ours() {
    let Some(mut server) = Server::new(&["--requirepass", "open"]) else { return };
    let url = format!("redis://:open@127.0.0.1:{}", server.port());
    let store = Redis::connect(&url).await.unwrap();
    server.restart_with(&["--requirepass", "other"]);
    for _ in 0..2 {
        let error = store.read(&key(1), NOW).await.unwrap_err();
        assert!(error.to_string().contains("refuses the password"), "{error}");
    }
    server.restart_with(&["--requirepass", "open"]);
    assert_eq!(messages(&store, &key(1), NOW).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_there_may_come() {
    let error = Redis::connect("redis://:sesame@127.0.0.1:1").await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert!(!format!("{error:?}").contains("sesame"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_not_configure_can_be_used() {
    let user = ["--user", "bot", "on", ">open", "~*", "&*", "+@all", "-config", "-info"];
    let Some(server) = Server::new(&user) else { return };
    let url = format!("redis://bot:open@127.0.0.1:{}", server.port());
    let store = Redis::connect(&url).await.unwrap();
    begins(&store, &key(1), 1, NOW).await;

    let () =
        redis::cmd("ACL").arg(&["SETUSER", "bot", "-evalsha"]).query(&mut server.admin()).unwrap();
    let error = store.begin(&key(1), super::stores::turn(2), NOW).await.unwrap_err();
    assert!(error.to_string().contains("lets this user do too little"), "{error}");
}

/// Something else has written a key that a commit would change last: nothing is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_kind_stops_a_commit_before_it_writes() {
    let Some(server) = Server::shared() else { return };
    let prefix = prefix();
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix);
    let mut admin = server.admin();
    // The shard of this conversation, found by its holder's key.
    let (record, lease) = begins(&store, &key(1), 1, NOW).await;
    let names: Vec<String> =
        redis::cmd("KEYS").arg(format!("{{{prefix}:*holder*")).query(&mut admin).unwrap();
    let (tag, own) = names[0].split_once(":holder").unwrap();
    let mut outcome = outcome(record, 1, Some(NOW));
    outcome.parcels = vec![parcel(&key(1), 1)];
    let shards = ["sweeps", "bells", "dues", "ready"].map(|what| format!("{tag}:{what}"));
    let owns = ["record", "answers", "order", "queue", "parcels"];
    let owns = owns.map(|what| format!("{tag}:{what}{own}"));
    for name in shards.iter().chain(&owns) {
        let () = redis::cmd("SET").arg(name).arg("strange").query(&mut admin).unwrap();
        let error = store.commit(&lease, &outcome, NOW).await.unwrap_err();
        assert!(error.to_string().contains("something else wrote"), "{name}: {error}");
        let () = redis::cmd("DEL").arg(name).query(&mut admin).unwrap();
        assert_eq!(messages(&store, &key(1), NOW).await, 0, "{name}");
        assert_eq!(store.claim(NOW, 1).await.unwrap(), [], "{name}");
        assert_eq!(store.due(NOW, 1).await.unwrap(), [], "{name}");
    }
    store.commit(&lease, &outcome, NOW).await.unwrap();
    assert!(is_answered(&store, &key(1), 1, NOW).await);
    assert_eq!(store.claim(NOW, 1).await.unwrap().len(), 1);
}
