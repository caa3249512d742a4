//! What became of messages: reports come in, who waits is told, what was never heard of is asked for.

use std::{error::Error, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use super::gateway::Gateway;
use crate::{
    conversation::clock::Clock,
    message::{MessageSid, Status, StatusUpdate},
    store::{Delivery, Store, StoreError},
};

/// Messages that are asked for at the same time.
const MOST: usize = 16;
/// Between two looks at what somebody waits for: at first, and at most.
const SOON: Duration = Duration::from_millis(100);
const AT_MOST: Duration = Duration::from_secs(5);
/// How long a gateway may take for one look.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of the messages that a store's outbox has sent. It is cheap to clone.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use chinwag::{conversation::clock::SystemClock, message::{MessageSid, Status}, store::Memory};
/// use chinwag::outbound::{Ledger, NotReached};
///
/// # async fn asked(sid: MessageSid) {
/// let ledger = Ledger::new(Arc::new(Memory::new()), Arc::new(SystemClock));
/// match ledger.reaches(sid, Status::Delivered, Duration::from_secs(60)).await {
///     Ok(delivery) => println!("it is there, since {:?}", delivery.reported),
///     Err(NotReached::Ended(delivery)) => println!("it failed: {:?}", delivery.error),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// Why a message has not got so far.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotReached {
    /// It has ended as something else, and will not get there.
    #[error("the message has ended as {}", .0.status)]
    Ended(Delivery),
    /// It may still get there. This is as far as it has got, if it is known at all.
    #[error("the message has not got there in time")]
    NotYet(Option<Delivery>),
    /// The store cannot tell.
    #[error("the store could not tell what became of a message")]
    Store(#[source] StoreError),
}

impl Ledger {
    /// The ledger of this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Notes what has become of a message; its delivery as it is now, if it is one of ours.
    ///
    /// # Errors
    /// If the store cannot be reached; the same report may come again.
    pub async fn report(&self, update: &StatusUpdate) -> Result<Option<Delivery>, StoreError> {
        self.store.report(update.sid, &update.status, update.error, self.clock.now()).await
    }

    /// What has become of a message so far.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.store.delivery(sid).await
    }

    /// Waits until a message has got this far, or farther, but no longer than that; whichever worker
    /// hears of it.
    ///
    /// # Errors
    /// If it ends as something else, does not get there in time, or the store cannot tell.
    pub async fn reaches(
        &self,
        sid: MessageSid,
        status: Status,
        within: Duration,
    ) -> Result<Delivery, NotReached> {
        let mut last = None;
        let looks = async {
            let mut pause = SOON;
            loop {
                last = self.store.delivery(sid).await.map_err(NotReached::Store)?;
                if let Some(found) = last.take_if(|it| has_reached(it, &status)) {
                    return Ok(found);
                }
                if let Some(found) = last.take_if(|it| it.status.is_final()) {
                    return Err(NotReached::Ended(found));
                }
                sleep(pause).await;
                pause = (pause * 2).min(AT_MOST);
            }
        };
        match timeout(within, looks).await {
            Ok(found) => found,
            Err(_) => Err(NotReached::NotYet(last)),
        }
    }

    /// Asks the gateway for messages that nothing final was heard of for long, and notes what it
    /// says; those that have moved. Call it now and then: a [`Courier`](super::Courier) at work does.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn catch_up(&self, gateway: &dyn Gateway) -> Result<Vec<Delivery>, StoreError> {
        let mut moved = Vec::new();
        loop {
            let quiet = self.store.unreported(self.clock.now(), MOST).await?;
            if quiet.is_empty() {
                return Ok(moved);
            }
            let looks = quiet.iter().map(|delivery| self.look(gateway, delivery));
            for found in join_all(looks).await {
                moved.extend(found?);
            }
        }
    }

    /// What became of one of them, if that is news.
    async fn look(
        &self,
        gateway: &dyn Gateway,
        before: &Delivery,
    ) -> Result<Option<Delivery>, StoreError> {
        let sid = before.sid;
        let looked = match timeout(PATIENCE, gateway.look(sid)).await {
            Ok(Ok(looked)) => looked,
            Ok(Err(unsent)) => {
                let error = &unsent as &dyn Error;
                tracing::warn!(%sid, error, "could not ask what became of a message");
                return Ok(None);
            }
            Err(_) => {
                tracing::warn!(%sid, "nobody could say in time what became of a message");
                return Ok(None);
            }
        };
        let Some((status, error)) = looked else { return Ok(None) };
        let now = self.store.report(sid, &status, error, self.clock.now()).await?;
        Ok(now.filter(|now| (&now.status, now.error) != (&before.status, before.error)))
    }
}

/// A failure is above all else, and no farther on any way.
fn has_reached(delivery: &Delivery, status: &Status) -> bool {
    let at = &delivery.status;
    at == status || (at > status && !at.is_failure() && *at != Status::Canceled)
}
