//! All routes of a bot, arranged so that one pass over a message finds the few that may be for it.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use regex::{Regex, RegexSet, RegexSetBuilder};

use super::{
    Declined, Error, Filter, Reply, Turn,
    filter::{Pattern, Test},
    fold,
    router::Route,
    sight::{self, Sight},
};
use crate::{conversation::Record, message::Inbound};

/// Bytes that the automaton of all patterns may take: enough for thousands.
const PATTERNS_SIZE: usize = 256 << 20;

/// All routes, and which of them each text, word and pattern leads to.
pub(super) struct Table<S> {
    routes: Vec<Route<S>>,
    texts: HashMap<Box<str>, Vec<u32>>,
    /// By the first word of each phrase.
    words: HashMap<Box<str>, Vec<u32>>,
    /// By the pattern's number.
    patterns: Vec<Vec<u32>>,
    all_patterns: Option<RegexSet>,
    /// Routes that may be for any message.
    always: Vec<u32>,
    asks_for: Asks,
}

/// A route whose filter holds.
struct Found<'a, S> {
    route: &'a Route<S>,
    number: u32,
    /// The pattern that matched.
    pattern: Option<Arc<Regex>>,
}

/// What the filters want to know of a text.
#[derive(Default, Clone, Copy)]
struct Asks {
    /// Bytes of the longest text that is asked for; of a longer one the beginning is enough.
    longest_text: Option<usize>,
    words: bool,
}

/// What must be true for a filter to hold.
enum Trigger {
    Text(Box<str>),
    Word(Box<str>),
    Pattern(usize),
}

impl<S> Table<S> {
    /// # Panics
    /// If all patterns together are too large for one automaton.
    pub(super) fn new(mut routes: Vec<Route<S>>) -> Self {
        let mut numbered = Numbered::default();
        for route in &mut routes {
            numbered.visit(&mut route.filter);
            numbered.visit(&mut route.own);
        }
        let mut table = Self {
            all_patterns: numbered.all_patterns(),
            patterns: vec![Vec::new(); numbered.sources.len()],
            asks_for: numbered.asks_for,
            texts: HashMap::new(),
            words: HashMap::new(),
            always: Vec::new(),
            routes,
        };
        for number in 0..table.routes.len() {
            table.arrange(number);
        }
        table
    }

    fn arrange(&mut self, number: usize) {
        let route = u32::try_from(number).expect("nobody writes four thousand million routes");
        let Some(triggers) = triggers(&self.routes[number].filter) else {
            return self.always.push(route);
        };
        for trigger in triggers {
            let routes = match trigger {
                Trigger::Text(text) => self.texts.entry(text).or_default(),
                Trigger::Word(word) => self.words.entry(word).or_default(),
                Trigger::Pattern(number) => &mut self.patterns[number],
            };
            routes.push(route);
        }
    }

    /// Every route, in the order in which they are tried.
    pub(super) fn routes(&self) -> &[Route<S>] {
        &self.routes
    }

    /// Whether an `otherwise` is for the message.
    pub(super) fn has_otherwise(&self, message: &Inbound, record: &Record) -> bool {
        let sight = self.look(message, record);
        self.routes.iter().any(|route| route.is_fallback && sight.holds(&route.filter))
    }

    /// Whether a route is for just such messages, and not for any.
    pub(super) fn asks_for(&self, message: &Inbound, record: &Record) -> bool {
        let sight = self.look(message, record);
        let asked = self.candidates(&sight).into_iter();
        let mut asked = asked.filter(|number| !self.always.contains(number));
        asked.any(|number| sight.holds(&self.routes[number as usize].filter))
    }

    /// One look at the message.
    pub(super) fn look<'a>(&self, message: &'a Inbound, record: &'a Record) -> Sight<'a> {
        let folded = match self.asks_for {
            Asks { words: true, .. } => fold::fold(message.text()),
            Asks { longest_text: Some(bytes), .. } => fold::fold_to(message.text(), bytes),
            Asks { longest_text: None, .. } => Cow::default(),
        };
        let spaced = if self.asks_for.words { sight::spaced(&folded) } else { String::new() };
        let matched = self.all_patterns.as_ref().map(|all| all.matches(message.text().trim()));
        Sight { message, record, folded, spaced, matched }
    }

    /// The first route from this number on whose filter holds.
    fn find(&self, message: &Inbound, record: &Record, from: u32) -> Option<Found<'_, S>> {
        let sight = self.look(message, record);
        let route = |number: u32| &self.routes[number as usize];
        let mut candidates =
            self.candidates(&sight).into_iter().skip_while(|number| *number < from);
        let number = candidates.find(|number| sight.holds(&route(*number).filter))?;
        let pattern = sight.pattern(&route(number).own);
        let pattern = pattern.map(|pattern| Arc::clone(&pattern.whole));
        Some(Found { route: route(number), number, pattern })
    }

    /// Offers the turn to the routes that may be for it, in order; the first that can read its
    /// arguments answers.
    pub(super) async fn offer(&self, turn: &mut Turn<S>) -> Result<Option<Reply>, Error> {
        let mut next = 0;
        while let Some(found) = self.find(turn.message(), turn.record(), next) {
            turn.matched(found.pattern);
            match found.route.endpoint.claim(turn) {
                Ok(answer) => return answer.await.map(Some),
                Err(Declined { lost: Some(lost), .. }) => return Err(lost),
                Err(_declined) => next = found.number + 1,
            }
        }
        Ok(None)
    }

    /// The routes that may be for the message, in the order in which they are tried.
    fn candidates(&self, sight: &Sight<'_>) -> Vec<u32> {
        let mut numbers = self.always.clone();
        numbers.extend(self.texts.get(&*sight.folded).into_iter().flatten());
        if !self.words.is_empty() {
            let words = sight.spaced.split_ascii_whitespace();
            numbers.extend(words.filter_map(|word| self.words.get(word)).flatten());
        }
        let matched = sight.matched.iter().flatten();
        numbers.extend(matched.flat_map(|number| &self.patterns[number]));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// What must be true for the filter to hold, one of them at least; `None` if that cannot be told.
fn triggers(filter: &Filter) -> Option<Vec<Trigger>> {
    match &filter.0 {
        Test::Text(text) => Some(vec![Trigger::Text(text.clone())]),
        Test::Words(words) => {
            let first = words.split_ascii_whitespace().next().unwrap_or_default();
            Some(vec![Trigger::Word(first.into())])
        }
        Test::Pattern(pattern) => Some(vec![Trigger::Pattern(pattern.number)]),
        Test::And(all) => all.iter().find_map(triggers),
        Test::Or(any) => {
            let all: Option<Vec<_>> = any.iter().map(triggers).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// Gives each pattern its number, equal ones the same.
#[derive(Default)]
struct Numbered {
    numbers: HashMap<Box<str>, usize>,
    sources: Vec<String>,
    asks_for: Asks,
}

impl Numbered {
    fn visit(&mut self, filter: &mut Filter) {
        match &mut filter.0 {
            Test::Pattern(pattern) => self.number(pattern),
            Test::Text(text) => {
                self.asks_for.longest_text = self.asks_for.longest_text.max(Some(text.len()));
            }
            Test::Words(_) => self.asks_for.words = true,
            Test::And(filters) | Test::Or(filters) => {
                for filter in filters {
                    self.visit(filter);
                }
            }
            Test::Not(filter) => self.visit(filter),
            _ => {}
        }
    }

    fn number(&mut self, pattern: &mut Pattern) {
        pattern.number = *self.numbers.entry(pattern.source.clone()).or_insert_with(|| {
            self.sources.push(pattern.whole.as_str().to_owned());
            self.sources.len() - 1
        });
    }

    fn all_patterns(&self) -> Option<RegexSet> {
        let set = RegexSetBuilder::new(&self.sources)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(PATTERNS_SIZE)
            .dfa_size_limit(PATTERNS_SIZE / 16)
            .build();
        let set = set.expect("all patterns together are too large; write fewer or shorter ones");
        (!self.sources.is_empty()).then_some(set)
    }
}
