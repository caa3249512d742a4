//! One look at a message, and what each filter makes of it.

use std::borrow::Cow;

use regex::SetMatches;

use super::{
    Filter,
    filter::{Pattern, Test},
    fold,
};
use crate::{
    conversation::Record,
    message::{Content, Inbound, MediaKind},
};

/// A message as filters see it: folded, cut into words and matched with all patterns once.
pub(super) struct Sight<'a> {
    pub(super) message: &'a Inbound,
    pub(super) record: &'a Record,
    /// Empty when no filter asks for it.
    pub(super) folded: Cow<'a, str>,
    /// The words with a space before and after each; empty when no filter asks for it.
    pub(super) spaced: String,
    /// `None` when there are no patterns.
    pub(super) matched: Option<SetMatches>,
}

impl Sight<'_> {
    /// Whether the filter holds.
    pub(super) fn holds(&self, filter: &Filter) -> bool {
        let is = |wanted: &Option<Box<str>>| {
            wanted.as_deref().is_none_or(|wanted| wanted == self.message.content.choice())
        };
        let content = &self.message.content;
        match &filter.0 {
            Test::Anything => true,
            Test::Text(text) => *self.folded == **text,
            Test::Words(words) => self.spaced.contains(&**words),
            Test::Pattern(pattern) => self.has_matched(pattern),
            Test::Media(None) => !self.message.media().is_empty(),
            Test::Media(Some(kind)) => self.message.has_media(*kind),
            Test::Contact => self.message.has_media(MediaKind::Contact),
            Test::Location => matches!(content, Content::Location(_)),
            Test::Button(wanted) => matches!(content, Content::Button(_)) && is(wanted),
            Test::ListChoice(wanted) => matches!(content, Content::ListChoice(_)) && is(wanted),
            Test::Flow => matches!(content, Content::Flow(_)),
            Test::Sender(address) => self.message.from == *address,
            Test::FirstContact => self.record.messages() <= 1,
            Test::When(condition) => (condition.holds)(self.message, self.record),
            Test::And(all) => all.iter().all(|one| self.holds(one)),
            Test::Or(any) => any.iter().any(|one| self.holds(one)),
            Test::Not(filter) => !self.holds(filter),
        }
    }

    /// The first pattern of the filter that matched, unless it stands behind a `not`.
    pub(super) fn pattern<'f>(&self, filter: &'f Filter) -> Option<&'f Pattern> {
        match &filter.0 {
            Test::Pattern(pattern) => self.has_matched(pattern).then_some(pattern),
            Test::And(all) => all.iter().find_map(|one| self.pattern(one)),
            Test::Or(any) => {
                let mut holding = any.iter().filter(|one| self.holds(one));
                holding.find_map(|one| self.pattern(one))
            }
            _ => None,
        }
    }

    /// Why the filter does not hold, in a few words.
    pub(super) fn why_not(&self, filter: &Filter) -> String {
        match &filter.0 {
            Test::And(all) => {
                let first = all.iter().find(|one| !self.holds(one));
                first.map_or_else(String::new, |one| self.why_not(one))
            }
            Test::Or(any) => any.iter().map(|one| self.why_not(one)).collect::<Vec<_>>().join("; "),
            Test::Not(filter) => format!("it is {filter}"),
            Test::Text(_) | Test::Words(_) | Test::Pattern(_) => {
                format!("the text is {:?}, not {filter}", self.message.text())
            }
            Test::Sender(_) => format!("the sender is {}", self.message.from.masked()),
            Test::FirstContact => format!("it is message {}", self.record.messages()),
            Test::When(_) => format!("the {filter} does not hold"),
            _ => format!("it is {}, not {filter}", described(&self.message.content)),
        }
    }

    fn has_matched(&self, pattern: &Pattern) -> bool {
        self.matched.as_ref().is_some_and(|matched| matched.matched(pattern.number))
    }
}

/// The words of the text with a space before and after each.
pub(super) fn spaced(folded: &str) -> String {
    let mut spaced = String::with_capacity(folded.len() + 2);
    spaced.push(' ');
    for word in fold::words(folded) {
        spaced.push_str(word);
        spaced.push(' ');
    }
    spaced
}

fn described(content: &Content) -> String {
    match content {
        Content::Media { media, .. } => media
            .first()
            .map_or_else(String::new, |one| format!("{} ({})", content.kind(), one.content_type)),
        Content::Button(_) | Content::ListChoice(_) => {
            format!("{} {:?}", content.kind(), content.choice())
        }
        _ => content.kind().to_owned(),
    }
}
