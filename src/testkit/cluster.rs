//! Several workers on one store and one clock.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;

use super::{
    Chat, RuntimeClock,
    line::{Carried, Line},
    mailbox::Mailbox,
};
use crate::{
    conversation::{
        Record,
        clock::{Clock, ManualClock, Timestamp},
    },
    dispatch::{Bot, Reply},
    message::{Address, Inbound, Outbound},
    store::{Memory, Store},
};

/// Several workers of one bot, on one store and one clock, as they would run on several machines.
///
/// ```
/// use std::sync::Arc;
///
/// use chinwag::{Bot, testkit::Cluster, text};
///
/// fn bot() -> Bot {
///     Bot::new(()).on(text("hi"), async || "Hello!")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let cluster = Arc::new(Cluster::of(2, bot));
/// let chat = cluster.chat();
/// chat.says("hi").await.hears("Hello!");
/// cluster.restarts(1);
/// chat.repeats().await.hears("Hello!");
/// # }
/// ```
pub struct Cluster<S = ()> {
    make: Option<Make<S>>,
    workers: Vec<Mutex<Arc<Bot<S>>>>,
    store: Arc<dyn Store>,
    time: Time,
    next: AtomicUsize,
    mailbox: Mailbox,
}

/// Makes a worker's bot.
pub(super) type Make<S> = Arc<dyn Fn() -> Bot<S> + Send + Sync>;

/// The one clock of all.
#[derive(Debug, Clone)]
pub(super) enum Time {
    Turned(Arc<ManualClock>),
    Runtime(RuntimeClock),
}

impl<S: Send + Sync + 'static> Cluster<S> {
    /// This many workers on a store in memory, and a clock that stands at noon of the first day of
    /// 2026, UTC, until somebody [waits](Chat::waits).
    ///
    /// # Panics
    /// If there is no worker.
    #[track_caller]
    pub fn of(workers: usize, bot: impl Fn() -> Bot<S> + Send + Sync + 'static) -> Self {
        assert!(workers > 0, "a cluster needs a worker");
        Self {
            make: Some(Arc::new(bot)),
            workers: Vec::with_capacity(workers),
            store: Arc::new(Memory::new()),
            time: Time::Turned(Arc::default()),
            next: AtomicUsize::new(0),
            mailbox: Mailbox::default(),
        }
        .staffed(workers)
    }

    /// The same workers on this store.
    #[must_use]
    pub fn on(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        let workers = self.workers.len();
        self.staffed(workers)
    }

    /// The same workers with a clock that goes with tokio's time, for a runtime whose time is
    /// paused: see [`RuntimeClock`].
    #[must_use]
    pub fn in_tokios_time(mut self) -> Self {
        self.time = Time::Runtime(RuntimeClock::new());
        let workers = self.workers.len();
        self.staffed(workers)
    }

    /// This bot alone, with the store that it has.
    pub(super) fn alone(bot: Bot<S>) -> Self {
        Self::in_time(bot, Time::Turned(Arc::default()))
    }

    /// This bot with the store and the clock of the one before it.
    pub(super) fn deployed(bot: Bot<S>, (store, time): (Arc<dyn Store>, Time)) -> Self {
        Self::in_time(bot.store(store), time)
    }

    fn in_time(bot: Bot<S>, time: Time) -> Self {
        let bot = time.tells(bot).prepared();
        Self {
            make: None,
            store: Arc::clone(bot.kept_in()),
            workers: vec![Mutex::new(Arc::new(bot))],
            time,
            next: AtomicUsize::new(0),
            mailbox: Mailbox::default(),
        }
    }

    /// Somebody has written before, and may have set a timer.
    pub(super) fn knows(&self, message: &Inbound) {
        self.mailbox.knows(message);
    }

    /// Ana, who talks with all of them: each message goes to the next worker.
    #[must_use]
    pub fn chat(self: &Arc<Self>) -> Chat {
        let line: Arc<Self> = Arc::clone(self);
        Chat::over(line)
    }

    /// The worker of this number, counted from nought.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    #[track_caller]
    pub fn worker(&self, number: usize) -> Arc<Bot<S>> {
        Arc::clone(&lock(&self.workers[number]))
    }

    /// The worker of this number begins anew: what it had in memory is gone, the store is not.
    ///
    /// # Panics
    /// If there are not so many.
    #[track_caller]
    pub fn restarts(&self, number: usize) {
        if let Some(bot) = self.hires() {
            *lock(&self.workers[number]) = Arc::new(bot);
        }
    }

    /// How many workers there are.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers.len()
    }

    fn staffed(mut self, workers: usize) -> Self {
        let bots = (0..workers).filter_map(|_| self.hires());
        self.workers = bots.map(|bot| Mutex::new(Arc::new(bot))).collect();
        self
    }

    /// All workers let ring what is due; whether anything was.
    async fn rings(&self) -> bool {
        let mut has_rung = false;
        for number in 0..self.workers.len() {
            has_rung |= self.worker(number).ring().await.is_ok_and(|rung| rung > 0);
        }
        self.mailbox.fills(&self.worker(0)).await;
        has_rung
    }

    fn hires(&self) -> Option<Bot<S>> {
        let make = self.make.as_ref()?;
        Some(self.time.tells(make().store(Arc::clone(&self.store))).prepared())
    }
}

impl Time {
    fn now(&self) -> Timestamp {
        match self {
            Self::Turned(clock) => clock.now(),
            Self::Runtime(clock) => clock.now(),
        }
    }

    async fn passes(&self, time: Duration) {
        match self {
            Self::Turned(clock) => clock.advance(time),
            Self::Runtime(_) => tokio::time::sleep(time).await,
        }
    }

    fn tells<S: 'static>(&self, bot: Bot<S>) -> Bot<S> {
        match self {
            Self::Turned(clock) => bot.clock(Arc::clone(clock)),
            Self::Runtime(clock) => bot.clock(*clock),
        }
    }
}

#[async_trait]
impl<S: Send + Sync + 'static> Line for Cluster<S> {
    async fn carries(&self, message: Inbound) -> Carried {
        self.mailbox.knows(&message);
        let next = self.next.fetch_add(1, Ordering::SeqCst) % self.workers.len();
        let bot = self.worker(next);
        let record = bot.record_before(&message).await;
        let outcome = bot.receive(message.clone()).await;
        let is_silent = outcome.as_ref().is_ok_and(|reply: &Reply| reply.messages().is_empty());
        let explanation = if is_silent { explained(&bot, &message, record) } else { String::new() };
        Carried { outcome, explanation, trouble: None, schedule: None }
    }

    async fn passes(&self, time: Duration) {
        let end = self.time.now().after(time);
        let mut last = None;
        // From one due moment to the next, so that what rings sees the time at which it rings.
        while let Some(due) = self.mailbox.due(&self.worker(0)).await.filter(|due| *due <= end) {
            let now = self.time.now();
            self.time.passes(due.since(now)).await;
            let has_rung = self.rings().await;
            if !has_rung && last == Some(due) {
                // Somebody has its turn; it rings when that is over.
                break;
            }
            last = Some(due);
        }
        self.time.passes(end.since(self.time.now())).await;
        self.mailbox.fills(&self.worker(0)).await;
    }

    fn place(&self) -> Option<(Arc<dyn Store>, Time)> {
        Some((Arc::clone(&self.store), self.time.clone()))
    }

    async fn brings(&self, contact: &Address) -> Vec<Outbound> {
        self.mailbox.fills(&self.worker(0)).await;
        self.mailbox.takes(contact)
    }
}

/// Why each route takes the message or not. A condition that panics is the turn's affair.
pub(super) fn explained<S>(bot: &Bot<S>, message: &Inbound, record: Record) -> String
where
    S: Send + Sync + 'static,
{
    let explain = AssertUnwindSafe(|| bot.explain_after(message, record).to_string());
    catch_unwind(explain)
        .unwrap_or_else(|_| "a filter panicked, so nothing can be explained\n".to_owned())
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> fmt::Debug for Cluster<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("workers", &self.workers.len())
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
