//! Conversations as they were committed last, in the memory of a process that is alone at work.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use rusqlite::Row;

use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Answer, TurnId},
};

/// Conversations that are known at once, about: what is beyond is read again when it is asked for.
/// Tests reach it sooner.
const MOST: usize = if cfg!(test) { 150 } else { 4_096 };
/// Turns of one conversation that may have been answered: one with more is not known. Tests reach it
/// sooner.
pub(super) const MOST_TURNS: usize = if cfg!(test) { 12 } else { 1_024 };

/// Conversations as they were committed last.
///
/// Nobody else changes them while this process has the lanes. All that the journal holds is in here.
#[derive(Default)]
pub(super) struct Known {
    conversations: HashMap<Key, Conversation>,
    /// Turns in the journal.
    noted: usize,
    /// One of them has too many turns.
    is_untidy: bool,
    hasher: RandomState,
}

/// What is known of one conversation.
#[derive(Default)]
struct Conversation {
    record: Saved,
    /// The turns that were answered, as sorted hashes: whoever has the same one is looked for in the
    /// file.
    turns: Vec<u64>,
    /// Answers that are in the journal.
    noted: Vec<(TurnId, Answer)>,
}

/// A record as it was committed, or that there is none.
#[derive(Clone, Default)]
pub(super) struct Saved {
    pub(super) bytes: Option<Arc<[u8]>>,
    pub(super) at: Timestamp,
    pub(super) has_timer: bool,
}

/// What a committed turn has changed.
pub(super) struct Change {
    pub(super) turn: TurnId,
    pub(super) record: Saved,
    pub(super) answer: Answer,
    /// It is in the journal, and in no other place.
    pub(super) is_noted: bool,
}

impl Saved {
    /// Reads a row of the bytes, the moment, and whether there is a timer.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let bytes = Some(Arc::from(row.get_ref(0)?.as_blob()?));
        let at = Timestamp::from_millis(row.get(1)?);
        Ok(Self { bytes, at, has_timer: row.get(2)? })
    }

    /// The bytes, unless they were committed before `oldest` and have no timer.
    pub(super) fn since(&self, oldest: Timestamp) -> Option<Arc<[u8]>> {
        self.bytes.clone().filter(|_| self.at >= oldest || self.has_timer)
    }
}

impl Known {
    pub(super) fn is_empty(&self) -> bool {
        self.conversations.is_empty()
    }

    pub(super) fn knows(&self, key: &Key) -> bool {
        self.conversations.contains_key(key)
    }

    /// Whether some of the conversation's turns are in the journal only.
    pub(super) fn is_noted(&self, key: &Key) -> bool {
        self.conversations.get(key).is_some_and(|known| !known.noted.is_empty())
    }

    /// How many turns are in the journal.
    pub(super) fn noted(&self) -> usize {
        self.noted
    }

    /// The record of a conversation that is known.
    pub(super) fn record(&self, key: &Key) -> Option<&Saved> {
        self.conversations.get(key).map(|known| &known.record)
    }

    /// Whether the turn surely was not answered.
    pub(super) fn is_new(&self, key: &Key, turn: TurnId) -> bool {
        let hash = self.hasher.hash_one(turn);
        self.conversations.get(key).is_some_and(|known| known.turns.binary_search(&hash).is_err())
    }

    /// What was answered, if it is in the journal only.
    pub(super) fn answer(&self, key: &Key, turn: TurnId) -> Option<&Answer> {
        let noted = &self.conversations.get(key)?.noted;
        noted.iter().find(|(noted, _)| *noted == turn).map(|(_, answer)| answer)
    }

    /// Learns what the file has of a conversation.
    pub(super) fn learn(&mut self, key: Key, record: Saved, turns: &[TurnId]) {
        let mut turns: Vec<_> = turns.iter().map(|turn| self.hasher.hash_one(turn)).collect();
        turns.sort_unstable();
        self.conversations.insert(key, Conversation { record, turns, noted: Vec::new() });
    }

    /// Learns what a turn has changed, if its conversation is known.
    pub(super) fn change(&mut self, key: &Key, change: Change) {
        let Some(known) = self.conversations.get_mut(key) else {
            debug_assert!(!change.is_noted, "what the journal holds is known");
            return;
        };
        known.record = change.record;
        let hash = self.hasher.hash_one(change.turn);
        if let Err(place) = known.turns.binary_search(&hash) {
            known.turns.insert(place, hash);
        }
        self.is_untidy |= known.turns.len() > MOST_TURNS;
        if change.is_noted {
            known.noted.push((change.turn, change.answer));
            self.noted += 1;
        }
    }

    /// Learns that the journal is empty.
    pub(super) fn carried_over(&mut self) {
        if self.noted > 0 {
            self.conversations.values_mut().for_each(|known| known.noted.clear());
            (self.noted, self.is_untidy) = (0, true);
        }
    }

    /// Forgets what is too much, once all that a transaction has done is learned: nothing that is in
    /// the journal only.
    pub(super) fn tidy(&mut self) {
        let is_full = self.conversations.len() > MOST;
        if is_full || self.is_untidy {
            self.conversations.retain(|_, known| {
                !known.noted.is_empty() || !is_full && known.turns.len() <= MOST_TURNS
            });
            self.is_untidy = false;
        }
    }
}
