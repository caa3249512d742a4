//! SECOND: from a message to a reply. Nothing here has heard of HTTP, TwiML or REST.
//!
//! Begin with [`Bot`], whose `receive` is the life of a message on one page.

mod aside;
mod assemble;
mod begin;
mod bot;
mod caller;
mod dialogue;
mod explain;
mod extract;
mod failure;
pub mod filter;
mod finish;
mod fold;
mod handler;
mod keywords;
mod lane;
mod later;
mod posting;
mod remembered;
mod reply;
mod ring;
mod router;
mod sight;
mod table;
mod ticker;
mod turn;

pub use bot::Bot;
pub(crate) use caller::Caller;
pub use dialogue::{Dialogue, Gives, InvalidStep, Question, Retry, Step, ask, choose};
pub use explain::{Considered, Explanation, Verdict};
pub use extract::{Captured, Captures, Declined, FromTurn, Groups, Profile, Sender, State, Text};
pub use failure::{Failure, IntoError, Panicked, TurnError};
pub use filter::{Filter, IntoFilter};
pub(crate) use finish::Excess;
pub use handler::{Answers, Arguments, Async, Callable, Handler};
pub use keywords::Keywords;
pub use later::{CallOff, Later};
pub use remembered::Remembered;
pub use reply::{IntoReply, InvalidReply, Reply};
pub use router::Router;
pub use ticker::Timers;
pub use turn::Turn;

/// Any error that a handler returns.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What handlers return when something can go wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;
