//! FIRST: what is remembered of a conversation: its key, its record, the session.
//!
//! A conversation is everything between one sender of ours and one contact; it is ordered, one
//! message at a time. [`clock`] is the only place that knows what time it is.

pub mod clock;
mod dates;
mod envelope;
mod key;
mod record;
mod session;
mod stored;
mod timer;

pub use key::Key;
pub use record::Record;
pub use session::{SESSION, Session};
pub use stored::{End, Json, Remember, Stored, Unreadable, Why, from_note, to_note};
pub use timer::Timer;
