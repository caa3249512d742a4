//! Why each route would take a message or not.

use std::{fmt, panic::Location, sync::Arc};

use super::{Bot, Turn, router::Route, sight::Sight};
#[cfg(feature = "testkit")]
use crate::conversation::Key;
use crate::{conversation::Record, message::Inbound};

/// What an author can do when the last resort cannot read its arguments.
pub(super) const OTHERWISE_DECLINED: &str =
    "its otherwise cannot read its arguments: let it take Option of them, as Option<Text>";

/// Why each route of a bot would take a message or not, for authors and for tests.
///
/// `Display` prints a line for each route. It quotes the message; keep it out of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The routes in the order in which they are tried.
    pub routes: Vec<Considered>,
}

/// One route, and what it makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// The route's filter in words.
    pub filter: String,
    /// Where the author wrote the route.
    pub at: &'static Location<'static>,
    /// What it makes of the message.
    pub verdict: Verdict,
}

/// What a route makes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its handler answers.
    Takes,
    /// Its filter does not hold, and why.
    PassesOver(String),
    /// Its filter holds, but the handler's arguments cannot be read, and why.
    Declines(String),
    /// Its filter holds, but what is stored cannot be read, and why; the turn ends as the stored
    /// type says.
    Unreadable(String),
    /// A route before it takes the message.
    NotReached,
}

impl<S: Send + Sync + 'static> Bot<S> {
    /// Tells why each route would take this message or not, as if it were the person's first.
    ///
    /// No handler is called and nothing is remembered.
    #[must_use]
    pub fn explain(&self, message: &Inbound) -> Explanation {
        self.explain_after(message, Record::default())
    }

    /// Tells why each route would take this message or not, in a conversation of which this is
    /// remembered.
    ///
    /// No handler is called and nothing is remembered.
    #[must_use]
    pub fn explain_after(&self, message: &Inbound, mut record: Record) -> Explanation {
        let now = self.desk.now();
        record.heard(now);
        let mut turn = Turn::new(message.clone(), record.clone(), now, Arc::clone(&self.app));
        let sight = self.table().look(message, &record);
        let mut is_taken = false;
        let routes = self.table().routes().iter().map(|route| {
            let verdict =
                if is_taken { Verdict::NotReached } else { judge(route, &sight, &mut turn) };
            is_taken |= verdict.is_last();
            Considered { filter: route.to_string(), at: route.at, verdict }
        });
        Explanation { routes: routes.collect() }
    }

    /// What is remembered before this message.
    #[cfg(feature = "testkit")]
    pub(crate) async fn record_before(&self, message: &Inbound) -> Record {
        let store = self.desk.store();
        store.read(&Key::of(message), self.desk.now()).await.unwrap_or_default()
    }

    /// Remembers where that bot does.
    #[cfg(feature = "testkit")]
    pub(crate) fn in_place_of(self, other: &Self) -> Self {
        let store = Arc::clone(other.desk.store());
        self.store(store)
    }
}

fn judge<S>(route: &Route<S>, sight: &Sight<'_>, turn: &mut Turn<S>) -> Verdict {
    if !sight.holds(&route.filter) {
        return Verdict::PassesOver(sight.why_not(&route.filter));
    }
    turn.matched(sight.pattern(&route.own).map(|pattern| Arc::clone(&pattern.whole)));
    match route.endpoint.probe(turn) {
        Ok(()) => Verdict::Takes,
        Err(lost) if lost.lost.is_some() => Verdict::Unreadable(lost.to_string()),
        Err(declined) => Verdict::Declines(declined.to_string()),
    }
}

impl Verdict {
    /// Whether no other route gets the message after this.
    fn is_last(&self) -> bool {
        matches!(self, Self::Takes | Self::Unreadable(_))
    }
}

impl Explanation {
    /// The route that takes the message, if there is one.
    #[must_use]
    pub fn taken_by(&self) -> Option<&Considered> {
        self.routes.iter().find(|route| route.verdict.is_last())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, route) in (1..).zip(&self.routes) {
            writeln!(f, "{number}. {}: {}  ({})", route.filter, route.verdict, route.at)?;
        }
        if self.taken_by().is_none() {
            let declined = |route: &&Considered| matches!(route.verdict, Verdict::Declines(_));
            f.write_str("no route takes the message; ")?;
            f.write_str(match self.routes.iter().rfind(|route| route.filter == "otherwise") {
                Some(otherwise) if declined(&otherwise) => OTHERWISE_DECLINED,
                _ => "add .otherwise(..) for an answer",
            })?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Takes => f.write_str("takes it"),
            Self::PassesOver(why) => write!(f, "no, {why}"),
            Self::Declines(why) => write!(f, "the filter holds, but the handler cannot: {why}"),
            Self::Unreadable(why) => write!(f, "the filter holds, but {why}"),
            Self::NotReached => f.write_str("not reached"),
        }
    }
}
