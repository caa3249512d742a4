//! What is remembered of one conversation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    OptIn, OptedIn, Session, Stopped, Stored, Timer, Unreadable, clock::Timestamp, consent::Kept,
    envelope, stored,
};

/// What is remembered of one conversation: when it began, its session, the contact's consent, what
/// handlers noted.
///
/// A turn works on its own copy; only a commit changes what the store holds.
///
/// `Debug` shows how many values are remembered, and none of them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    began: Timestamp,
    newest: Timestamp,
    messages: u32,
    #[serde(default, rename = "notes", skip_serializing_if = "Vec::is_empty")]
    remembered: Vec<Note>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    timers: Vec<Timer>,
    /// Most contacts have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consent: Option<Box<Kept>>,
}

/// A name and what is kept under it in one text, with a line break between them: there are many records.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Note(Box<str>);

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("messages", &self.messages)
            .field("remembered", &self.remembered.len())
            .field("timers", &self.timers)
            .finish_non_exhaustive()
    }
}

impl Note {
    fn new(name: &str, note: &str) -> Self {
        Self([name, "\n", note].concat().into())
    }

    /// What it says of this name, after the version that wrote it.
    fn of(&self, name: &str) -> Option<(u32, &str)> {
        let note = self.0.strip_prefix(name)?.strip_prefix('\n')?;
        Some((envelope::open(note).0, note))
    }
}

impl Record {
    /// Notes that the contact has written, which opens the session.
    ///
    /// A clock that went backwards never shortens a session.
    pub fn heard(&mut self, now: Timestamp) {
        if self.messages == 0 {
            self.began = now;
        }
        self.newest = self.newest.max(now);
        self.messages = self.messages.saturating_add(1);
    }

    /// How many messages of the contact were answered, this turn's included.
    #[must_use]
    pub fn messages(&self) -> u32 {
        self.messages
    }

    /// When the contact wrote first; `None` before that.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        (self.messages > 0).then_some(self.began)
    }

    /// The session that the contact's newest message opened; `None` if there was no message.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        (self.messages > 0).then_some(Session::opened_at(self.newest))
    }

    /// The opt-ins that are kept, oldest first; they stand unless the contact has
    /// [stopped](Self::stopped).
    #[must_use]
    pub fn opt_ins(&self) -> &[OptedIn] {
        self.consent.as_ref().map_or(&[], |kept| &kept.opt_ins)
    }

    /// Since when nothing may be sent, because the contact has said STOP.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        self.consent.as_ref()?.stopped.as_ref()
    }

    /// Whether an opt-in stands.
    #[must_use]
    pub fn has_consent(&self) -> bool {
        self.stopped().is_none() && !self.opt_ins().is_empty()
    }

    /// Whether anything is kept of the contact's consent, be it its end.
    pub(crate) fn tells_of_consent(&self) -> bool {
        self.consent.is_some()
    }

    pub(crate) fn opts_in(&mut self, opt_in: OptIn, now: Timestamp) {
        self.consent.get_or_insert_default().opts_in(opt_in, now);
    }

    pub(crate) fn stops(&mut self, words: &str, now: Timestamp) {
        self.consent.get_or_insert_default().stops(words, now);
    }

    pub(crate) fn starts(&mut self, words: &str, now: Timestamp) {
        let Some(kept) = &mut self.consent else { return };
        kept.starts(words, now);
        if **kept == Kept::default() {
            self.consent = None;
        }
    }

    /// The value that is kept under the type's name; `None` if there is none.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn recall<T: Stored>(&self) -> Result<Option<T>, Unreadable> {
        let notes = || self.notes(T::NAME);
        let known = notes().filter(|(version, _)| *version <= T::VERSION).max();
        let note = known.or_else(|| notes().max());
        note.map(|(_, note)| stored::from_note(note)).transpose()
    }

    /// What is kept under this name, as [`to_note`](super::to_note) wrote it; of several versions
    /// the newest.
    #[must_use]
    pub fn remembered(&self, name: &str) -> Option<&str> {
        self.notes(name).max().map(|(_, note)| note)
    }

    /// Keeps this under this name, in place of what its own version and older ones kept there.
    /// What newer versions did stays for them.
    pub fn remember(&mut self, name: &str, note: &str) {
        let ours = envelope::open(note).0;
        self.remembered.retain(|other| other.of(name).is_none_or(|(version, _)| version > ours));
        self.remembered.reserve_exact(1);
        self.remembered.push(Note::new(name, note));
    }

    /// Forgets what is kept under this name, whichever version kept it.
    pub fn forget(&mut self, name: &str) {
        self.remembered.retain(|note| note.of(name).is_none());
    }

    fn notes(&self, name: &str) -> impl Iterator<Item = (u32, &str)> {
        self.remembered.iter().filter_map(move |note| note.of(name))
    }

    /// Sets a timer, in place of one of the same name.
    pub fn set_timer(&mut self, timer: Timer) {
        self.cancel_timer(&timer.name);
        self.timers.reserve_exact(1);
        self.timers.push(timer);
    }

    /// Removes the timer of this name, if there is one.
    pub fn cancel_timer(&mut self, name: &str) {
        self.timers.retain(|timer| timer.name != name);
    }

    /// All timers that are set.
    #[must_use]
    pub fn timers(&self) -> &[Timer] {
        &self.timers
    }

    /// When the first of the timers is due.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.timers.iter().map(|timer| timer.due).min()
    }

    /// Removes the first timer that is due by now.
    pub fn ring(&mut self, now: Timestamp) -> Option<Timer> {
        let due = self.due().filter(|due| *due <= now)?;
        let at = self.timers.iter().position(|timer| timer.due == due)?;
        Some(self.timers.remove(at))
    }

    /// The record as stores keep it: JSON.
    ///
    /// # Panics
    /// Never: it consists of numbers and texts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("numbers, texts and lists are always JSON")
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// If it is damaged; the error's text may quote what a person wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_message_opens_the_session_again() {
        let mut record = Record::default();
        let noon = Timestamp::from_millis(0);
        assert_eq!((record.session(), record.began()), (None, None));
        record.heard(noon);
        record.heard(noon.after(Duration::from_mins(1)));
        assert_eq!(record.began(), Some(noon));
        assert_eq!(record.session().unwrap().opened(), noon.after(Duration::from_mins(1)));
        assert_eq!(record.messages(), 2);
    }

    #[test]
    fn a_clock_that_goes_backwards_shortens_no_session() {
        let mut record = Record::default();
        record.heard(Timestamp::from_millis(9));
        record.heard(Timestamp::from_millis(3));
        assert_eq!(record.session().unwrap().opened(), Timestamp::from_millis(9));
    }

    #[test]
    fn what_is_remembered_replaces_what_was() {
        let mut record = Record::default();
        record.remember("cart", "1");
        record.remember("name", "2");
        record.remember("cart", "3");
        assert_eq!((record.remembered("cart"), record.remembered("name")), (Some("3"), Some("2")));
        assert_eq!(record.remembered("nope"), None);
    }
}
