//! What a turn leaves in the outbox: messages to be sent, and a message that is not answered yet.

use std::time::Duration;

use super::Bot;
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{Confirmation, HandedOff, Inbound, Outbound},
    store::{Claim, Parcel, ParcelId, Settled, StoreError, TurnId},
};

/// How long what an answer has no room for waits, so that it arrives behind the answer.
pub(super) const BEHIND_THE_ANSWER: Duration = Duration::from_secs(3);
/// The number of the message itself among the parcels of its turn.
const ITSELF: u32 = u32::MAX;

/// These messages as parcels of this turn.
pub(super) fn parcels(turn: TurnId, key: &Key, due: Timestamp, says: &[Outbound]) -> Vec<Parcel> {
    let parcel = |(number, message): (u32, &Outbound)| Parcel {
        id: ParcelId::of(turn, number),
        key: key.clone(),
        due,
        body: serde_json::to_vec(message).expect("texts and lists are always JSON").into(),
    };
    (0..ITSELF).zip(says).map(parcel).collect()
}

/// What confirms a STOP as parcels of this turn: nothing else leaves after it.
pub(super) fn confirmations(
    turn: TurnId,
    key: &Key,
    due: Timestamp,
    says: &[Outbound],
) -> Vec<Parcel> {
    let mut parcels = parcels(turn, key, due, says);
    for parcel in &mut parcels {
        parcel.body = Confirmation(&parcel.body).to_bytes().into();
    }
    parcels
}

/// The message itself as a parcel, whose courier brings it back.
fn handed_off(message: &Inbound, due: Timestamp) -> Parcel {
    Parcel {
        id: ParcelId::of(TurnId::of(message), ITSELF),
        key: Key::of(message).late(),
        due,
        body: HandedOff(message.parameters().clone()).to_bytes().into(),
    }
}

impl<S: Send + Sync + 'static> Bot<S> {
    /// Sees to it that this message is answered, through the outbox, whatever happens to this
    /// process: only after it may the caller be told that there is nothing to say. The message is
    /// kept as the parameters that it came with.
    pub(crate) async fn hand_off(&self, message: &Inbound) -> Result<(), StoreError> {
        self.desk.store().post(&[handed_off(message, self.desk.now())]).await
    }

    /// A message that was handed off is done.
    pub(crate) async fn has_done(&self, message: &Inbound) -> Result<(), StoreError> {
        let claim = Claim { parcel: handed_off(message, self.desk.now()), tries: 0 };
        self.desk.store().settle(&claim, Settled::Done).await
    }
}
