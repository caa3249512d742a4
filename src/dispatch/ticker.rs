//! The task that lets timers ring.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};

use super::Bot;

/// How often a bot looks for timers that are due: so late they may ring.
const TICK: Duration = Duration::from_secs(1);
/// After how many looks what was kept long enough is removed: once in ten minutes.
const SWEEP: u32 = 600;

/// The task that lets a bot's timers ring. It ends when this is dropped, or when the bot is.
#[derive(Debug)]
#[must_use = "timers ring until this is dropped"]
pub struct Timers(AbortHandle);

impl<S: Send + Sync + 'static> Bot<S> {
    /// Lets timers ring from now on, about every second, and removes what the store has kept long
    /// enough, until what this returns is dropped. A [`Webhook`](crate::Webhook) does it by itself.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn run_timers(self: &Arc<Self>) -> Timers {
        let bot = Arc::downgrade(self);
        Timers(tokio::spawn(run(bot)).abort_handle())
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run<S: Send + Sync + 'static>(bot: Weak<Bot<S>>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for count in 0_u32.. {
        ticks.tick().await;
        let Some(bot) = bot.upgrade() else { return };
        let tick = AssertUnwindSafe(tick(&bot, count % SWEEP == SWEEP - 1));
        if tick.catch_unwind().await.is_err() {
            tracing::error!("the store or the clock panicked while timers rang");
        }
    }
}

async fn tick<S: Send + Sync + 'static>(bot: &Bot<S>, is_sweeping: bool) {
    loop {
        match bot.ring().await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the store could not say which timers are due");
                break;
            }
        }
    }
    if is_sweeping && let Err(error) = bot.desk.sweep().await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "the store could not be swept");
    }
}
