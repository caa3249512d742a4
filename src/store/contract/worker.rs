//! Three workers on one store, and a clock that they share.

use std::{sync::Arc, time::Duration};

use super::Finding;
use crate::{
    conversation::{Key, Record, Timer, clock::Timestamp},
    message::{AccountSid, Address, MessageSid},
    store::{Answer, Begun, Lease, Outcome, Parcel, ParcelId, Store, TurnId},
};

/// Fails the check with a sentence, unless this is so.
macro_rules! ensure {
    ($is_so:expr, $($sentence:tt)+) => {
        if !$is_so {
            return Err(format!($($sentence)+));
        }
    };
}
pub(super) use ensure;

/// Three workers on one store.
pub(super) struct Workers {
    stores: Vec<Arc<dyn Store>>,
    now: Timestamp,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Worker {
    pub(super) store: Arc<dyn Store>,
}

/// The turn of the message with this number.
pub(super) fn turn(number: u32) -> TurnId {
    TurnId::message(Some(AccountSid::new(1)), MessageSid::new(number.into()))
}

/// The conversation of a contact with this number.
pub(super) fn key(number: u32) -> Key {
    let address = |text: String| text.parse::<Address>().expect("it is an address");
    let sender = address("whatsapp:+14155238886".to_owned());
    Key::new(&sender, &address(format!("whatsapp:+1500{number:07}")))
}

/// A parcel of this conversation, for this moment.
pub(super) fn parcel(key: &Key, number: u32, due: Timestamp) -> Parcel {
    let body = number.to_string().into_bytes().into();
    Parcel { id: ParcelId::of(turn(number), 0), key: key.clone(), due, body }
}

/// What a parcel of [`parcel`] was made from.
pub(super) fn number_of(parcel: &Parcel) -> Option<u32> {
    std::str::from_utf8(&parcel.body).ok()?.parse().ok()
}

/// What a turn is answered here.
pub(super) fn answer(number: u32) -> Answer {
    Answer::new(format!("answer {number}").into_bytes())
}

impl Workers {
    pub(super) fn new(stores: Vec<Arc<dyn Store>>) -> Self {
        Self { stores, now: Timestamp::from_millis(1_767_268_800_000) }
    }

    /// The worker with this number, of three.
    pub(super) fn worker(&self, number: usize) -> Worker {
        Worker { store: Arc::clone(&self.stores[number % self.stores.len()]) }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }
}

/// How a turn begins, without what is not asked for.
#[derive(Debug, PartialEq)]
pub(super) enum Start {
    Turn(Lease),
    Answered(Answer),
    Wait,
}

impl Start {
    pub(super) fn is_turn(&self) -> bool {
        matches!(self, Self::Turn(_))
    }
}

impl Worker {
    pub(super) async fn begins(
        &self,
        key: &Key,
        number: u32,
        now: Timestamp,
    ) -> Result<(Record, Start), String> {
        let begun = self.store.begin(key, turn(number), now).await;
        Ok(match begun.map_err(|error| format!("begin failed: {error}"))? {
            Begun::Turn(record, lease) => (record, Start::Turn(lease)),
            Begun::Answered(answer) => (Record::default(), Start::Answered(answer)),
            Begun::Wait => (Record::default(), Start::Wait),
        })
    }

    /// Begins a turn that must begin.
    pub(super) async fn works(
        &self,
        key: &Key,
        number: u32,
        now: Timestamp,
    ) -> Result<(Record, Lease), String> {
        match self.begins(key, number, now).await? {
            (record, Start::Turn(lease)) => Ok((record, lease)),
            (_, other) => Err(format!("turn {number} should begin, and it is {other:?}")),
        }
    }

    /// Begins a turn that must wait.
    pub(super) async fn waits(&self, key: &Key, number: u32, now: Timestamp) -> Finding {
        let start = self.begins(key, number, now).await?.1;
        ensure!(start == Start::Wait, "turn {number} should wait, and it is {start:?}");
        Ok(())
    }

    /// Asks for the answer of a turn that was committed.
    pub(super) async fn is_answered(&self, key: &Key, number: u32, now: Timestamp) -> Finding {
        let start = self.begins(key, number, now).await?.1;
        ensure!(
            start == Start::Answered(answer(number)),
            "turn {number} should be answered as it was, and it is {start:?}"
        );
        Ok(())
    }

    /// Commits a turn that notes its number and counts itself.
    pub(super) async fn commits(
        &self,
        lease: &Lease,
        record: Record,
        number: u32,
        now: Timestamp,
    ) -> Finding {
        let committed = self.store.commit(lease, &counted(record, number, now), now).await;
        committed.map_err(|error| format!("the commit of turn {number} failed: {error}"))
    }

    /// A whole turn.
    pub(super) async fn answers(&self, key: &Key, number: u32, now: Timestamp) -> Finding {
        let (record, lease) = self.works(key, number, now).await?;
        self.commits(&lease, record, number, now).await
    }

    /// A whole turn that sets timers, or none, and posts parcels.
    pub(super) async fn leaves_behind(
        &self,
        key: &Key,
        number: u32,
        now: Timestamp,
        (timers, parcels): (&[Timer], &[Parcel]),
    ) -> Finding {
        let (mut record, lease) = self.works(key, number, now).await?;
        while let Some(old) = record.timers().first().cloned() {
            record.cancel_timer(&old.name);
        }
        for timer in timers {
            record.set_timer(timer.clone());
        }
        let mut outcome = counted(record, number, now);
        outcome.parcels = parcels.to_vec();
        let committed = self.store.commit(&lease, &outcome, now).await;
        committed.map_err(|error| format!("the commit of turn {number} failed: {error}"))
    }

    pub(super) async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, String> {
        self.store.read(key, now).await.map_err(|error| format!("read failed: {error}"))
    }

    /// The numbers of the turns that were committed in this conversation, in their order.
    pub(super) async fn history(&self, key: &Key, now: Timestamp) -> Result<String, String> {
        let record = self.read(key, now).await?;
        Ok(record.remembered("history").unwrap_or_default().to_owned())
    }

    pub(super) async fn due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(Key, Timestamp)>, String> {
        self.store.due(now, most).await.map_err(|error| format!("due failed: {error}"))
    }
}

/// A turn's outcome: its number stands in the record's history, and in the answer.
pub(super) fn counted(mut record: Record, number: u32, now: Timestamp) -> Outcome {
    let history = match record.remembered("history") {
        None => number.to_string(),
        Some(before) => format!("{before} {number}"),
    };
    record.remember("history", &history);
    record.heard(now);
    Outcome { record, answer: answer(number), parcels: Vec::new() }
}
