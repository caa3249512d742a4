//! Who has the lanes of a file: as long as this process is alone at work, it has them in its memory.
//!
//! A lock on a small file beside the database tells the processes apart. Whoever holds it alone
//! need not write down who is at work, nor look up what it has committed itself; whoever finds it
//! held knocks, by giving that file a length, and the holder writes its lanes into the database and
//! lets go. It also does so after a few milliseconds without work, and a process that ends has let
//! go by itself.

use std::{
    collections::HashMap,
    fs::{File, TryLockError},
};

use super::{
    known::{Change, Known, Saved},
    lane::{Found, fence_at},
    tables::Tables,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Answer, TurnId, lanes::Lanes},
};

/// Who has the lanes of a file.
pub(super) struct Holder {
    lock: File,
    has: Has,
    pending: Pending,
}

enum Has {
    /// This process does not hold the lock.
    Nothing,
    /// It holds it alone.
    All(Alone),
    /// It holds it alone, and the transaction under way writes the lanes into the file.
    Leaving(Alone),
    /// Others may hold it too, and the lanes are in the file.
    Share,
}

/// What a process that is alone has in its memory.
#[derive(Default)]
pub(super) struct Alone {
    pub(super) lanes: Lanes<Key>,
    pub(super) known: Known,
}

/// What the transaction under way has done, as it matters to what is in memory: undone or done at its
/// end.
#[derive(Default)]
struct Pending {
    granted: Vec<(Key, u64)>,
    ended: Vec<(Key, u64)>,
    learned: Vec<(Key, Saved, Vec<TurnId>)>,
    changed: HashMap<Key, Change>,
    has_carried_over: bool,
    /// The lanes in memory are being read by it.
    is_new: bool,
    /// It has left no lanes in the file.
    is_done: bool,
}

impl Holder {
    pub(super) fn new(lock: File) -> Self {
        Self { lock, has: Has::Nothing, pending: Pending::default() }
    }

    /// Takes hold, before a transaction; `false` if another process has not let go yet.
    pub(super) fn takes(&mut self) -> bool {
        if self.is_at_work() {
            return true;
        }
        if !self.is_asked() {
            match self.lock.try_lock() {
                Ok(()) => {
                    self.has = Has::All(Alone::default());
                    self.pending.is_new = true;
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
        if let Err(TryLockError::WouldBlock) = self.lock.try_lock_shared() {
            // A knock that does not come through costs no more than time.
            drop(self.lock.set_len(1));
            return false;
        }
        drop(self.lock.set_len(0));
        self.has = Has::Share;
        true
    }

    /// Brings the lanes to where they belong, in a transaction, before anybody asks for one; says
    /// whether the journal must be empty from now on.
    pub(super) fn open(&mut self, tables: &Tables<'_>, is_leaving: bool) -> rusqlite::Result<bool> {
        let must_leave = is_leaving || self.is_asked();
        let Has::All(alone) = &mut self.has else { return Ok(matches!(self.has, Has::Share)) };
        if self.pending.is_new {
            tables.take_lanes(&mut alone.lanes)?;
        } else if must_leave {
            tables.keep_lanes(&alone.lanes)?;
            self.has = Has::Leaving(std::mem::take(alone));
        }
        Ok(self.pending.is_new || must_leave)
    }

    /// Begins a turn without a look into the file, if all that it asks for is in memory.
    pub(super) fn begin(
        &mut self,
        key: &Key,
        turn: TurnId,
        now: Timestamp,
        oldest: Timestamp,
    ) -> Option<Found> {
        // What the transaction under way has done in this conversation is not known yet.
        if self.pending.is_new || self.has_changed(key) {
            return None;
        }
        let Alone { lanes, known } = self.alone()?;
        let record = known.record(key).filter(|_| known.is_new(key, turn))?;
        let record = record.since(oldest);
        lanes.raise(fence_at(now));
        let fence = lanes.ask(key.clone(), turn, now);
        Some(fence.map_or(Found::Wait, |fence| Found::Turn { record, fence }))
    }

    /// The record, if the conversation is known.
    pub(super) fn read(&mut self, key: &Key) -> Option<Saved> {
        self.known()?.record(key).cloned()
    }

    /// The same, as the transaction under way sees it.
    pub(super) fn read_within(&mut self, key: &Key) -> Option<Saved> {
        let changed = self.pending.changed.get(key).map(|change| change.record.clone());
        changed.or_else(|| self.read(key))
    }

    /// What was answered to the turn, if that is in memory.
    pub(super) fn answer(&mut self, key: &Key, turn: TurnId) -> Option<Answer> {
        let changed = self.pending.changed.get(key).filter(|change| change.turn == turn);
        let changed = changed.map(|change| change.answer.clone());
        changed.or_else(|| self.known()?.answer(key, turn).cloned())
    }

    /// The lanes, if they are in memory.
    pub(super) fn lanes(&mut self) -> Option<&mut Lanes<Key>> {
        self.alone().map(|alone| &mut alone.lanes)
    }

    /// What is known of conversations, if this process is alone.
    pub(super) fn known(&mut self) -> Option<&mut Known> {
        self.alone().map(|alone| &mut alone.known)
    }

    fn alone(&mut self) -> Option<&mut Alone> {
        match &mut self.has {
            Has::All(alone) => Some(alone),
            _ => None,
        }
    }

    /// A lease in memory is worth nothing if the transaction fails.
    pub(super) fn granted(&mut self, key: &Key, fence: u64) {
        self.pending.granted.push((key.clone(), fence));
    }

    /// A lease in memory is over if the transaction does not fail.
    pub(super) fn ended(&mut self, key: &Key, fence: u64) {
        self.pending.ended.push((key.clone(), fence));
    }

    /// What the transaction has read of a conversation is known if it does not fail.
    pub(super) fn learned(&mut self, key: &Key, record: Saved, turns: Vec<TurnId>) {
        self.pending.learned.push((key.clone(), record, turns));
    }

    /// What the transaction has committed is known if it does not fail.
    pub(super) fn changed(&mut self, key: &Key, change: Change) {
        self.pending.changed.insert(key.clone(), change);
    }

    /// Whether the transaction has committed a turn in this conversation.
    pub(super) fn has_changed(&self, key: &Key) -> bool {
        self.pending.changed.contains_key(key)
    }

    /// How many turns are in the journal.
    pub(super) fn noted(&mut self) -> usize {
        let pending = self.pending.changed.values().filter(|change| change.is_noted).count();
        pending + self.known().map_or(0, |known| known.noted())
    }

    /// The transaction has emptied the journal.
    pub(super) fn carried_over(&mut self) {
        self.pending.has_carried_over = true;
        self.pending.changed.values_mut().for_each(|change| change.is_noted = false);
    }

    /// Whether the transaction has left no lanes in the file.
    pub(super) fn set_done(&mut self, is_done: bool) {
        self.pending.is_done = is_done;
    }

    /// Ends what a transaction has begun, and lets go where nothing is left.
    pub(super) fn close(&mut self, is_committed: bool) {
        let pending = std::mem::take(&mut self.pending);
        self.has = match std::mem::replace(&mut self.has, Has::Nothing) {
            Has::All(mut alone) => {
                let (is_new, is_blank) =
                    (pending.is_new, alone.is_blank_after(pending, is_committed));
                if is_blank || is_new && !is_committed { Has::Nothing } else { Has::All(alone) }
            }
            Has::Leaving(alone) if !is_committed => Has::All(alone),
            Has::Leaving(_) => Has::Nothing,
            Has::Share if is_committed && pending.is_done => Has::Nothing,
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

    /// Lets go without a transaction, if all that matters is in its place in the file anyway.
    pub(super) fn has_let_go(&mut self) -> bool {
        let is_free = match &self.has {
            Has::Nothing | Has::Share => true,
            Has::All(alone) => alone.lanes.is_empty() && alone.known.noted() == 0,
            Has::Leaving(_) => false,
        };
        if is_free {
            self.has = Has::Nothing;
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

impl Alone {
    /// Heeds what a transaction has done, or that it was not done; whether nothing is left to be
    /// held.
    fn is_blank_after(&mut self, pending: Pending, is_committed: bool) -> bool {
        let over = if is_committed { pending.ended } else { pending.granted };
        for (key, fence) in over {
            self.lanes.end(&key, fence);
        }
        if is_committed {
            if pending.has_carried_over {
                self.known.carried_over();
            }
            for (key, record, turns) in pending.learned {
                self.known.learn(key, record, &turns);
            }
            for (key, change) in pending.changed {
                self.known.change(&key, change);
            }
            self.known.tidy();
        }
        self.lanes.is_empty() && self.known.is_empty()
    }
}
