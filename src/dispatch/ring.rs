//! Timers: what happens in a conversation without a message.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    Bot, TurnError,
    begin::{Started, Working},
    dialogue::Stack,
    later,
    posting::parcels,
};
use crate::{
    conversation::{Key, Record, SESSION_MARGIN, Stored, clock::Timestamp, permitted},
    message::Outbound,
    store::{Answer, Outcome, StoreError, TurnId},
};

/// Conversations whose timers ring at the same time.
const MOST: usize = 64;
/// How long a timer waits for its conversation's turn before it rings again later.
const PATIENCE: Duration = Duration::from_secs(1);

impl<S: Send + Sync + 'static> Bot<S> {
    /// Does what is due by now in conversations without a message, such as a dialogue's reminder;
    /// says in how many. What is said waits in the store's outbox.
    ///
    /// Any number of workers may call it at the same time: each timer rings once. Call it again at
    /// once while it says more than zero; [`run_timers`](Self::run_timers) does so for ever.
    ///
    /// # Errors
    /// If the store cannot say what is due. A conversation that fails alone is a line in the log,
    /// and rings again.
    pub async fn ring(&self) -> Result<usize, StoreError> {
        let due = self.desk.due(MOST).await?;
        let rings = due.iter().map(|(key, due)| async move {
            self.ring_in(key, *due).await.unwrap_or_else(|error| {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, conversation = ?key, "a timer failed; it will ring again");
                false
            })
        });
        Ok(join_all(rings).await.into_iter().filter(|rung| *rung).count())
    }

    /// One conversation's timers; whether any rang.
    async fn ring_in(&self, key: &Key, due: Timestamp) -> Result<bool, TurnError> {
        // A handler at work holds up its own conversation's timers, and no others.
        let Ok(begun) = timeout(PATIENCE, self.timer_turn(key, due)).await else {
            tracing::info!(conversation = ?key, "a timer waits for a handler");
            return Ok(false);
        };
        let Some((turn, mut record, working)) = begun? else { return Ok(false) };
        let now = self.desk.now();
        let mut has_rung = false;
        let mut says = Vec::new();
        while let Some(timer) = record.ring(now) {
            has_rung = true;
            if timer.name == Stack::NAME {
                says.extend(self.ring_dialogues(key, &mut record, now));
            } else if let Some(planned) = later::ring(&timer, &mut record) {
                says.extend(planned);
            } else {
                tracing::warn!(name = timer.name, "nothing in the bot has set this timer");
            }
        }
        says.retain(|message| {
            let permitted = permitted(message, key, &record, now, SESSION_MARGIN);
            if let Err(error) = &permitted {
                tracing::warn!(conversation = ?key, %error, "what a timer would say is not sent");
            }
            permitted.is_ok()
        });
        let parcels = parcels(turn, key, now, &says);
        // A timer that is gone meanwhile is committed too: only a commit silences the store.
        let is_unheard = !parcels.is_empty() && self.is_unheard.swap(false, Ordering::Relaxed);
        working.commit(&Outcome { record, answer: Answer::default(), parcels }).await?;
        if is_unheard {
            let advice = "give the webhook a way to send them, by sends_through(..)";
            tracing::warn!(advice, "messages wait in the outbox, and nothing sends them");
        }
        Ok(has_rung)
    }

    /// The turn of these timers; `None` if another worker has done it.
    async fn timer_turn(
        &self,
        key: &Key,
        due: Timestamp,
    ) -> Result<Option<(TurnId, Record, Working)>, TurnError> {
        let turn = TurnId::timer(key, due);
        if let Started::Turn(record, working) = self.desk.begin(key, turn).await? {
            return Ok(Some((turn, record, working)));
        }
        // A later turn has set a timer for the very moment of one that has rung.
        let now = self.desk.now();
        if self.desk.read(key).await?.due().is_none_or(|due| due > now) {
            return Ok(None);
        }
        let turn = TurnId::timer(key, now);
        Ok(match self.desk.begin(key, turn).await? {
            Started::Turn(record, working) => Some((turn, record, working)),
            Started::Answered(_) => None,
        })
    }

    /// What the running dialogue does unasked.
    fn ring_dialogues(&self, key: &Key, record: &mut Record, now: Timestamp) -> Vec<Outbound> {
        let mut stack = self.dialogues.known_of(record);
        let says = stack.ring(now);
        tracing::debug!(conversation = ?key, says = says.is_some(), "a dialogue's timer rang");
        stack.keep(record);
        says.unwrap_or_default()
    }
}

/// For the test kit, which turns the clock from moment to moment and is the courier.
#[cfg(feature = "testkit")]
impl<S: Send + Sync + 'static> Bot<S> {
    /// When the next timer of this conversation is due.
    pub(crate) async fn due_in(&self, key: &Key) -> Option<Timestamp> {
        self.desk.read(key).await.unwrap_or_default().due()
    }

    /// The dialogue that has the word in this conversation: its name, and its state as it is kept.
    pub(crate) async fn running_in(&self, key: &Key) -> Option<(String, String)> {
        let record = self.desk.read(key).await.ok()?;
        let stack = Stack::of(&record);
        stack.top().map(|frame| (frame.name().to_owned(), frame.state().to_owned()))
    }

    /// Takes what is due by now out of the store's outbox, as if it had been delivered, each with
    /// its conversation.
    pub(crate) async fn take_parcels(&self) -> Vec<(Key, Outbound)> {
        let mut taken = Vec::new();
        loop {
            let claims = self.desk.store().claim(self.desk.now(), MOST).await.unwrap_or_default();
            if claims.is_empty() {
                return taken;
            }
            for claim in claims {
                if self.desk.store().settle(&claim, crate::store::Settled::Done).await.is_err() {
                    return taken;
                }
                let message = serde_json::from_slice(&claim.parcel.body).unwrap_or_default();
                let (key, now) = (claim.parcel.key, self.desk.now());
                let record = self.desk.read(&key).await.unwrap_or_default();
                // As a courier decides; of a template the person sees its text.
                let message = permitted(&message, &key, &record, now, SESSION_MARGIN);
                let seen = |message: Outbound| match &message.template {
                    Some(template) => Outbound::text(template.text()),
                    None => message,
                };
                taken.extend(message.ok().map(|message| (key, seen(message))));
            }
        }
    }
}
