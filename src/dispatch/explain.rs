//! Why each route would take a message or not.

use std::{fmt, panic::Location, sync::Arc};

use super::{Bot, Turn, router::Route, sight::Sight, table::Table};
#[cfg(feature = "testkit")]
use crate::{conversation::Key, store::Store};
use crate::{
    conversation::{End, Record},
    message::Inbound,
};

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

/// One route, and what it makes of a message; while a dialogue runs, also what ends it, what
/// interrupts it and the dialogue itself.
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
        let mut turn = Turn::new(message.clone(), record, now, Arc::clone(&self.app));
        let mut routes = self.explain_dialogue(&mut turn);
        consider(self.table(), "", &mut turn, &mut routes);
        Explanation { routes }
    }

    /// What a running dialogue makes of the message, if one runs.
    fn explain_dialogue(&self, turn: &mut Turn<S>) -> Vec<Considered> {
        let mut routes = Vec::new();
        let stack = turn.running();
        let top = stack.top().filter(|_| self.dialogues.unknown_of(&stack).is_none());
        let known = top.and_then(|top| Some((top, self.dialogues.known(top.name())?)));
        let Some((top, known)) = known else { return routes };
        let [cancels, interrupts] = self.dialogues.tables();
        consider(cancels, "cancel: ", turn, &mut routes);
        consider(interrupts, "interrupt: ", turn, &mut routes);
        let verdict = match known.probe(top) {
            _ if is_taken(&routes) => Verdict::NotReached,
            Ok(()) => Verdict::Takes,
            Err(lost) if lost.end == End::Restart => Verdict::Declines(lost.to_string()),
            Err(lost) => Verdict::Unreadable(lost.to_string()),
        };
        routes.push(Considered {
            filter: format!("dialogue {}", top.name()),
            at: known.at,
            verdict,
        });
        routes
    }

    /// What is remembered before this message.
    #[cfg(feature = "testkit")]
    pub(crate) async fn record_before(&self, message: &Inbound) -> Record {
        let store = self.desk.store();
        store.read(&Key::of(message), self.desk.now()).await.unwrap_or_default()
    }

    /// Where conversations are remembered.
    #[cfg(feature = "testkit")]
    pub(crate) fn kept_in(&self) -> &Arc<dyn Store> {
        self.desk.store()
    }
}

/// Adds what each of these routes makes of the message.
fn consider<S>(table: &Table<S>, kind: &str, turn: &mut Turn<S>, routes: &mut Vec<Considered>) {
    let (message, record) = (turn.message().clone(), turn.record().clone());
    let sight = table.look(&message, &record);
    for route in table.routes() {
        let verdict =
            if is_taken(routes) { Verdict::NotReached } else { judge(route, &sight, turn) };
        routes.push(Considered { filter: format!("{kind}{route}"), at: route.at, verdict });
    }
}

fn is_taken(routes: &[Considered]) -> bool {
    routes.iter().any(|route| route.verdict.is_last())
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
