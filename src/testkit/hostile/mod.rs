//! The same talk under hostile conditions: copies, lost answers, crashes, several workers.

mod fate;
mod faulty;
mod hold;
mod schedule;
mod stage;
mod world;

use std::sync::Arc;

pub use faulty::{Call, Fault, Faulty, Step};
pub(super) use schedule::Schedule;
pub(super) use stage::Stage;

use self::fate::Plan;
use super::Chat;
use crate::{
    dispatch::Bot,
    store::{Memory, Store},
};

/// Hostile conditions for a talk, all drawn from one seed.
///
/// Each message comes in 1 to 20 copies, at once and up to 20 hours later, out of order, to one to
/// three workers. The store is late, cannot be reached, or loses its answer; workers crash before
/// and after any of its calls and come back with nothing in memory; answers get lost, and the
/// carrier repeats the message until one comes through. The bot must answer as if nothing of this
/// had happened: each copy the same, effects once, in order.
///
/// Everything runs on a thread of its own in tokio's paused time, so hours take no time, and the
/// same seed gives the same schedule as long as handlers ask nobody outside. A turn may take some
/// seconds more than in quiet times.
///
/// ```
/// use chinwag::{Bot, testkit::Hostile, text};
///
/// fn bot() -> Bot {
///     Bot::new(()).on(text("hi"), async || "Hello!")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let chat = Hostile::new(7).chat(bot);
/// chat.says("hi").await.hears("Hello!");
/// chat.ends().await;
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Hostile {
    plan: Plan,
    store: Option<Arc<dyn Store>>,
    workers: Option<usize>,
}

impl Hostile {
    /// The conditions that this seed gives.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::planned(Plan::Seeded(seed))
    }

    /// Only this goes wrong, at the call of the store with this number, counted from 1; there are
    /// two workers, and each try goes to the next.
    #[must_use]
    pub fn only(call: u64, fault: Fault) -> Self {
        Self::planned(Plan::Only(call, fault))
    }

    /// The same store, and only this goes wrong.
    #[must_use]
    pub(super) fn but(&self, call: u64, fault: Fault) -> Self {
        Self { plan: Plan::Only(call, fault), ..self.clone() }
    }

    /// Conversations are kept in this store; by default each chat has one in memory.
    ///
    /// It may be shared by chats of different seeds: each seed has a sender of its own.
    #[must_use]
    pub fn on(self, store: Arc<dyn Store>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// There are this many workers, and not one to three as the seed gives.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers: Some(workers.max(1)), ..self }
    }

    /// Ana, who talks under these conditions with the workers that this makes.
    #[must_use]
    pub fn chat<S>(&self, bot: impl Fn() -> Bot<S> + Send + Sync + 'static) -> Chat
    where
        S: Send + Sync + 'static,
    {
        Chat::over(Arc::new(self.stage(bot)))
    }

    /// A line to such workers.
    pub(super) fn stage<S>(&self, bot: impl Fn() -> Bot<S> + Send + Sync + 'static) -> Stage
    where
        S: Send + Sync + 'static,
    {
        let store = self.store.clone().unwrap_or_else(|| Arc::new(Memory::new()));
        Stage::new(Arc::new(bot), store, self.plan, self.workers)
    }

    fn planned(plan: Plan) -> Self {
        Self { plan, store: None, workers: None }
    }
}
