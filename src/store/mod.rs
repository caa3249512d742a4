//! FIRST: where conversations are kept, and that a turn is a transaction.
//!
//! A turn is [`begin`](Store::begin) and [`commit`](Store::commit), and nothing else changes a
//! record. What every store must do is said at [`Store`] and tested by its contract suite,
//! which is there with the feature `testkit`.

#[cfg(feature = "testkit")]
pub mod contract;
mod error;
mod lanes;
mod ledger;
mod memory;
mod open;
mod outbox;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod turn_id;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

pub use error::StoreError;
pub use ledger::{DELIVERIES_KEPT, Delivery, QUIET, Sent};
pub use memory::Memory;
pub use open::open;
pub use outbox::{Claim, Parcel, ParcelId, Settled};
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "redis")]
pub use redis::Redis;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub use turn_id::TurnId;

/// How long a worker that is silent keeps what it has begun: a turn, a place in the lane, a
/// timer's ring, a parcel. Whoever works longer [extends](Store::extend) its lease.
pub const LEASE: Duration = Duration::from_secs(5);

/// How long answers are kept for copies, at least.
pub const ANSWERS_KEPT: Duration = Duration::from_hours(24);

/// How long a conversation is kept after its last turn, if nothing else is said.
pub const SILENCE_KEPT: Duration = Duration::from_hours(365 * 24);

/// Keeps conversations, for one worker or many.
///
/// Time is the workers' clock, which each call tells; a store has none of its own. The clocks of
/// workers on one store should differ by less than a second.
///
/// What every store does:
///
/// - **Turns.** Only one turn of a conversation is at work at a time; the others wait in its lane,
///   in the order in which they first asked. A worker that has died holds a lane up for [`LEASE`]
///   and not longer; what it still commits afterwards is refused.
/// - **Commits.** The record, its timers, the answer and the parcels are written together or not
///   at all, and what was written is there after a crash (as far as the store is durable).
/// - **Copies.** A turn that was committed is known for [`ANSWERS_KEPT`], and each copy of it gets
///   the same bytes.
/// - **Timers.** A conversation whose record has a timer that is [due](Record::due) is named to one
///   worker, and to another one only when that has not committed within [`LEASE`].
/// - **Parcels** of one conversation are claimed one at a time, in the order of their moments and
///   then of their commits.
/// - **Deliveries.** What was sent is kept for [`DELIVERIES_KEPT`] with what became of it, which
///   [reports](Store::report) move forward and never back, in whatever order they come. One that
///   failed because its session was closed is [replaced](Sent::instead) with that report, once.
///
/// Dropping a call's future at any moment leaves the store as it was before the call or after it.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Begins this turn if it is its conversation's next; otherwise it has a place in the lane, for
    /// [`LEASE`] from its last asking.
    ///
    /// # Errors
    /// If the store cannot be reached; the turn may be begun again.
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError>;

    /// Ends a turn: what is remembered now, what is answered, what is to be sent. Done again, it
    /// changes nothing.
    ///
    /// # Errors
    /// If the lease has gone to another turn ([`is_conflict`](StoreError::is_conflict)): nothing has
    /// changed then. If the store cannot be reached, it may have been done or not.
    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Keeps the lease for [`LEASE`] from now.
    ///
    /// # Errors
    /// If it has gone to another turn, or the store cannot be reached.
    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError>;

    /// Gives the lease back without a commit: the lane's next turn may begin, or this one again. A
    /// lease that has gone already is no error.
    ///
    /// # Errors
    /// If the store cannot be reached; the lease runs out by itself.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Gives up a turn's place in the lane, if it has one.
    ///
    /// # Errors
    /// If the store cannot be reached; the place runs out by itself.
    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError>;

    /// What is remembered of a conversation, for a look; blank if there is none.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError>;

    /// Conversations with a timer that is due, longest waiting first, and when it was due. Nobody
    /// else is told of them for [`LEASE`].
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError>;

    /// Puts parcels into the outbox outside of a turn; those that are there already stay as they
    /// are.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError>;

    /// Parcels to be sent now: of each conversation the first, unless somebody has claimed it within
    /// [`LEASE`].
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError>;

    /// Ends a claim: the parcel is removed, or is to be tried again. A parcel that is gone already
    /// is no error.
    ///
    /// # Errors
    /// If the parcel is to be tried again and somebody else has claimed it since, or the store
    /// cannot be reached.
    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError>;

    /// Notes what has become of a message; its delivery as it is now. A report of a message that is
    /// not known is kept for a day: it may have come before the [settling](Self::settle).
    ///
    /// # Errors
    /// If the store cannot be reached; the same report may come again.
    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError>;

    /// What has become of a message so far; nothing if it is not known.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError>;

    /// Deliveries that are not [over](Delivery::is_over) long after their sending, longest waiting
    /// first: [`QUIET`] after it, then after twice as long each time. Nobody else is told of them at
    /// that time.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError>;

    /// Conversations of which an opt-in or a STOP is kept, behind this one in an order of the store's
    /// own, which does not change; none when there are no more.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn consents(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError>;

    /// Removes what was kept long enough; says how many conversations.
    /// A conversation with a timer stays.
    ///
    /// # Errors
    /// If the store cannot be reached.
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError>;
}

/// The record that a durable store has kept as these bytes; a blank one if they are damaged, and
/// the log says so: a person must not be locked out.
#[allow(dead_code, reason = "only durable stores keep bytes")]
fn revived(key: &Key, bytes: &[u8]) -> Record {
    Record::from_bytes(bytes).unwrap_or_else(|error| {
        let at = error.column();
        tracing::error!(conversation = ?key, at, "a record is damaged; the conversation begins again");
        Record::default()
    })
}

/// The conversation, if its record tells of consent.
#[allow(dead_code, reason = "only durable stores keep bytes")]
fn consent(key: &str, bytes: &[u8]) -> Option<(Key, Record)> {
    let key = Key::revive(key)?;
    let record = revived(&key, bytes);
    record.tells_of_consent().then_some((key, record))
}

/// A shared store is a store.
#[async_trait]
impl<T: Store + ?Sized> Store for Arc<T> {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        (**self).begin(key, turn, now).await
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        (**self).commit(lease, outcome, now).await
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        (**self).extend(lease, now).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        (**self).release(lease).await
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        (**self).leave(key, turn).await
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        (**self).read(key, now).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        (**self).due(now, most).await
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        (**self).post(parcels).await
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        (**self).claim(now, most).await
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        (**self).settle(claim, settled).await
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        (**self).report(sid, status, error, now).await
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        (**self).delivery(sid).await
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        (**self).unreported(now, most).await
    }

    async fn consents(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        (**self).consents(after, most, now).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        (**self).sweep(now).await
    }
}

/// How a turn begins.
#[derive(Debug)]
pub enum Begun {
    /// It is the lane's next: this is the conversation so far, blank at first.
    Turn(Record, Lease),
    /// It was committed: this was answered.
    Answered(Answer),
    /// Others are before it, or a copy of it is at work; ask again.
    Wait,
}

/// The right to commit one turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The conversation.
    pub key: Key,
    /// The turn.
    pub turn: TurnId,
    /// Grows from one lease of the conversation to the next: an older one cannot commit.
    pub fence: u64,
}

/// What a turn changes.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What is remembered from now on, timers included.
    pub record: Record,
    /// What each copy is answered.
    pub answer: Answer,
    /// What is to be sent beside the answer, in this order.
    pub parcels: Vec<Parcel>,
}

/// What was answered to one message, as bytes that only the dispatcher reads; `Debug` hides them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Answer(Arc<[u8]>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} bytes)", self.0.len())
    }
}

impl Answer {
    /// An answer of these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The very bytes that were committed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
