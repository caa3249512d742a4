//! The handling of one inbound message: what a handler may look at and note.

use std::{fmt, sync::Arc};

use regex::Regex;

use crate::{
    conversation::{Record, Remember, Session, clock::Timestamp},
    message::Inbound,
};

/// The handling of one inbound message.
///
/// A turn is a transaction: what is [remembered](Turn::remember) takes effect with the reply, or
/// not at all.
pub struct Turn<S = ()> {
    message: Inbound,
    record: Record,
    now: Timestamp,
    app: Arc<S>,
    pattern: Option<Arc<Regex>>,
    notes: Vec<(&'static str, String)>,
}

impl<S> Turn<S> {
    pub(super) fn new(message: Inbound, record: Record, now: Timestamp, app: Arc<S>) -> Self {
        Self { message, record, now, app, pattern: None, notes: Vec::new() }
    }

    /// The message that is being answered.
    #[must_use]
    pub fn message(&self) -> &Inbound {
        &self.message
    }

    /// The words of the message.
    #[must_use]
    pub fn text(&self) -> &str {
        self.message.text()
    }

    /// The author's application state.
    #[must_use]
    pub fn app(&self) -> &S {
        &self.app
    }

    /// What is remembered of the conversation, this message included.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The session that this message has opened.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::opened_at(self.record.session().map_or(self.now, Session::opened))
    }

    /// When the message came.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The value that was remembered in this conversation, or its default.
    #[must_use]
    pub fn remembered<T: Remember>(&self) -> T {
        let noted = self.notes.iter().rev().find(|(name, _)| *name == T::NAME);
        let json = noted.map(|(_, json)| json.as_str()).or_else(|| self.record.remembered(T::NAME));
        let Some(json) = json else { return T::default() };
        T::from_json(json).unwrap_or_else(|error| {
            // The error's text may quote what a person wrote; its place in the value does not.
            let (line, column) = (error.line(), error.column());
            tracing::warn!(
                name = T::NAME,
                line,
                column,
                "what was remembered cannot be read any more; starting again"
            );
            T::default()
        })
    }

    /// Remembers this value in this conversation, in place of the last one of its name.
    ///
    /// # Errors
    /// If the value has no form in JSON.
    pub fn remember<T: Remember>(&mut self, value: &T) -> Result<(), serde_json::Error> {
        let json = value.to_json()?;
        self.notes.push((T::NAME, json));
        Ok(())
    }

    /// What the groups of the matched pattern caught; nothing if no pattern matched.
    pub(super) fn captures(&self) -> Option<regex::Captures<'_>> {
        self.pattern.as_ref()?.captures(self.text().trim())
    }

    pub(super) fn matched(&mut self, pattern: Option<Arc<Regex>>) {
        self.pattern = pattern;
    }

    /// Forgets what was noted in this turn.
    pub(super) fn drop_notes(&mut self) {
        self.notes.clear();
    }

    /// The record with everything that was noted in this turn.
    pub(super) fn into_record(mut self) -> (Inbound, Record) {
        for (name, json) in self.notes {
            self.record.remember(name, &json);
        }
        (self.message, self.record)
    }

    pub(super) fn note(&mut self, name: &'static str, json: String) {
        self.notes.push((name, json));
    }
}

impl<S> fmt::Debug for Turn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("message", &self.message).finish_non_exhaustive()
    }
}
