//! The store on Postgres: the contract, and what is its own.

#![cfg(all(feature = "postgres", feature = "testkit"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod crowd;
mod outage;
mod place;
#[path = "../servers/postgres.rs"]
mod servers;
mod size;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use chinwag::{
    conversation::{Key, Record, clock::Timestamp},
    message::MessageSid,
    store::{Answer, Begun, Lease, Outcome, Postgres, Store, TurnId, contract},
};
use servers::Postgres as Server;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A schema of its own for each test, so that they share a server.
fn new_schema() -> String {
    static SCHEMAS: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", SCHEMAS.fetch_add(1, Ordering::Relaxed))
}

async fn open(server: &Server, schema: &str) -> Postgres {
    let store = Postgres::builder(&server.url()).schema(schema).connections(4);
    store.connect().await.unwrap()
}

/// Says this to the server behind the store's back, and what it answers in the first column.
async fn sql(server: &Server, statement: &str) -> Option<i64> {
    let (client, connection) =
        tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let rows = client.query(statement, &[]).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    rows.first().map(|row| row.get(0))
}

fn key(conversation: u32) -> Key {
    let sender = "whatsapp:+14155238886".parse().unwrap();
    Key::new(&sender, &format!("whatsapp:+1500{conversation:07}").parse().unwrap())
}

fn turn(message: u32) -> TurnId {
    TurnId::message(None, MessageSid::new(message.into()))
}

async fn begin(store: &dyn Store, key: &Key, message: u32, now: Timestamp) -> (Record, Lease) {
    match store.begin(key, turn(message), now).await.unwrap() {
        Begun::Turn(record, lease) => (record, lease),
        other => panic!("it is its turn, and it is {other:?}"),
    }
}

/// The record after this message: a history of all of them.
fn heard(mut record: Record, message: u32) -> Outcome {
    let history = record.remembered("history").unwrap_or_default();
    let history = format!("{history} {message}");
    record.remember("history", &history);
    let answer = Answer::new(message.to_be_bytes());
    Outcome { record, answer, ..Outcome::default() }
}

async fn take(store: &dyn Store, key: &Key, message: u32, now: Timestamp) {
    let (record, lease) = begin(store, key, message, now).await;
    store.commit(&lease, &heard(record, message), now).await.unwrap();
}

async fn history(store: &dyn Store, key: &Key) -> String {
    let record = store.read(key, NOW).await.unwrap();
    record.remembered("history").unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds() {
    let Some(server) = Server::shared() else { return };
    contract::holds(async |count| {
        let schema = new_schema();
        let mut workers: Vec<Arc<dyn Store>> = Vec::new();
        for _ in 0..count {
            workers.push(Arc::new(open(server, &schema).await));
        }
        workers
    })
    .await;
}
