//! Parcels in memory, by conversation.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::{Claim, LEASE, Parcel, ParcelId, Settled, StoreError};
use crate::conversation::{Key, clock::Timestamp};

/// All parcels.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queues: HashMap<Key, Queue>,
    /// Conversations by the moment at which their first parcel may be claimed.
    ready: BTreeSet<(Timestamp, Key)>,
    ids: HashSet<ParcelId>,
    posted: u64,
}

/// The parcels of one conversation, by their moment and then in the order of posting.
type Queue = BTreeMap<(Timestamp, u64), Row>;

#[derive(Debug)]
struct Row {
    parcel: Parcel,
    tries: u32,
    not_before: Timestamp,
}

impl Outbox {
    pub(super) fn post(&mut self, parcels: &[Parcel]) {
        for parcel in parcels {
            if !self.ids.insert(parcel.id) {
                continue;
            }
            self.posted += 1;
            let place = (parcel.due, self.posted);
            let row = Row { parcel: parcel.clone(), tries: 0, not_before: parcel.due };
            self.change(&parcel.key, |queue| {
                queue.insert(place, row);
            });
        }
    }

    pub(super) fn claim(&mut self, now: Timestamp, most: usize) -> Vec<Claim> {
        let ready = self.ready.iter().take_while(|(when, _)| *when <= now).take(most);
        let ready: Vec<_> = ready.map(|(_, key)| key.clone()).collect();
        let claims = ready.iter().filter_map(|key| {
            self.change(key, |queue| {
                let row = queue.first_entry()?.into_mut();
                row.tries += 1;
                row.not_before = now.after(LEASE);
                Some(Claim { parcel: row.parcel.clone(), tries: row.tries })
            })
        });
        claims.collect()
    }

    pub(super) fn settle(&mut self, claim: &Claim, settled: &Settled) -> Result<(), StoreError> {
        if !self.ids.contains(&claim.parcel.id) {
            return Ok(());
        }
        let outcome = self.change(&claim.parcel.key, |queue| {
            let found = queue.iter_mut().find(|(_, row)| row.parcel.id == claim.parcel.id);
            let Some((place, row)) = found else { return Ok(()) };
            match settled {
                Settled::Sent(_) | Settled::Done => {
                    let place = *place;
                    queue.remove(&place);
                }
                Settled::Again(when) if row.tries == claim.tries => row.not_before = *when,
                Settled::Again(_) => return Err(StoreError::conflict()),
            }
            Ok(())
        });
        if !matches!(settled, Settled::Again(_)) {
            self.ids.remove(&claim.parcel.id);
        }
        outcome
    }

    /// Changes a conversation's queue, and notes when its first parcel may be claimed.
    fn change<T>(&mut self, key: &Key, change: impl FnOnce(&mut Queue) -> T) -> T {
        let ready = |queue: &Queue| queue.first_key_value().map(|(_, first)| first.not_before);
        let queue = self.queues.entry(key.clone()).or_default();
        let before = ready(queue);
        let changed = change(queue);
        let after = ready(queue);
        if queue.is_empty() {
            self.queues.remove(key);
        }
        if before != after {
            before.map(|when| self.ready.remove(&(when, key.clone())));
            after.map(|when| self.ready.insert((when, key.clone())));
        }
        changed
    }
}
