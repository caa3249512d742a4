//! A turn that no message begins: something is kept or posted in a conversation from outside.

use std::time::Duration;

use tokio::time::sleep;

use super::{Notifier, Unsaid};
use crate::{
    conversation::{Key, Record, Uninvited, clock::Timestamp},
    message::Outbound,
    store::{Answer, Begun, Lease, Outcome, Parcel, ParcelId, TurnId},
};

/// How soon it is asked again whether the conversation is free, at first and at most.
const FIRST_ASK: Duration = Duration::from_millis(5);
const LAST_ASK: Duration = Duration::from_millis(200);
/// How long it is asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a turn was done now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart {
    Done,
    Before,
}

/// Does this in the conversation, once for this turn; what it returns is posted.
///
/// It is a turn like others: it waits for those at work, and no message of the contact comes between
/// its look at the record and its commit.
pub(super) async fn apart(
    notifier: &Notifier,
    key: &Key,
    turn: TurnId,
    work: impl FnOnce(&mut Record, Timestamp) -> Result<Vec<(Timestamp, Outbound)>, Uninvited>,
) -> Result<Apart, Unsaid> {
    let Some((mut record, lease)) = begin(notifier, key, turn).await? else {
        return Ok(Apart::Before);
    };
    let now = notifier.clock.now();
    let posted = match work(&mut record, now) {
        Ok(posted) => posted,
        Err(uninvited) => {
            notifier.store.release(&lease).await?;
            return Err(uninvited.into());
        }
    };
    let parcel = |(number, (due, message)): (u32, (Timestamp, Outbound))| Parcel {
        id: ParcelId::of(turn, number),
        key: key.clone(),
        due,
        body: serde_json::to_vec(&message).expect("texts and lists are always JSON").into(),
    };
    let parcels = (0..).zip(posted).map(parcel).collect();
    let outcome = Outcome { record, answer: Answer::default(), parcels };
    notifier.store.commit(&lease, &outcome, now).await?;
    Ok(Apart::Done)
}

/// The record, once it is this turn's; nothing if it was done before.
async fn begin(
    notifier: &Notifier,
    key: &Key,
    turn: TurnId,
) -> Result<Option<(Record, Lease)>, Unsaid> {
    let (mut waited, mut pause) = (Duration::ZERO, FIRST_ASK);
    loop {
        match notifier.store.begin(key, turn, notifier.clock.now()).await? {
            Begun::Turn(record, lease) => return Ok(Some((record, lease))),
            Begun::Answered(_) => return Ok(None),
            Begun::Wait if waited >= PATIENCE => break,
            Begun::Wait => {}
        }
        sleep(pause).await;
        waited += pause;
        pause = LAST_ASK.min(pause * 2);
    }
    notifier.store.leave(key, turn).await?;
    Err(Unsaid::Busy)
}
