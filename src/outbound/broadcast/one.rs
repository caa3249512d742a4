//! One contact of a broadcast: told, told before, or not told for a reason.

use std::time::Duration;

use tokio::time::sleep;

use super::{Broadcast, Line, told::Told, waiting::has_left};
use crate::{
    conversation::{Consent, Key, Uninvited, permitted},
    message::Outbound,
    outbound::{
        Unsaid,
        apart::{Apart, apart},
    },
    store::{ParcelId, TurnId},
};

/// The pauses after which it is tried again to tell somebody, when the store is away or their
/// conversation busy.
const AGAIN: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
];

/// What has become of one line.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is in the outbox.
    Waits,
    Before,
    Refused(Uninvited),
    Failed(&'static str),
    /// The store could not be reached.
    Broken(Unsaid),
}

impl Broadcast {
    /// Tells one contact, unless they were told.
    pub(super) async fn one(&self, line: Line) -> (Line, Outcome) {
        let mut again = AGAIN.iter();
        loop {
            let error = match self.try_one(&line).await {
                Ok(outcome) => return (line, outcome),
                Err(Unsaid::Uninvited(uninvited)) => return (line, Outcome::Refused(uninvited)),
                Err(error) => error,
            };
            match (again.next(), error) {
                (Some(pause), _) => sleep(*pause).await,
                (None, Unsaid::Busy) => {
                    return (line, Outcome::Failed("their conversation was busy all the time"));
                }
                (None, error) => return (line, Outcome::Broken(error)),
            }
        }
    }

    async fn try_one(&self, line: &Line) -> Result<Outcome, Unsaid> {
        let Self { notifier, name, .. } = self;
        let (key, store) = (Key::new(&self.sender, &line.contact), &*notifier.store);
        let turn = TurnId::named(&key, &format!("broadcast {name}"));
        let id = ParcelId::of(turn, 0);
        // Most of those who are told already, or never, need no turn.
        let now = notifier.clock.now();
        let record = store.read(&key, now).await?;
        if let Some(due) = Told::at(&record, name) {
            return Ok(if has_left(store, id, &key, due).await? {
                Outcome::Before
            } else {
                // An earlier run put it there.
                self.waiting().enters(id, key, due, line.clone());
                Outcome::Waits
            });
        }
        Consent::of(&key, &record)?;
        let (mut is_told, mut is_there) = (false, false);
        let message = Outbound::template(line.template.clone());
        let done = apart(notifier, &key, turn, |record, now| {
            if Told::at(record, name).is_some() {
                is_told = true;
                return Ok(Vec::new());
            }
            permitted(&message, &key, record, now, notifier.margin)?;
            Told::mark(record, name, now);
            is_there = true;
            self.waiting().enters(id, key.clone(), now, line.clone());
            Ok(vec![(now, message)])
        });
        match done.await {
            Ok(Apart::Done) if !is_told => Ok(Outcome::Waits),
            Ok(_) => Ok(Outcome::Before),
            Err(error) => {
                if is_there {
                    self.waiting().is_not_there(id);
                }
                Err(error)
            }
        }
    }
}
