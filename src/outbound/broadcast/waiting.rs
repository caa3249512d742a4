//! What a broadcast has put into the outbox and has not seen leave.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;

use super::Line;
use crate::{
    conversation::{Key, clock::Timestamp},
    outbound::Fate,
    store::{Claim, Parcel, ParcelId, Settled, Store, StoreError},
};

/// How many are asked for at a time.
const AT_ONCE: usize = 64;
/// How long a message is left alone before it is asked whether it is still there.
const LEFT_ALONE: Duration = Duration::from_secs(2);

/// Messages in the outbox, and what has become of others.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    lines: HashMap<ParcelId, Place>,
    /// How many have left since the beginning.
    pub(super) told: u64,
    /// What Twilio has refused, until it is said.
    refused: Vec<Line>,
}

#[derive(Debug)]
struct Place {
    line: Line,
    key: Key,
    due: Timestamp,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// It is about to be there: a courier may be faster than who has put it there.
    pub(super) fn enters(&mut self, id: ParcelId, key: Key, due: Timestamp, line: Line) {
        self.lines.insert(id, Place { line, key, due });
    }

    /// It was not put there after all.
    pub(super) fn is_not_there(&mut self, id: ParcelId) {
        self.lines.remove(&id);
    }

    /// A courier of this process says what has become of one.
    pub(super) fn fate(&mut self, id: ParcelId, fate: Fate) {
        let Some(place) = self.lines.remove(&id) else { return };
        match fate {
            Fate::Sent(_) | Fate::Waits => self.told += 1,
            Fate::Refused => self.refused.push(place.line),
        }
    }

    /// It is not there any more, whoever has sent it.
    pub(super) fn has_left(&mut self, id: ParcelId) {
        if self.lines.remove(&id).is_some() {
            self.told += 1;
        }
    }

    /// What was refused since it was asked last.
    pub(super) fn take_refused(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.refused)
    }

    /// Those that have been there for a while, as nobody has claimed them.
    pub(super) fn old(&self, now: Timestamp) -> Vec<(ParcelId, Key, Timestamp)> {
        let is_old = |place: &Place| now.since(place.due) >= LEFT_ALONE;
        let old = self.lines.iter().filter(|(_, place)| is_old(place));
        old.map(|(id, place)| (*id, place.key.clone(), place.due)).collect()
    }
}

/// Which of these have left the outbox, by whatever courier.
pub(super) async fn have_left(
    store: &dyn Store,
    parcels: &[(ParcelId, Key, Timestamp)],
) -> Result<Vec<ParcelId>, StoreError> {
    let mut left = Vec::new();
    for parcels in parcels.chunks(AT_ONCE) {
        let asked = parcels.iter().map(|(id, key, due)| has_left(store, *id, key, *due));
        for ((id, ..), has_left) in parcels.iter().zip(join_all(asked).await) {
            left.extend(has_left?.then_some(*id));
        }
    }
    Ok(left)
}

/// Whether a parcel has left the outbox.
///
/// Who settles a claim that others have overtaken is told so; who settles what is gone is not. Nobody
/// claims a parcel so often.
pub(super) async fn has_left(
    store: &dyn Store,
    id: ParcelId,
    key: &Key,
    due: Timestamp,
) -> Result<bool, StoreError> {
    let parcel = Parcel { id, key: key.clone(), due, body: Box::default() };
    match store.settle(&Claim { parcel, tries: u32::MAX }, Settled::Again(due)).await {
        Ok(()) => Ok(true),
        Err(error) if error.is_conflict() => Ok(false),
        Err(error) => Err(error),
    }
}
