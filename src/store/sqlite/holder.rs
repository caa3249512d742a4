//! Who has the lanes of a file: as long as this process is alone at work, it has them in its memory.
//!
//! A lock on a small file beside the database tells the processes apart. Whoever holds it alone
//! need not write down who is at work; whoever finds it held knocks, by giving that file a length,
//! and the holder writes its lanes into the database and lets go. It also does so after a few
//! milliseconds without work, and a process that ends has let go by itself.

use std::{
    fs::{File, TryLockError},
    thread::sleep,
    time::Duration,
};

use super::tables::Tables;
use crate::{conversation::Key, store::lanes::Lanes};

/// Between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(1);

/// Who has the lanes of a file.
pub(super) struct Holder {
    lock: File,
    has: Has,
    /// What the transaction under way has done to lanes in memory: undone or done at its end.
    granted: Vec<(Key, u64)>,
    ended: Vec<(Key, u64)>,
    /// The lanes in memory were read by the transaction under way.
    is_new: bool,
    /// The transaction under way has left no lanes in the file.
    is_done: bool,
}

enum Has {
    /// This process does not hold the lock.
    Nothing,
    /// It holds it alone, and these are the lanes.
    All(Lanes<Key>),
    /// It holds it alone, and the transaction under way writes these into the file.
    Leaving(Lanes<Key>),
    /// Others may hold it too, and the lanes are in the file.
    Share,
}

impl Holder {
    pub(super) fn new(lock: File) -> Self {
        Self {
            lock,
            has: Has::Nothing,
            granted: Vec::new(),
            ended: Vec::new(),
            is_new: false,
            is_done: false,
        }
    }

    /// Takes hold, before a transaction; `false` if another process does not let go within this
    /// time.
    pub(super) fn take(&mut self, patience: Duration) -> bool {
        if self.is_at_work() {
            return true;
        }
        if !self.is_asked() {
            match self.lock.try_lock() {
                Ok(()) => {
                    (self.has, self.is_new) = (Has::All(Lanes::default()), true);
                    return true;
                }
                Err(TryLockError::WouldBlock) => {}
                // There are no locks here: what is in the file holds for everybody.
                Err(TryLockError::Error(_)) => {
                    self.has = Has::Share;
                    return true;
                }
            }
        }
        self.share(patience)
    }

    fn share(&mut self, patience: Duration) -> bool {
        let mut waited = Duration::ZERO;
        while let Err(TryLockError::WouldBlock) = self.lock.try_lock_shared() {
            if waited >= patience {
                return false;
            }
            // A knock that does not come through costs no more than time.
            drop(self.lock.set_len(1));
            sleep(PAUSE);
            waited += PAUSE;
        }
        drop(self.lock.set_len(0));
        self.has = Has::Share;
        true
    }

    /// Brings the lanes to where they belong, in a transaction, before anybody asks for one.
    pub(super) fn open(&mut self, tables: &Tables<'_>, is_leaving: bool) -> rusqlite::Result<()> {
        let must_leave = is_leaving || self.is_asked();
        let Has::All(lanes) = &mut self.has else { return Ok(()) };
        if self.is_new {
            tables.take_lanes(lanes)?;
        } else if must_leave {
            tables.keep_lanes(lanes)?;
            self.has = Has::Leaving(std::mem::take(lanes));
        }
        Ok(())
    }

    /// The lanes, if they are in memory.
    pub(super) fn lanes(&mut self) -> Option<&mut Lanes<Key>> {
        match &mut self.has {
            Has::All(lanes) => Some(lanes),
            _ => None,
        }
    }

    /// A lease in memory is worth nothing if the transaction fails.
    pub(super) fn granted(&mut self, key: &Key, fence: u64) {
        self.granted.push((key.clone(), fence));
    }

    /// A lease in memory is over if the transaction does not fail.
    pub(super) fn ended(&mut self, key: &Key, fence: u64) {
        self.ended.push((key.clone(), fence));
    }

    /// Whether the transaction has left no lanes in the file.
    pub(super) fn set_done(&mut self, is_done: bool) {
        self.is_done = is_done;
    }

    /// Ends what a transaction has begun, and lets go where nothing is left.
    pub(super) fn close(&mut self, is_committed: bool) {
        let over = if is_committed { &mut self.ended } else { &mut self.granted };
        let over = std::mem::take(over);
        self.granted.clear();
        self.ended.clear();
        let is_new = std::mem::take(&mut self.is_new);
        let is_done = std::mem::take(&mut self.is_done);
        self.has = match std::mem::replace(&mut self.has, Has::Nothing) {
            Has::All(mut lanes) => {
                for (key, fence) in over {
                    lanes.end(&key, fence);
                }
                let is_kept = !lanes.is_empty() && (is_committed || !is_new);
                if is_kept { Has::All(lanes) } else { Has::Nothing }
            }
            Has::Leaving(lanes) if !is_committed => Has::All(lanes),
            Has::Leaving(_) => Has::Nothing,
            Has::Share if is_committed && is_done => Has::Nothing,
            other => other,
        };
        if matches!(self.has, Has::Nothing) {
            self.let_go();
        }
    }

    /// Whether there is a hold to be let go.
    pub(super) fn is_at_work(&self) -> bool {
        !matches!(self.has, Has::Nothing)
    }

    /// Lets go without a transaction, if all lanes are in the file anyway.
    pub(super) fn has_let_go(&mut self) -> bool {
        if matches!(self.has, Has::Share) {
            self.has = Has::Nothing;
        }
        let is_free = !self.is_at_work();
        if is_free {
            self.let_go();
        }
        is_free
    }

    fn let_go(&self) {
        if let Err(error) = self.lock.unlock() {
            tracing::error!(%error, "the lock of the sqlite store's lanes is not given back");
        }
    }

    fn is_asked(&self) -> bool {
        self.lock.metadata().is_ok_and(|file| file.len() > 0)
    }
}
