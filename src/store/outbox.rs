//! Parcels: what was committed to be sent, and is not sent yet.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{Sent, TurnId};
use crate::conversation::{Key, clock::Timestamp};

/// The id of a parcel: 16 bytes, the same whenever the same thing is posted again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParcelId(pub [u8; 16]);

impl ParcelId {
    /// The id of the parcel with this number among those of this turn.
    #[must_use]
    pub fn of(turn: TurnId, number: u32) -> Self {
        let digest = Sha256::new().chain_update(turn.as_bytes()).chain_update(number.to_be_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&digest.finalize()[..16]);
        Self(id)
    }

    /// The id of the parcel that is sent in this one's place.
    pub(super) fn replacement(self) -> Self {
        self.derived(b"instead")
    }

    /// The id of the parcel that this one becomes when it has to wait for the end of a night.
    pub(crate) fn by_day(self) -> Self {
        self.derived(b"by day")
    }

    fn derived(self, what: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(what);
        let mut id = [0; 16];
        id.copy_from_slice(&digest.finalize()[..16]);
        Self(id)
    }
}

impl fmt::Debug for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// One thing to be sent in a conversation; `Debug` hides what.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its id; a second one with the same id is not kept.
    pub id: ParcelId,
    /// The conversation.
    pub key: Key,
    /// Not to be sent before this moment, which is also its place among the conversation's parcels.
    pub due: Timestamp,
    /// What is sent, as bytes without a meaning to the store.
    pub body: Box<[u8]>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format_args!("{} bytes", self.body.len());
        f.debug_struct("Parcel")
            .field("id", &self.id)
            .field("key", &self.key)
            .field("due", &self.due)
            .field("body", &body)
            .finish()
    }
}

/// A parcel that is ours to send for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The parcel.
    pub parcel: Parcel,
    /// How often it was claimed, this time included: above one, an earlier try may have sent it.
    pub tries: u32,
}

impl Claim {
    /// As much of it as tells it apart.
    #[allow(dead_code, reason = "only some stores hand it on")]
    pub(super) fn without_body(&self) -> Self {
        let Parcel { id, ref key, due, .. } = self.parcel;
        Self {
            parcel: Parcel { id, key: key.clone(), due, body: Box::default() },
            tries: self.tries,
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It was sent: the parcel is removed, and its [delivery](super::Delivery) is kept.
    Sent(Sent),
    /// It never will be sent: the parcel is removed.
    Done,
    /// It is to be tried again at this moment; those behind it wait.
    Again(Timestamp),
}
