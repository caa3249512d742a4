//! What a broadcast tells of itself: how far it is, and who is not told.

use serde::{Deserialize, Serialize, Serializer};

use crate::{conversation::clock::Timestamp, message::Address};

/// Something that has changed in a broadcast; as JSON an object whose `event` says what.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// How far it is.
    Progress(Progress),
    /// Somebody is not told, because they have not opted in or have said STOP.
    Refused(Untold),
    /// Somebody could not be told.
    Failed(Untold),
}

/// Who is not told, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untold {
    /// The line's number.
    pub line: u64,
    /// Who; in full as JSON, and masked by `Debug`.
    #[serde(serialize_with = "in_full")]
    pub contact: Address,
    /// Why, in one sentence.
    pub why: String,
}

fn in_full<S: Serializer>(contact: &Address, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(contact.as_str())
}

/// What a broadcast is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// It tells people.
    #[default]
    Running,
    /// It was paused, and waits to be resumed.
    Paused,
    /// All who are left have quiet hours.
    Quiet,
    /// It was stopped.
    Stopped,
    /// All is said.
    Done,
}

/// How far a broadcast is; numbers of contacts, one of which is in one place only.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The broadcast's name.
    pub name: String,
    /// What it is at.
    pub stage: Stage,
    /// Told: their messages have left the outbox during this run.
    pub told: u64,
    /// Told before: by an earlier run, or by an earlier line.
    pub before: u64,
    /// Not told, because they have not opted in or have said STOP.
    pub refused: u64,
    /// Could not be told.
    pub failed: u64,
    /// In the outbox.
    pub waiting: u64,
    /// Not looked at yet; nothing if it is not known how long the list is.
    pub left: Option<u64>,
    /// Told in a second, of late.
    pub per_second: f64,
    /// When that was, in milliseconds since 1970.
    pub at: Timestamp,
}

impl Progress {
    /// How many contacts were looked at.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.told + self.before + self.refused + self.failed + self.waiting
    }
}
