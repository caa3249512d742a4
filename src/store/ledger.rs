//! Deliveries: what was sent, and what has become of it so far.

use std::{fmt, time::Duration};

use super::{ANSWERS_KEPT, LEASE, Parcel, ParcelId};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

/// How long deliveries are kept, if nothing else is said.
pub const DELIVERIES_KEPT: Duration = Duration::from_hours(30 * 24);

/// How long after its sending a message that nothing was heard of is [unreported] for the first
/// time; then after twice as long each time.
///
/// [unreported]: super::Store::unreported
pub const QUIET: Duration = Duration::from_mins(10);

/// A message that was sent, and what has become of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it is called by whoever took it.
    pub sid: MessageSid,
    /// The parcel that it was.
    pub parcel: ParcelId,
    /// The conversation.
    pub key: Key,
    /// When it was taken.
    pub sent: Timestamp,
    /// The latest that was reported; [`Status::Queued`] before the first report.
    pub status: Status,
    /// Why it failed.
    pub error: Option<ErrorCode>,
    /// When that was reported; nothing before the first report.
    pub reported: Option<Timestamp>,
}

impl Delivery {
    /// Whether nothing more needs to be heard: it has arrived, failed or was called back.
    #[must_use]
    pub fn is_over(&self) -> bool {
        is_over(&self.status)
    }

    /// Whether it failed because the session was closed.
    #[must_use]
    pub fn met_a_closed_session(&self) -> bool {
        met_a_closed_session(&self.status, self.error)
    }

    /// The parcel that is sent in its place, once, when it has met a closed session and there was
    /// something to be sent [instead](Sent::instead).
    #[must_use]
    pub fn replacement(&self) -> ParcelId {
        self.parcel.replacement()
    }
}

/// That a parcel was taken, and by which name; `Debug` hides what would be sent instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it is called by whoever took it.
    pub sid: MessageSid,
    /// When it was taken.
    pub at: Timestamp,
    /// The body of the parcel that is posted should this one fail because the session was closed.
    pub instead: Option<Box<[u8]>>,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instead = self.instead.as_ref().map(|body| body.len());
        f.debug_struct("Sent")
            .field("sid", &self.sid)
            .field("at", &self.at)
            .field("bytes_instead", &instead)
            .finish()
    }
}

/// What a store keeps of one message: a delivery, or reports that came before it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) status: Status,
    pub(super) error: Option<ErrorCode>,
    pub(super) reported: Option<Timestamp>,
    pub(super) parcel: Option<(ParcelId, Key, Timestamp)>,
    pub(super) instead: Option<Box<[u8]>>,
}

impl Entry {
    /// What the first report or the settling has left.
    pub(super) fn new(
        status: Status,
        error: Option<ErrorCode>,
        reported: Option<Timestamp>,
    ) -> Self {
        Self { status, error, reported, parcel: None, instead: None }
    }

    /// A parcel that was sent, before anything was heard of it.
    pub(super) fn of(parcel: &Parcel, sent: &Sent) -> Self {
        let mut entry = Self::new(Status::Queued, None, None);
        entry.attach(parcel, sent);
        entry
    }

    /// Hears a report; whether it says anything new. All orders end at the greatest of all.
    pub(super) fn hear(
        &mut self,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> bool {
        let is_new = (status, error) > (&self.status, self.error);
        if is_new {
            (self.status, self.error) = (status.clone(), error);
            self.reported = Some(now);
        }
        is_new
    }

    /// The message is this parcel; nothing, if that is known.
    pub(super) fn attach(&mut self, parcel: &Parcel, sent: &Sent) {
        if self.parcel.is_none() {
            self.parcel = Some((parcel.id, parcel.key.clone(), sent.at));
            self.instead.clone_from(&sent.instead);
            // Taken means queued at least; a word that is not known says less than that.
            if Status::Queued > self.status {
                (self.status, self.error, self.reported) = (Status::Queued, None, None);
            }
        }
    }

    /// The parcel in place of one that met a closed session, once.
    pub(super) fn replace(&mut self, now: Timestamp) -> Option<Parcel> {
        let (id, key, _) = self.parcel.as_ref()?;
        let is_due = met_a_closed_session(&self.status, self.error);
        let body = self.instead.take_if(|_| is_due)?;
        Some(Parcel { id: id.replacement(), key: key.clone(), due: now, body })
    }

    /// The delivery, if it is one.
    pub(super) fn delivery(&self, sid: MessageSid) -> Option<Delivery> {
        let (parcel, key, sent) = self.parcel.clone()?;
        let (status, error, reported) = (self.status.clone(), self.error, self.reported);
        Some(Delivery { sid, parcel, key, sent, status, error, reported })
    }
}

/// Whether nothing more needs to be heard. `read` may follow `delivered`, and often never does.
pub(super) fn is_over(status: &Status) -> bool {
    status.is_final() || status.has_arrived()
}

pub(super) fn met_a_closed_session(status: &Status, error: Option<ErrorCode>) -> bool {
    status.is_failure() && error.is_some_and(ErrorCode::is_session_closed)
}

/// The words above this status, as servers that compare words are told.
#[allow(dead_code, reason = "only some stores ask for them")]
pub(super) fn words_above(status: &Status) -> Vec<&'static str> {
    let above = Status::known().iter().filter(|known| *known > status);
    above.map(Status::as_str).collect()
}

/// The words after which nothing more needs to be heard.
#[allow(dead_code, reason = "only some stores ask for them")]
pub(super) fn words_at_the_end() -> Vec<&'static str> {
    Status::known().iter().filter(|known| is_over(known)).map(Status::as_str).collect()
}

/// How long a report is kept whose message is not known.
pub(super) const REPORTS_KEPT: Duration = ANSWERS_KEPT;

/// When somebody is told again of a message that nothing was heard of.
pub(super) fn tell_again(sent: Timestamp, now: Timestamp) -> Timestamp {
    now.after(now.since(sent).max(LEASE))
}
