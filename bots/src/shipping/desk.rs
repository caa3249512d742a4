//! What has become of what was said: heard at the status door, and looked up in the ledger.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chinwag::{
    conversation::{Key, clock::Timestamp},
    message::{MessageSid, Status, StatusUpdate},
    outbound::Ledger,
    store::{Delivery, ParcelId, TurnId},
    webhook::{LogStatus, StatusHandler},
};

/// Messages that are remembered by name: after that the bot only says what it knows itself.
const MOST: usize = 10_000;

/// Knows which message each notice became. It is cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    ledger: Option<Ledger>,
    messages: Arc<Mutex<HashMap<ParcelId, MessageSid>>>,
}

impl Desk {
    /// A desk that looks into this ledger.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger: Some(ledger), ..Self::default() }
    }

    /// What has become of the notice that was due at this moment; nothing if it is not known.
    pub(super) async fn says(&self, key: &Key, due: Timestamp) -> &'static str {
        match self.status(key, due).await {
            Some(Status::Read) => " You have read what we wrote about it.",
            Some(Status::Delivered) => " We wrote to you about it, and it has arrived.",
            Some(status) if status.is_failure() => " We could not reach you here to tell you.",
            _ => "",
        }
    }

    async fn status(&self, key: &Key, due: Timestamp) -> Option<Status> {
        let parcel = ParcelId::of(TurnId::timer(key, due), 0);
        let sid = self.messages().get(&parcel).copied()?;
        match self.ledger.as_ref()?.delivery(sid).await {
            Ok(delivery) => delivery.map(|delivery| delivery.status),
            Err(error) => {
                tracing::warn!(%error, "it is not known what became of a notice");
                None
            }
        }
    }

    fn messages(&self) -> MutexGuard<'_, HashMap<ParcelId, MessageSid>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StatusHandler for Desk {
    async fn status(&self, update: StatusUpdate, delivery: Option<Delivery>) {
        if let Some(delivery) = &delivery {
            let mut messages = self.messages();
            if messages.len() == MOST {
                messages.clear();
            }
            messages.insert(delivery.parcel, delivery.sid);
        }
        LogStatus.status(update, delivery).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chinwag::{
        conversation::clock::{Clock, ManualClock},
        store::{Memory, Parcel, Sent, Settled, Store},
    };

    use super::*;

    #[tokio::test]
    async fn what_became_of_a_notice_is_told_as_far_as_it_is_known() {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let ledger = Ledger::new(Arc::clone(&store) as _, Arc::clone(&clock) as _);
        let desk = Desk::new(ledger.clone());
        let [us, ana] = ["+14155238886", "+15005550006"].map(|number| number.parse().unwrap());
        let (key, due, sid) = (Key::new(&us, &ana), clock.now(), MessageSid::new(1));
        let id = ParcelId::of(TurnId::timer(&key, due), 0);
        let parcel = Parcel { id, key: key.clone(), due, body: Box::default() };
        store.post(&[parcel]).await.unwrap();
        let claims = store.claim(due, 1).await.unwrap();
        let sent = Sent { sid, at: due, instead: None };
        store.settle(&claims[0], Settled::Sent(sent)).await.unwrap();
        assert_eq!(desk.says(&key, due).await, "");
        for (status, said) in [
            (Status::Sent, ""),
            (Status::Delivered, " We wrote to you about it, and it has arrived."),
            (Status::Read, " You have read what we wrote about it."),
        ] {
            let update = StatusUpdate::new(sid, status);
            let delivery = ledger.report(&update).await.unwrap();
            StatusHandler::status(&desk, update, delivery).await;
            assert_eq!(desk.says(&key, due).await, said);
            let other = due.after(Duration::from_secs(1));
            assert_eq!(desk.says(&key, other).await, "", "another notice");
        }
    }
}
