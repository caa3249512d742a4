//! How a bot is put together.

use std::{
    fmt,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use super::{
    Answers, Arguments, Async, Bot, Callable, Failure, IntoFilter, Keywords, Router,
    begin::Desk,
    dialogue::Dialogues,
    failure,
    finish::Excess,
    handler::{Endpoint, Erased},
    table::Table,
};
use crate::{
    conversation::clock::{Clock, SystemClock},
    store::{Memory, Store},
};

impl<S: Send + Sync + 'static> Bot<S> {
    /// A bot without routes; handlers reach the application state by `State` and `Turn::app`.
    ///
    /// It remembers in memory until it is given a [`store`](Self::store).
    #[track_caller]
    pub fn new(app: S) -> Self {
        Self {
            router: Router::new(),
            table: OnceLock::new(),
            app: Arc::new(app),
            on_error: None,
            dialogues: Dialogues::new(),
            on_unreadable: None,
            keywords: Keywords::usual(),
            desk: Desk::new(Arc::new(Memory::new()), Arc::new(SystemClock)),
            is_unheard: AtomicBool::new(false),
            excess: Excess::Refused,
        }
    }

    /// Arranges the routes now, and not when the first message comes.
    pub fn prepared(self) -> Self {
        self.table();
        self.dialogues.tables();
        self
    }
}

impl<S: 'static> Bot<S> {
    /// Messages for which the filter holds go to this handler: an async function, a closure that
    /// returns a future, or a [`Handler`](super::Handler).
    ///
    /// Routes are tried in order. The first whose filter holds and whose handler can read its
    /// arguments takes the turn.
    ///
    /// # Panics
    /// If the handler takes `Captures` of more groups than the filter's pattern has.
    #[track_caller]
    pub fn on<M: 'static, H>(self, filter: impl IntoFilter, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        Self { router: self.router.on(filter, handler), ..self }
    }

    /// Messages for which the filter holds are offered to these routes.
    pub fn nest(self, filter: impl IntoFilter, routes: Router<S>) -> Self {
        Self { router: self.router.nest(filter, routes), ..self }
    }

    /// All other messages go to this handler.
    ///
    /// # Panics
    /// If there is one already, or the handler takes `Captures`.
    #[track_caller]
    pub fn otherwise<M: 'static, H>(self, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        Self { router: self.router.otherwise(handler), ..self }
    }

    /// When a handler fails or panics, this may reply in its place; an error that it returns is
    /// the turn's, and Twilio's fallback URL takes over.
    ///
    /// ```
    /// use chinwag::{Bot, dispatch::Failure};
    ///
    /// let bot = Bot::new(()).on_error(async |_: Failure| "Sorry, that went wrong. Try again?");
    /// ```
    ///
    /// # Panics
    /// If there is one already.
    #[track_caller]
    pub fn on_error<H, F>(self, hook: H) -> Self
    where
        H: Fn(Failure) -> F + Send + Sync + 'static,
        F: Async + Answers,
    {
        assert!(self.on_error.is_none(), "the bot has an error hook already");
        Self { on_error: Some(failure::hook(hook)), ..self }
    }

    /// When what is stored cannot be read and its type leaves it to the
    /// [`Handler`](crate::conversation::End::Handler), this answers in place of the route.
    ///
    /// What it returns to be remembered takes the place of the unreadable value; otherwise that
    /// stays as it is, and is in `Turn::record` as it was stored. Without such a handler the turn
    /// fails and goes to the error hook.
    ///
    /// ```
    /// use chinwag::{Bot, conversation::Unreadable};
    ///
    /// let bot = Bot::new(()).on_unreadable(async |lost: Unreadable| match lost.name {
    ///     "cart" => "Your cart is safe, but we cannot open it today. Please come back tomorrow.",
    ///     _ => "We are moving house. Please come back tomorrow.",
    /// });
    /// ```
    ///
    /// # Panics
    /// If there is one already, or the handler takes `Captures`.
    #[track_caller]
    pub fn on_unreadable<M: 'static, H>(self, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        assert!(self.on_unreadable.is_none(), "the bot has an on_unreadable already");
        let endpoint = Box::new(Erased::new(handler));
        assert!(endpoint.groups() == 0, "on_unreadable has no pattern, so it cannot take Captures");
        Self { on_unreadable: Some(endpoint), ..self }
    }

    /// Remembers conversations in this store.
    pub fn store(self, store: impl Store) -> Self {
        Self { desk: self.desk.with_store(Arc::new(store)), ..self }
    }

    /// Takes the time from this clock.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { desk: self.desk.with_clock(Arc::new(clock)), ..self }
    }

    /// Where the outbox is, and what time it is there: what a courier needs.
    pub(crate) fn outbox(&self) -> (Arc<dyn Store>, Arc<dyn Clock>) {
        (Arc::clone(self.desk.store()), Arc::clone(self.desk.clock()))
    }

    /// A courier sends what this bot leaves in the outbox.
    pub(crate) fn with_courier(self) -> Self {
        Self { excess: Excess::Posted, ..self }
    }

    /// Nothing sends what this bot says unasked; the log is told once there is something.
    pub(crate) fn without_courier(self) -> Self {
        Self { is_unheard: AtomicBool::new(true), ..self }
    }

    pub(super) fn table(&self) -> &Table<S> {
        self.table.get_or_init(|| Table::new(self.router.flatten()))
    }
}

impl<S> fmt::Debug for Bot<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bot").field("routes", &self.router).finish_non_exhaustive()
    }
}
