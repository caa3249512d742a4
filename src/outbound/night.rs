//! What a courier does with a notification that it meets in quiet hours.

use std::error::Error;

use super::{Courier, courier::Fate};
use crate::{
    message::Outbound,
    store::{Claim, Parcel, Settled},
};

impl Courier {
    /// What becomes of a parcel that may not be sent before the contact's quiet hours are over.
    ///
    /// It goes back as a parcel of its own, whose moment is their end: as the one it is now it would
    /// hold up the conversation's replies all night.
    pub(super) async fn by_day(&self, claim: &Claim, message: &Outbound) -> Option<Settled> {
        let quiet = self.quiet.as_ref()?;
        if message.template.is_none() || message.at_any_hour {
            return None;
        }
        let (parcel, now) = (&claim.parcel, self.clock.now());
        let (id, end) = (parcel.id.by_day(), quiet.end(&parcel.key, now));
        let due = end.unwrap_or_else(|| quiet.ended(&parcel.key, now));
        let by_day = Parcel { id, due, ..parcel.clone() };
        let is_there = if end.is_some() {
            self.store.post(&[by_day]).await.map(|()| true)
        } else if claim.tries > 1 {
            // A worker may have died when it had put it there and not yet removed this one. Nobody
            // has claimed it so often: who keeps it is told so if it is there.
            let copy = Claim { parcel: by_day, tries: u32::MAX };
            match self.store.settle(&copy, Settled::Again(now)).await {
                Err(error) if error.is_conflict() => Ok(true),
                other => other.map(|()| false),
            }
        } else {
            return None;
        };
        match is_there {
            Ok(false) => None,
            Ok(true) => {
                tracing::debug!(conversation = ?parcel.key, "a notification waits for the morning");
                self.hear(claim, Fate::Waits);
                Some(Settled::Done)
            }
            Err(error) => {
                let error = &error as &dyn Error;
                tracing::warn!(conversation = ?parcel.key, error, "a notification is not put off");
                Some(self.not_now(claim))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use async_trait::async_trait;

    use super::*;
    use crate::{
        conversation::{
            Key, OptIn,
            clock::{ManualClock, Timestamp},
        },
        message::{MessageSid, Templates},
        outbound::{Gateway, Letter, Notification, Notifier, Unsent},
        store::Memory,
    };

    #[derive(Debug, Default)]
    struct Count(Mutex<u128>);

    #[async_trait]
    impl Gateway for Count {
        async fn send(&self, _: &Letter<'_>) -> Result<MessageSid, Unsent> {
            let mut count = self.0.lock().unwrap();
            *count += 1;
            Ok(MessageSid::new(*count))
        }

        async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
            Ok(Vec::new())
        }
    }

    #[tokio::test]
    async fn a_worker_that_dies_in_the_night_doubles_nothing() {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let gateway = Arc::new(Count::default());
        let courier = || {
            let (store, clock) = (Arc::clone(&store), Arc::clone(&clock));
            let courier = Courier::new(store, clock, Arc::clone(&gateway));
            courier.quiet_hours("21:00-08:00".parse().unwrap())
        };
        let sender = "whatsapp:+14155238886".parse().unwrap();
        let key = Key::new(&sender, &"whatsapp:+15005550006".parse().unwrap());
        let notifier = Notifier::new(Arc::clone(&store) as _, Arc::clone(&clock) as _);
        let consent = notifier.opts_in(&key, "form", OptIn::with("yes")).await.unwrap();
        let code = Templates::sandbox().get("code").unwrap().fill(["a", "b"]);
        clock.advance(Duration::from_hours(10));
        notifier.notify(&consent, Notification::new("a", code).unwrap()).await.unwrap();
        let (dying, claims) = (courier(), courier().claim(9).await.unwrap());
        let message: Outbound = serde_json::from_slice(&claims[0].parcel.body).unwrap();
        assert_eq!(dying.by_day(&claims[0], &message).await, Some(Settled::Done));
        drop((dying, claims));
        // Nobody was there all night.
        clock.advance(Duration::from_hours(12));
        while courier().round().await.unwrap() > 0 {}
        assert_eq!(*gateway.0.lock().unwrap(), 1);
    }
}
