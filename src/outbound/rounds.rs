//! The task in which a courier works.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};

use super::{Courier, courier::MOST};

/// How often the outbox is looked into while nothing is under way: so late a message may leave.
const TICK: Duration = Duration::from_secs(1);

/// The task in which a courier works. It ends when this is dropped; what was under way is looked up
/// by whoever works next.
#[derive(Debug)]
#[must_use = "messages are sent until this is dropped"]
pub struct Rounds(AbortHandle);

impl Courier {
    /// Sends from now on what is in the outbox and what comes into it, until what this returns is
    /// dropped. A slow conversation holds up no other.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn run(self) -> Rounds {
        Rounds(tokio::spawn(rounds(Arc::new(self))).abort_handle())
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
    let mut under_way = FuturesUnordered::new();
    loop {
        let room = MOST - under_way.len();
        match courier.claim(room).await {
            Ok(claims) => under_way.extend(claims.into_iter().map(|claim| courier.carry(claim))),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the store could not say what is to be sent");
                ticks.reset();
            }
        }
        // Only a parcel that is gone lets the next one of its conversation be claimed.
        tokio::select! {
            Some(()) = under_way.next(), if !under_way.is_empty() => {
                while let Some(Some(())) = under_way.next().now_or_never() {}
            }
            _ = ticks.tick(), if under_way.len() < MOST => {}
        }
    }
}
