//! FIRST: what is remembered of a conversation: its key, its record, the session.
//!
//! A conversation is everything between one sender of ours and one contact; it is ordered, one
//! message at a time. [`clock`] is the only place that knows what time it is.

pub mod clock;
mod key;
mod record;
mod session;
mod timer;

pub use key::Key;
pub use record::{Json, Record, Remember};
pub use session::{SESSION, Session};
pub use timer::Timer;
