//! Conversations in Redis, for many workers at the highest rate.

mod bells;
mod fault;
mod keys;
mod ledger;
mod link;
mod outbox;
mod server;
mod steps;
mod sweep;
mod turns;

use std::{fmt, time::Duration};

use async_trait::async_trait;

use self::{keys::Keys, link::Link, steps::Steps};
use super::{
    Begun, Claim, DELIVERIES_KEPT, Delivery, Lease, Outcome, Parcel, SILENCE_KEPT, Settled, Store,
    StoreError, TurnId,
};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

/// Conversations in Redis 7.0 or newer, for many workers.
///
/// A turn costs two round trips: one script begins it, one commits it. Each script runs as a whole
/// or not at all, and a server that was restarted or flushed is given its scripts again. All calls
/// share one connection, which is made again when it is lost; a call that gets no answer fails
/// within about two seconds.
///
/// **What it keeps.** Redis is as durable as it is set up to be. What was committed is lost
///
/// - never, on one server with `appendonly yes` and `appendfsync always`;
/// - for up to about a second before a crash of the machine with `appendfsync everysec`, Redis'
///   default for its log; a crash of Redis alone loses nothing then;
/// - back to the last snapshot with `appendonly no`, and altogether without snapshots;
/// - in a failover, as far as the replica was behind: replication does not wait. `min-replicas-to-write`
///   bounds that and does not end it, and chinwag does not use `WAIT`;
/// - when memory is full, unless `maxmemory-policy` is `noeviction`, as is the default. With it, a
///   full server refuses new turns, and none is lost.
///
/// A turn whose commit was lost like this is answered anew if Twilio sends its message again.
/// Connecting warns once in the log if the server may drop conversations or writes nothing to disk.
///
/// **Keys** are named `{chinwag:NN}:…`, with 64 hash tags among which conversations are spread; all
/// that a script touches has one tag, as clusters ask for. A delivery has the tag of its message's
/// sid, as reports name nothing else; so a parcel that was sent is settled in two steps, and a crash
/// between them leaves both the delivery and the parcel, whose next try finds the message. This store speaks to one server: of a
/// cluster it can use a node that has all slots. Names hold the addresses of sender and contact.
/// Give each bot on one server a [prefix](Self::prefix) or a database of its own.
///
/// ```no_run
/// use std::time::Duration;
///
/// use chinwag::store::Redis;
///
/// # async fn connected() -> Result<Redis, chinwag::store::StoreError> {
/// let store = Redis::connect("redis://127.0.0.1:6379/0").await?;
/// Ok(store.prefix("pizzeria").silence(Duration::from_hours(90 * 24)))
/// # }
/// ```
pub struct Redis {
    link: Link,
    steps: Steps,
    keys: Keys,
    silence: Duration,
    deliveries: Duration,
}

/// Names the server and the prefix, and no password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("server", &self.link)
            .field("prefix", &self.keys.prefix())
            .finish_non_exhaustive()
    }
}

impl Redis {
    /// Connects to the server at `redis://USER:PASSWORD@HOST:PORT/DATABASE`, of which all but the
    /// host may be left out, or `redis+unix:///PATH?db=DATABASE`.
    ///
    /// # Errors
    /// If the server cannot be reached within about two seconds, or if it cannot be used: the URL
    /// or the password is wrong, the server is too old.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let link = Link::new(url)?;
        server::looked_at(&link).await?;
        let steps = Steps::new();
        let mut load = ::redis::pipe();
        for step in steps.all() {
            load.load_script(step).ignore();
        }
        link.ask_all::<()>(&load).await?;
        let (silence, deliveries) = (SILENCE_KEPT, DELIVERIES_KEPT);
        Ok(Self { link, steps, keys: Keys::default(), silence, deliveries })
    }

    /// Keeps a conversation for this long after its last turn, in place of [`SILENCE_KEPT`].
    #[must_use]
    pub fn silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Keeps what was sent for this long, in place of [`DELIVERIES_KEPT`].
    #[must_use]
    pub fn deliveries(self, kept: Duration) -> Self {
        Self { deliveries: kept, ..self }
    }

    /// Begins all names in Redis with this, in place of `chinwag`: bots that share a server need
    /// different ones.
    ///
    /// # Panics
    /// If it is empty or has a brace in it.
    #[must_use]
    #[track_caller]
    pub fn prefix(self, prefix: &str) -> Self {
        let keys = Keys::new(prefix).expect("a prefix is not empty and has no braces");
        Self { keys, ..self }
    }
}

#[async_trait]
impl Store for Redis {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        self.begin_turn(key, turn, now).await
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.commit_turn(lease, outcome, now).await
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.extend_lease(lease, now).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.release_lease(lease).await
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        self.leave_lane(key, turn).await
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        self.read_record(key, now).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.ringing(now, most).await
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        self.post_parcels(parcels).await
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.claim_parcels(now, most).await
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        self.settle_claim(claim, settled).await
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        self.note_report(sid, status, error, now).await
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.find_delivery(sid).await
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.quiet_deliveries(now, most).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.sweep_shards(now).await
    }
}

/// Milliseconds, as scripts take them.
fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
