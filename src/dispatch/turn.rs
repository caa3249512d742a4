//! The handling of one inbound message: what a handler may look at and note.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use regex::Regex;

use super::dialogue::{Gift, Gives, Stack};
use crate::{
    conversation::{
        End, Record, Remember, Session, Stored, Unreadable, clock::Timestamp, from_note, to_note,
    },
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
    /// What could not be read and starts again, for the log.
    restarted: Mutex<Vec<Unreadable>>,
    /// The dialogues that run after this turn, if it has changed them.
    dialogues: Option<Stack>,
    /// What a dialogue has given to the one that steps on now.
    gift: Option<Gift>,
    /// What this turn came to its end by.
    unreadable: Option<Unreadable>,
}

impl<S> Turn<S> {
    pub(super) fn new(message: Inbound, record: Record, now: Timestamp, app: Arc<S>) -> Self {
        Self {
            message,
            record,
            now,
            app,
            pattern: None,
            notes: Vec::new(),
            restarted: Mutex::default(),
            dialogues: None,
            gift: None,
            unreadable: None,
        }
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
    ///
    /// # Errors
    /// If it cannot be read and its [end](Stored::IF_UNREADABLE) is not to start again. Return it
    /// by `?`: the turn ends as the type says, and what it has noted until then is dropped.
    pub fn remembered<T: Remember>(&self) -> Result<T, Unreadable> {
        Ok(self.recalled()?.unwrap_or_default())
    }

    /// What is stored under the type's name, this turn's notes included; `None` if there is
    /// nothing, or nothing readable of a type that [starts again](End::Restart).
    pub(super) fn recalled<T: Stored>(&self) -> Result<Option<T>, Unreadable> {
        match self.recall() {
            Err(lost) if lost.end == End::Restart => {
                self.restarted(lost);
                Ok(None)
            }
            other => other,
        }
    }

    /// The same for those who see to what is unreadable themselves.
    pub(super) fn recall<T: Stored>(&self) -> Result<Option<T>, Unreadable> {
        let noted = self.notes.iter().rev().find(|(name, _)| *name == T::NAME);
        match noted {
            Some((_, note)) => from_note(note).map(Some),
            None => self.record.recall(),
        }
    }

    fn restarted(&self, lost: Unreadable) {
        let mut restarted = self.restarted.lock().unwrap_or_else(PoisonError::into_inner);
        if !restarted.contains(&lost) {
            restarted.push(lost);
        }
    }

    /// Remembers this value in this conversation, in place of the last one of its name.
    ///
    /// # Errors
    /// If the value has no form in JSON.
    pub fn remember<T: Stored>(&mut self, value: &T) -> Result<(), serde_json::Error> {
        self.notes.push((T::NAME, to_note(value)?));
        Ok(())
    }

    /// What the dialogue that was called has given, once; `None` if it ended without, or if nothing
    /// was called before this step.
    pub fn given<D: Gives>(&mut self) -> Option<D::Given> {
        self.gift.take()?.downcast().ok().map(|given| *given)
    }

    pub(super) fn give(&mut self, gift: Option<Gift>) {
        self.gift = gift;
    }

    /// The dialogues that run.
    pub(super) fn running(&self) -> Stack {
        self.dialogues.clone().unwrap_or_else(|| Stack::of(&self.record))
    }

    /// From now on these dialogues run.
    pub(super) fn runs(&mut self, dialogues: Stack) {
        self.dialogues = Some(dialogues);
    }

    /// What the groups of the matched pattern caught; nothing if no pattern matched.
    pub(super) fn captures(&self) -> Option<regex::Captures<'_>> {
        self.pattern.as_ref()?.captures(self.text().trim())
    }

    /// What could not be read, in a handler that was given to `Bot::on_unreadable`.
    #[must_use]
    pub fn unreadable(&self) -> Option<&Unreadable> {
        self.unreadable.as_ref()
    }

    /// The turn goes to the bot's handler for what cannot be read.
    pub(super) fn lost(&mut self, unreadable: Unreadable) {
        self.pattern = None;
        self.unreadable = Some(unreadable);
    }

    /// The turn is offered to a route, whose pattern this is.
    pub(super) fn matched(&mut self, pattern: Option<Arc<Regex>>) {
        self.pattern = pattern;
        self.restarted.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Forgets what was noted in this turn.
    pub(super) fn drop_notes(&mut self) {
        self.notes.clear();
        self.dialogues = None;
    }

    /// The record with everything that was noted in this turn.
    pub(super) fn into_record(mut self) -> (Inbound, Record) {
        for lost in self.restarted.get_mut().unwrap_or_else(PoisonError::into_inner) {
            tracing::warn!(%lost, "what was remembered starts again");
        }
        for (name, note) in self.notes {
            self.record.remember(name, &note);
        }
        if let Some(dialogues) = self.dialogues {
            dialogues.keep(&mut self.record);
        }
        (self.message, self.record)
    }

    pub(super) fn note(&mut self, name: &'static str, note: String) {
        self.notes.push((name, note));
    }
}

impl<S> fmt::Debug for Turn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("message", &self.message).finish_non_exhaustive()
    }
}
