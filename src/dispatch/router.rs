//! Which handler is for which messages, in the author's words.

use std::{fmt, panic::Location, sync::Arc};

use super::{
    Answers, Arguments, Async, Callable, Filter, IntoFilter,
    filter::{Test, anything},
    handler::{Endpoint, Erased},
};

/// Routes: filters with the handlers behind them, tried in order.
///
/// The first route whose filter holds and whose handler can read its arguments takes the turn.
/// A router can stand in another one behind a filter of its own.
///
/// ```
/// use chinwag::{Bot, Router, text, word};
///
/// let admin = Router::new()
///     .on(text("stop the press"), async || "Stopped.")
///     .otherwise(async || "Admins say *stop the press*.");
/// let bot = Bot::new(()).nest(word("admin"), admin).otherwise(async || "Hello!");
/// ```
#[must_use = "routes do nothing until they are given to a bot"]
pub struct Router<S = ()> {
    entries: Vec<Entry<S>>,
    fallback: Option<Route<S>>,
}

enum Entry<S> {
    Route(Route<S>),
    Nested(Filter, Router<S>),
}

/// One handler, the filter before it, and where the author wrote it.
pub(super) struct Route<S> {
    /// All that must hold, the filters of outer routers included.
    pub(super) filter: Filter,
    /// The route's own, whose pattern the handler's captures are of.
    pub(super) own: Filter,
    pub(super) endpoint: Arc<dyn Endpoint<S>>,
    pub(super) at: &'static Location<'static>,
    pub(super) is_fallback: bool,
}

impl<S: 'static> Router<S> {
    /// No routes.
    pub fn new() -> Self {
        Self { entries: Vec::new(), fallback: None }
    }

    /// Messages for which the filter holds go to this handler.
    ///
    /// # Panics
    /// If the handler takes `Captures` of more groups than the filter's pattern has.
    #[track_caller]
    pub fn on<M: 'static, H>(mut self, filter: impl IntoFilter, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        let at = Location::caller();
        let filter = filter.into_filter();
        let endpoint = Arc::new(Erased::new(handler));
        let (wanted, given) = (endpoint.groups(), filter.groups().unwrap_or(0));
        assert!(
            wanted <= given,
            "the handler takes Captures of {wanted}, but {filter} catches {given}; \
             write pattern(..) with a group in parentheses for each"
        );
        let route = Route { own: filter.clone(), filter, endpoint, at, is_fallback: false };
        self.entries.push(Entry::Route(route));
        self
    }

    /// Messages for which the filter holds are offered to these routes.
    pub fn nest(mut self, filter: impl IntoFilter, routes: Self) -> Self {
        self.entries.push(Entry::Nested(filter.into_filter(), routes));
        self
    }

    /// All other messages go to this handler.
    ///
    /// # Panics
    /// If there is one already, or the handler takes `Captures`.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in the bot's text stops it at start, at its line")]
    pub fn otherwise<M: 'static, H>(mut self, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        let at = Location::caller();
        if let Some(first) = &self.fallback {
            panic!("the router has an otherwise already, at {}", first.at);
        }
        let endpoint = Arc::new(Erased::new(handler));
        assert!(endpoint.groups() == 0, "an otherwise has no pattern, so it cannot take Captures");
        let filter = Filter(Test::Anything);
        self.fallback =
            Some(Route { own: filter.clone(), filter, endpoint, at, is_fallback: true });
        self
    }

    /// All routes in the order in which they are tried, each with all its filters.
    pub(super) fn flatten(&self) -> Vec<Route<S>> {
        let mut routes = Vec::new();
        self.flatten_behind(&anything(), &mut routes);
        routes
    }

    fn flatten_behind(&self, outer: &Filter, routes: &mut Vec<Route<S>>) {
        for entry in &self.entries {
            match entry {
                Entry::Route(route) => routes.push(route.behind(outer)),
                Entry::Nested(filter, nested) => {
                    nested.flatten_behind(&behind(outer, filter), routes);
                }
            }
        }
        routes.extend(self.fallback.as_ref().map(|route| route.behind(outer)));
    }
}

impl<S> Route<S> {
    fn behind(&self, outer: &Filter) -> Self {
        let endpoint = Arc::clone(&self.endpoint);
        Self { filter: behind(outer, &self.filter), own: self.own.clone(), endpoint, ..*self }
    }
}

/// Both filters, without the empty words.
fn behind(outer: &Filter, inner: &Filter) -> Filter {
    match (&outer.0, &inner.0) {
        (Test::Anything, _) => inner.clone(),
        (_, Test::Anything) => outer.clone(),
        _ => outer.clone().and(inner.clone()),
    }
}

impl<S: 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for Router<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.entries).entries(&self.fallback).finish()
    }
}

impl<S> fmt::Debug for Entry<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Route(route) => route.fmt(f),
            Self::Nested(filter, router) => write!(f, "{filter} → {router:?}"),
        }
    }
}

/// As `explain` names it.
impl<S> fmt::Display for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_fallback, &self.filter.0) {
            (true, Test::Anything) => f.write_str("otherwise"),
            (true, _) => write!(f, "{}, otherwise", self.filter),
            (false, _) => write!(f, "{}", self.filter),
        }
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} at {}", self.at)
    }
}
