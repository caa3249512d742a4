//! The task in which a courier works.

use std::{error::Error, pin::pin, sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::{Fuse, FusedFuture},
    stream::FuturesUnordered,
};
use tokio::{
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};

use super::{Courier, courier::MOST};

/// How often the outbox is looked into while nothing is under way: so late a message may leave.
const TICK: Duration = Duration::from_secs(1);
/// How often messages are asked for that nothing was heard of for long.
const CATCH_UP: Duration = Duration::from_mins(1);
/// Parcels in hand, at most: some are being sent, others wait for that or are being settled.
const IN_HAND: usize = 4 * MOST;
/// Parcels that are claimed at once while many are in hand, so that claims are few.
const ARMFUL: usize = MOST;

/// The task in which a courier works. It ends when this is dropped; what was under way is looked up
/// by whoever works next.
#[derive(Debug)]
#[must_use = "messages are sent until this is dropped"]
pub struct Rounds(AbortHandle);

impl Courier {
    /// Sends from now on what is in the outbox and what comes into it, until what this returns is
    /// dropped. A slow conversation holds up no other. What became of messages that nothing was
    /// heard of is asked for now and then.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn run(self) -> Rounds {
        let courier = Arc::new(self);
        let work = async move {
            tokio::join!(rounds(Arc::clone(&courier)), catches_up(&courier));
        };
        Rounds(tokio::spawn(work).abort_handle())
    }
}

impl Drop for Rounds {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn rounds(courier: Arc<Courier>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut in_hand = FuturesUnordered::new();
    // What is in hand goes on while the store looks for more.
    let mut claiming = pin!(Fuse::terminated());
    // How much room makes it worth to look. Without a change only time brings something: only a
    // parcel that is gone lets the next one of its conversation be claimed.
    let mut worth = 1;
    loop {
        let room = IN_HAND - in_hand.len();
        if room >= worth && claiming.is_terminated() {
            worth = usize::MAX;
            claiming.set(courier.claim(room.min(2 * ARMFUL)).fuse());
        }
        tokio::select! {
            claims = &mut claiming => match claims {
                Ok(claims) => {
                    if !claims.is_empty() {
                        worth = worth.min(ARMFUL);
                    }
                    in_hand.extend(claims.into_iter().map(|claim| courier.carry(claim)));
                }
                Err(error) => {
                    let error = &error as &dyn Error;
                    tracing::error!(error, "the store could not say what is to be sent");
                    ticks.reset();
                }
            },
            Some(()) = in_hand.next(), if !in_hand.is_empty() => {
                while let Some(Some(())) = in_hand.next().now_or_never() {}
                worth = worth.min(if in_hand.is_empty() { 1 } else { ARMFUL });
            }
            _ = ticks.tick() => worth = 1,
        }
    }
}

async fn catches_up(courier: &Courier) {
    let mut ticks = interval(CATCH_UP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = courier.catch_up().await {
            let error = &error as &dyn Error;
            tracing::error!(error, "the store could not say which messages nothing was heard of");
        }
    }
}
