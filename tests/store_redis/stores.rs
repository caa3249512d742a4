//! Stores, conversations and turns for these tests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chinwag::{
    conversation::{Key, Record, Timer, clock::Timestamp},
    message::MessageSid,
    store::{Answer, Begun, Lease, Outcome, Parcel, ParcelId, Redis, Store, StoreError, TurnId},
};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_268_800_000);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// A prefix that no other test has.
pub(crate) fn prefix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// This many handles on one new store.
pub(crate) async fn handles(url: String, count: usize) -> Vec<Arc<dyn Store>> {
    let prefix = prefix();
    let mut handles: Vec<Arc<dyn Store>> = Vec::new();
    for _ in 0..count {
        handles.push(Arc::new(Redis::connect(&url).await.unwrap().prefix(&prefix)));
    }
    handles
}

pub(crate) fn key(number: u32) -> Key {
    let sender = "whatsapp:+14155238886".parse().unwrap();
    Key::new(&sender, &format!("whatsapp:+1500{number:07}").parse().unwrap())
}

pub(crate) fn turn(number: u32) -> TurnId {
    TurnId::message(None, MessageSid::new(number.into()))
}

pub(crate) fn answer(number: u32) -> Answer {
    Answer::new(number.to_string().into_bytes())
}

pub(crate) fn parcel(key: &Key, number: u32) -> Parcel {
    let id = ParcelId::of(turn(number), 0);
    Parcel { id, key: key.clone(), due: NOW, body: number.to_string().into_bytes().into() }
}

/// What a turn leaves behind that counts itself, and sets a timer if it is given a moment.
pub(crate) fn outcome(mut record: Record, number: u32, due: Option<Timestamp>) -> Outcome {
    record.heard(NOW);
    if let Some(due) = due {
        record.set_timer(Timer::new("reminder", due));
    }
    Outcome { record, answer: answer(number), parcels: Vec::new() }
}

pub(crate) async fn begins(
    store: &impl Store,
    key: &Key,
    number: u32,
    now: Timestamp,
) -> (Record, Lease) {
    match store.begin(key, turn(number), now).await.unwrap() {
        Begun::Turn(record, lease) => (record, lease),
        other => panic!("turn {number} does not begin: {other:?}"),
    }
}

/// One whole turn.
pub(crate) async fn answers(
    store: &impl Store,
    key: &Key,
    number: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (record, lease) = begins(store, key, number, now).await;
    store.commit(&lease, &outcome(record, number, None), now).await
}

pub(crate) async fn messages(store: &impl Store, key: &Key, now: Timestamp) -> u32 {
    store.read(key, now).await.unwrap().messages()
}

pub(crate) async fn is_answered(
    store: &impl Store,
    key: &Key,
    number: u32,
    now: Timestamp,
) -> bool {
    match store.begin(key, turn(number), now).await.unwrap() {
        Begun::Answered(found) => found == answer(number),
        Begun::Turn(_, lease) => {
            store.release(&lease).await.unwrap();
            false
        }
        Begun::Wait => false,
    }
}
