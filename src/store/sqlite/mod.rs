//! Conversations in one file on this machine: SQLite, with one sync for all that wait.

mod builder;
mod clerk;
mod holder;
mod job;
mod journal;
mod keeper;
mod known;
mod lane;
mod ledger;
mod look;
mod open;
mod outbox;
mod packs;
mod schema;
mod tables;
#[cfg(test)]
mod tests;
mod trouble;
mod turn;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::oneshot;

pub use self::builder::{Builder, Durability};
use self::{
    clerk::Clerk,
    holder::Holder,
    job::{Asked, Kind, Reach},
    keeper::Health,
    lane::Found,
    tables::Tables,
    turn::{SLICE, Written},
};
use super::{
    ANSWERS_KEPT, Begun, Claim, Delivery, LEASE, Lease, Outcome, Parcel, Settled, Store,
    StoreError, TurnId, consent, revived,
};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

/// Conversations in one file on this machine.
///
/// Take it for a bot that runs on one machine, in one process or a few: there is no server to look
/// after, and a backup is `sqlite3 bot.db '.backup copy.db'` while the bot runs.
///
/// **Durability.** A commit returns when it is on the disk, so that what was accepted survives the
/// end of the process and a power failure; commits that wait at the same time share one
/// transaction and one sync. With [`Durability::Process`] it survives the end of the process only.
///
/// **Many at once.** Turns that are committed together by a process that is alone lie in a journal
/// within the file before they are carried over to their places, and what it has committed lately
/// it knows in its memory: other programs may read the file meanwhile, and must not change it.
///
/// **Limits.** The file lies on a local disk: not on NFS or another network drive, whose locks
/// cannot be trusted. Beside it SQLite keeps `-wal` and `-shm`, which belong to it and must be moved
/// with it; a third one, `-lanes`, tells processes apart and holds nothing. One process writes at a
/// time: a second one adds safety and no speed, and while both are at work each turn costs more. Before a newer
/// chinwag is started on the file, the older one is stopped: what that one does not know of fails its
/// calls.
///
/// **Trouble.** A full disk or a locked file fails the calls that meet it, and the store goes on
/// by itself when that has passed. What needs a human is said in one line, as an
/// error and in the log.
///
/// Under tokio's paused clock no virtual time passes while the file is at work.
pub struct Sqlite {
    clerk: Arc<Clerk>,
    holder: Arc<Mutex<Holder>>,
    path: PathBuf,
    silence: Duration,
    deliveries: Duration,
    health: Arc<Health>,
}

impl Sqlite {
    /// Opens this file, or makes it in a directory that is there.
    ///
    /// # Errors
    /// One line that names the file and says what to do: if it cannot be read or written, is locked
    /// or damaged, is no SQLite file, or belongs to another application or a newer chinwag.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// A store in this file that is to be otherwise than by default.
    pub fn builder(path: impl AsRef<Path>) -> Builder {
        Builder::new(path.as_ref())
    }

    /// How often the disk was told to keep what was committed, since the file was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.health.syncs.load(Ordering::Relaxed)
    }

    /// What comes of this job, after the transaction in which it is done, or the sync after it.
    async fn ask<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl FnMut(&Tables<'_>) -> rusqlite::Result<(T, Reach)> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (waiting, told) = oneshot::channel();
        self.clerk.ask(Box::new(Asked::new(kind, work, waiting)));
        told.await.unwrap_or_else(|_| {
            let path = self.path.display();
            let line = format!("the sqlite store {path} has panicked; report what the log says");
            Err(StoreError::unavailable(line))
        })
    }

    /// Begins a turn by a look into the file.
    async fn look(
        &self,
        key: Key,
        turn: TurnId,
        now: Timestamp,
        oldest: Timestamp,
    ) -> Result<Found, StoreError> {
        let found = self.ask(Kind::Lane, move |tables| {
            let found = tables.begin(&key, turn, now, oldest)?;
            // An answer leaves the process: it must not be forgotten any more.
            let is_answer = matches!(found, Found::Answered(_));
            Ok((found, if is_answer { Reach::Disk } else { Reach::Processes }))
        });
        found.await
    }

    /// What is in memory, as long as what is written can be trusted to be kept.
    fn trusted(&self) -> Option<MutexGuard<'_, Holder>> {
        let is_lost = self.health.is_lost.load(Ordering::Relaxed);
        (!is_lost).then(|| self.holder.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many rows a part of a sweep has looked at.
    async fn slice(
        &self,
        sweep: impl Fn(&Tables<'_>) -> rusqlite::Result<i64> + Send + 'static,
    ) -> Result<i64, StoreError> {
        self.ask(Kind::Lane, move |tables| Ok((sweep(tables)?, Reach::Processes))).await
    }

    /// Who was silent since before this moment is forgotten.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        before(now, self.silence)
    }
}

/// The moment this much earlier.
fn before(now: Timestamp, time: Duration) -> Timestamp {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}

/// Shows which file it is.
impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Finishes what was asked and closes the file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.clerk.close();
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        let oldest = self.oldest(now);
        let known = self.trusted().and_then(|mut file| file.begin(key, turn, now, oldest));
        let found = match known {
            Some(found) => found,
            None => self.look(key.clone(), turn, now, oldest).await?,
        };
        Ok(match found {
            Found::Turn { record, fence } => {
                let record = record.map(|bytes| revived(key, &bytes)).unwrap_or_default();
                Begun::Turn(record, Lease { key: key.clone(), turn, fence })
            }
            Found::Answered(answer) => Begun::Answered(answer),
            Found::Wait => Begun::Wait,
        })
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let lease = lease.clone();
        let written = Written {
            record: outcome.record.to_bytes().into(),
            due: outcome.record.due(),
            answer: outcome.answer.clone(),
            parcels: outcome.parcels.clone(),
        };
        let is_done = self.ask(Kind::Commit, move |tables| {
            Ok((tables.commit(&lease, &written, now)?, Reach::Disk))
        });
        if is_done.await? { Ok(()) } else { Err(StoreError::conflict()) }
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        let is_ours = self.ask(Kind::Lane, move |tables| {
            Ok((tables.extend(&lease.key, lease.fence, now.after(LEASE))?, Reach::Processes))
        });
        if is_ours.await? { Ok(()) } else { Err(StoreError::conflict()) }
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        let was_ours = self.ask(Kind::Lane, move |tables| {
            Ok((tables.end(&lease.key, lease.fence)?, Reach::Processes))
        });
        was_ours.await.map(|_| ())
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        let key = key.clone();
        self.ask(Kind::Lane, move |tables| Ok((tables.leave(&key, turn)?, Reach::Processes))).await
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        let known = self.trusted().and_then(|mut file| file.read(key));
        let record = if let Some(record) = known {
            record
        } else {
            let key = key.clone();
            let read = move |tables: &Tables<'_>| Ok((tables.read(&key)?, Reach::Processes));
            self.ask(Kind::Look, read).await?
        };
        let bytes = record.since(self.oldest(now));
        Ok(bytes.map(|bytes| revived(key, &bytes)).unwrap_or_default())
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.ask(Kind::Look, move |tables| Ok((tables.due(now, most)?, Reach::Processes))).await
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        let parcels = parcels.to_vec();
        self.ask(Kind::Change, move |tables| Ok((tables.post(&parcels)?, Reach::Disk))).await
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.ask(Kind::Look, move |tables| {
            let claims = tables.claim(now, most)?;
            // What is sent must have been committed for good, and so must the try be.
            let reach = if claims.is_empty() { Reach::Processes } else { Reach::Disk };
            Ok((claims, reach))
        })
        .await
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        let (claim, kept) = (claim.without_body(), self.deliveries);
        let is_settled = self.ask(Kind::Change, move |tables| {
            Ok((tables.settle(&claim, &settled, kept)?, Reach::Disk))
        });
        if is_settled.await? { Ok(()) } else { Err(StoreError::conflict()) }
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let status = status.clone();
        self.ask(Kind::Change, move |tables| {
            Ok((tables.report(sid, &status, error, now)?, Reach::Disk))
        })
        .await
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.ask(Kind::Look, move |tables| Ok((tables.delivery(sid)?, Reach::Processes))).await
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.ask(Kind::Look, move |tables| Ok((tables.unreported(now, most)?, Reach::Processes)))
            .await
    }

    async fn consents(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        let mut page = Vec::new();
        let mut after = after.map(|key| key.as_str().to_owned()).unwrap_or_default();
        while page.len() < most {
            let (behind, oldest) = (after.clone(), self.oldest(now));
            let slice = self.ask(Kind::Look, move |tables| {
                Ok((tables.records_behind(&behind, oldest)?, Reach::Processes))
            });
            let slice = slice.await?;
            let Some((last, _)) = slice.last() else { break };
            after.clone_from(last);
            page.extend(slice.iter().filter_map(|(key, bytes)| consent(key, bytes)));
        }
        page.truncate(most);
        Ok(page)
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        // In slices, each a job of its own, so that turns go on between them.
        let mut swept = 0;
        loop {
            let oldest = self.oldest(now);
            let slice = self.slice(move |tables| tables.forget_conversations(oldest)).await?;
            swept += slice.cast_unsigned();
            if slice < SLICE {
                break;
            }
        }
        let oldest = before(now, ANSWERS_KEPT);
        while self.slice(move |tables| tables.forget_answers(oldest)).await? == SLICE {}
        while self.slice(move |tables| tables.forget_deliveries(now)).await? == SLICE {}
        while self.slice(move |tables| tables.forget_workers(now)).await? == SLICE {}
        Ok(swept)
    }
}
