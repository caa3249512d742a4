//! Conversations in Postgres, for many workers.

mod builder;
mod failure;
mod ledger;
mod link;
mod place;
mod schema;
mod upkeep;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use tokio_postgres::{Row, types::ToSql};

use self::link::Link;
use super::{
    Answer, Begun, Claim, Delivery, LEASE, Lease, Outcome, Parcel, ParcelId, Settled, Store,
    StoreError, TurnId, revived,
};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

pub use builder::Builder;

/// Conversations in Postgres (12 or newer; tested with 15), for many workers on many machines.
///
/// Take it if there is a Postgres already that is backed up and watched, or if more than one
/// machine answers; for one machine a file is simpler and faster.
///
/// ```no_run
/// # async fn open() -> Result<(), chinwag::store::StoreError> {
/// use chinwag::store::Postgres;
///
/// let store = Postgres::connect("postgres://chinwag:secret@db.internal/bots").await?;
/// # Ok(())
/// # }
/// ```
///
/// **Setting up.** The first worker makes the schema `chinwag` with its tables and functions, and
/// each newer version of this crate brings it up to date; workers may start at the same time. That
/// takes the right to create schemas in the database, or a schema of this name that belongs to the
/// user. A schema that a newer version has brought up to date is refused.
///
/// **Promises.** A turn costs two round trips, each one call of a function in the server and one
/// transaction. What is committed survives a crash of the server, as far as its
/// `synchronous_commit` says so: the default, `on`, waits for the disk, and so do turns that begin,
/// as their order is decided there. To give up the last moments before a crash for speed, add
/// `?options=-c%20synchronous_commit%3Doff` to the URL. Leases that are kept or given back, and
/// timers that are told, never wait for the disk.
///
/// **Clocks.** Moments come from the workers; the server's clock decides nothing. Workers' clocks
/// should differ by less than a second.
///
/// **When the server is away**, calls fail as [unavailable](StoreError::is_unavailable) within 4 s,
/// and work again when it is back. A call that finds its connection broken is made once more on
/// another one; all calls may be. Statements are ended by the server after 3 s.
///
/// **TLS** is not built in: `sslmode=require` is refused, and `prefer`, the default, is as good as
/// `disable`. Reach the server through a private network or a TLS tunnel. Behind `PgBouncer` take
/// its session mode.
pub struct Postgres {
    link: Link,
    silence: Duration,
    deliveries: Duration,
}

/// Shows where the server is, and no password.
impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format_args!("{}", self.link.place());
        f.debug_struct("Postgres").field("place", &place).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects to the database of this URL, `postgres://user:password@host:port/database`, and
    /// brings the schema `chinwag` up to date.
    ///
    /// # Errors
    /// If the URL or what it names cannot be used, in one line that says what to do; if the server
    /// cannot be reached just now ([`is_unavailable`](StoreError::is_unavailable)).
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::builder(url).connect().await
    }

    /// The same with other settings.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }

    /// The first moment whose commits are not too old to be remembered.
    fn fresh_since(&self, now: Timestamp) -> i64 {
        now.as_millis().saturating_sub(millis(self.silence))
    }
}

/// As the tables keep times.
fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// A number of rows as the server counts.
fn rows(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// Parcels as a call takes them: a column each.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<&'a [u8]>,
    keys: Vec<&'a str>,
    dues: Vec<i64>,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    fn of(parcels: &'a [Parcel]) -> Self {
        let mut columns = Self::default();
        for parcel in parcels {
            columns.ids.push(&parcel.id.0);
            columns.keys.push(parcel.key.as_str());
            columns.dues.push(parcel.due.as_millis());
            columns.bodies.push(&parcel.body);
        }
        columns
    }
}

#[async_trait]
impl Store for Postgres {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        let (id, fresh_since) = (&turn.as_bytes()[..], self.fresh_since(now));
        let values: [&(dyn ToSql + Sync); 5] =
            [&key.as_str(), &id, &now.as_millis(), &millis(LEASE), &fresh_since];
        let row = self.link.row("begin_turn", &values).await?;
        if let Some(answer) = self.link.read::<Option<&[u8]>>(&row, 0)? {
            return Ok(Begun::Answered(Answer::new(answer)));
        }
        let Some(fence) = self.link.read::<Option<i64>>(&row, 1)? else { return Ok(Begun::Wait) };
        let record = self.link.read::<Option<&[u8]>>(&row, 2)?;
        let record = record.map_or_else(Record::default, |bytes| revived(key, bytes));
        Ok(Begun::Turn(record, Lease { key: key.clone(), turn, fence: fence.cast_unsigned() }))
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let due = outcome.record.due().map(Timestamp::as_millis);
        let parcels = Columns::of(&outcome.parcels);
        let values: [&(dyn ToSql + Sync); 11] = [
            &lease.key.as_str(),
            &&lease.turn.as_bytes()[..],
            &lease.fence.cast_signed(),
            &now.as_millis(),
            &outcome.record.to_bytes(),
            &due,
            &outcome.answer.as_bytes(),
            &parcels.ids,
            &parcels.keys,
            &parcels.dues,
            &parcels.bodies,
        ];
        self.link.yes("commit_turn", &values).await
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let (turn, fence) = (&lease.turn.as_bytes()[..], lease.fence.cast_signed());
        let until = now.after(LEASE).as_millis();
        self.link.yes("extend_lease", &[&lease.key.as_str(), &turn, &fence, &until]).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let (turn, fence) = (&lease.turn.as_bytes()[..], lease.fence.cast_signed());
        self.link.row("release_lease", &[&lease.key.as_str(), &turn, &fence]).await.map(drop)
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        let turn = &turn.as_bytes()[..];
        self.link.row("leave_lane", &[&key.as_str(), &turn]).await.map(drop)
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        let fresh_since = self.fresh_since(now);
        let row = self.link.row("read_record", &[&key.as_str(), &fresh_since]).await?;
        let record = self.link.read::<Option<&[u8]>>(&row, 0)?;
        Ok(record.map_or_else(Record::default, |bytes| revived(key, bytes)))
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        let values: [&(dyn ToSql + Sync); 3] = [&now.as_millis(), &millis(LEASE), &rows(most)];
        let told = self.link.rows("due_timers", &values).await?;
        told.iter().map(|row| Ok((self.key(row, 0)?, self.moment(row, 1)?))).collect()
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        if parcels.is_empty() {
            return Ok(());
        }
        let parcels = Columns::of(parcels);
        let values: [&(dyn ToSql + Sync); 4] =
            [&parcels.ids, &parcels.keys, &parcels.dues, &parcels.bodies];
        self.link.row("post_parcels", &values).await.map(drop)
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        let values: [&(dyn ToSql + Sync); 3] = [&now.as_millis(), &millis(LEASE), &rows(most)];
        let claimed = self.link.rows("claim_parcels", &values).await?;
        claimed.iter().map(|row| self.claimed(row)).collect()
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        let Parcel { id, key, .. } = &claim.parcel;
        let again = match settled {
            Settled::Sent(sent) => return self.settle_sent(claim, &sent).await,
            Settled::Done => None,
            Settled::Again(when) => Some(when.as_millis()),
        };
        let values: [&(dyn ToSql + Sync); 4] =
            [&&id.0[..], &key.as_str(), &claim.tries.cast_signed(), &again];
        self.link.yes("settle_parcel", &values).await
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
        let found = self.link.rows("find_delivery", &[&&sid.to_bytes()[..]]).await?;
        found.first().map(|row| self.delivery_in(row)).transpose()
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        let values: [&(dyn ToSql + Sync); 3] = [&now.as_millis(), &millis(LEASE), &rows(most)];
        let told = self.link.rows("unreported_deliveries", &values).await?;
        told.iter().map(|row| self.delivery_in(row)).collect()
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        upkeep::sweep(&self.link, now, self.fresh_since(now)).await
    }
}

impl Postgres {
    fn key(&self, row: &Row, column: usize) -> Result<Key, StoreError> {
        let key = Key::revive(self.link.read(row, column)?);
        key.ok_or_else(|| self.link.place().damaged("a conversation's key"))
    }

    fn moment(&self, row: &Row, column: usize) -> Result<Timestamp, StoreError> {
        self.link.read(row, column).map(Timestamp::from_millis)
    }

    fn parcel_id(&self, row: &Row, column: usize) -> Result<ParcelId, StoreError> {
        let id = self.link.read::<&[u8]>(row, column)?.try_into();
        id.map(ParcelId).map_err(|_| self.link.place().damaged("a parcel's id"))
    }

    fn claimed(&self, row: &Row) -> Result<Claim, StoreError> {
        let parcel = Parcel {
            id: self.parcel_id(row, 0)?,
            key: self.key(row, 1)?,
            due: self.moment(row, 2)?,
            body: self.link.read::<&[u8]>(row, 3)?.into(),
        };
        let tries = self.link.read::<i32>(row, 4)?.cast_unsigned();
        Ok(Claim { parcel, tries })
    }
}
