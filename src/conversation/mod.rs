//! FIRST: what is remembered of a conversation: its key, its record, the session, the consent.
//!
//! A conversation is everything between one sender of ours and one contact; it is ordered, one
//! message at a time. [`clock`] is the only place that knows what time it is.

pub mod clock;
mod consent;
mod dates;
mod envelope;
mod key;
mod proof;
mod record;
mod session;
mod stored;
mod timer;

pub use consent::{OPT_INS_KEPT, OptIn, OptedIn, Stopped};
pub use key::Key;
pub use proof::{Consent, OpenSession, SESSION_MARGIN, Uninvited};
pub(crate) use proof::{confirmed, permitted};
pub use record::Record;
pub use session::{SESSION, Session};
pub use stored::{End, Json, Remember, Stored, Unreadable, Why, from_note, to_note};
pub use timer::Timer;
