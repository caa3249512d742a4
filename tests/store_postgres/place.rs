//! Where the store is, who may use it, and which version it is of.

use std::error::Error;

use chinwag::store::{Postgres, StoreError};
use futures_util::future::join_all;

use super::{NOW, Server, begin, history, key, new_schema, open, sql, take};

/// All that an error says, for a look at what it must not say.
fn all(error: &StoreError) -> String {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error} {cause} {error:?}")
}

#[tokio::test]
async fn a_bad_url_is_one_line_without_its_password() {
    for (url, said) in [
        ("mysql://me:secret@127.0.0.1/bots", "does not begin with postgres://"),
        ("postgres://127.0.0.1/bots", "names no user"),
        ("postgres://me:secret@/bots", "names no host"),
        ("postgres://me:secret@127.0.0.1:secret/bots", "port"),
        ("postgres://me:secret@127.0.0.1/bots?secrets=secret", "secrets"),
        ("postgres://me:se@secret@127.0.0.1/bots", "write @ as %40"),
        ("postgres://me:secret@127.0.0.1/secret@127.0.0.1", "write @ as %40"),
        ("postgres://me:secret@127.0.0.1/bots?sslmode=require", "TLS"),
        ("postgres://me:secret@127.0.0.1/bots?sslmode=verify-full", "TLS"),
    ] {
        let error = Postgres::connect(url).await.unwrap_err();
        let line = error.to_string();
        assert!(line.contains(said) && !line.contains('\n'), "{url}: {line}");
        assert!(!all(&error).replace("secrets", "").contains("secret"), "{url}: {error:?}");
        assert!(!error.is_unavailable(), "{url}");
    }
    let url = "postgres://me:secret@127.0.0.1/bots";
    let builder = Postgres::builder(url);
    assert!(!format!("{builder:?}").contains("secret"));
    for schema in ["", "Chinwag", "1st", "a-b", "pg_own", "a\"; DROP", &"a".repeat(64)] {
        let error = builder.clone().schema(schema).connect().await.unwrap_err();
        assert!(error.to_string().contains("cannot be the schema's name"), "{schema}: {error}");
    }
}

#[tokio::test]
async fn who_may_not_enter_is_told_what_to_do() {
    let Some(server) = Server::shared() else { return };
    for role in ["guarded PASSWORD 'right'", "poor"] {
        sql(server, &format!("CREATE ROLE {role} LOGIN")).await;
    }
    for (user, database, said) in [
        ("guarded:secret", "postgres", "does not let the user guarded in"),
        ("guarded", "postgres", "password missing"),
        ("nobody_here:secret", "postgres", "does not let the user nobody_here in"),
        ("chinwag:secret", "nowhere", "there is no such database"),
        ("poor:secret", "postgres", "AUTHORIZATION poor"),
        ("guarded:right", "postgres", "AUTHORIZATION guarded"),
    ] {
        let store = Postgres::builder(&server.url_of(user, database)).schema("guarded");
        let error = store.connect().await.unwrap_err();
        let line = error.to_string();
        assert!(line.contains(said) && !line.contains('\n'), "{user}: {line}");
        assert!(line.contains("127.0.0.1:"), "{user}: {line}");
        assert!(!all(&error).contains("secret"), "{user}: {error:?}");
        assert!(!error.is_unavailable(), "{user}");
    }
    // What the last of them says is enough.
    sql(server, "CREATE SCHEMA guarded AUTHORIZATION guarded").await;
    let store = Postgres::builder(&server.url_of("guarded:right", "postgres")).schema("guarded");
    let store = store.connect().await.unwrap();
    take(&store, &key(1), 1, NOW).await;
    assert!(!format!("{store:?}").contains("right"));
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_may_start_at_the_same_time() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let stores = join_all((0..6).map(|_| open(server, &schema))).await;
    for (message, store) in (1..).zip(&stores) {
        take(store, &key(1), message, NOW).await;
    }
    assert_eq!(history(&stores[0], &key(1)).await, " 1 2 3 4 5 6");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let store = open(server, &schema).await;
    take(&store, &key(1), 1, NOW).await;
    sql(server, &format!("UPDATE {schema}.version SET version = 99")).await;
    let again = Postgres::builder(&server.url()).schema(&*schema).connect().await;
    let line = again.unwrap_err().to_string();
    assert!(line.contains("of version 99") && line.contains(&*schema), "{line}");
    sql(server, &format!("UPDATE {schema}.version SET version = 1")).await;
    assert_eq!(history(&open(server, &schema).await, &key(1)).await, " 1");
}

#[tokio::test]
async fn a_record_of_another_hand_begins_again() {
    let Some(server) = Server::shared() else { return };
    let schema = new_schema();
    let store = open(server, &schema).await;
    take(&store, &key(1), 1, NOW).await;
    sql(server, &format!("UPDATE {schema}.conversation SET record = '\\x00'")).await;
    let (record, _) = begin(&store, &key(1), 2, NOW).await;
    assert_eq!(record.remembered("history"), None);
}
