//! SECOND: what is said unasked: from the outbox on its way to the person. Nothing here has heard
//! of HTTP or REST.
//!
//! A turn or a timer commits parcels; the [`Courier`] takes them out of the store, in order for
//! each conversation, and hands them to a [`Gateway`], which knows the wire. What becomes of them
//! then is in the [`Ledger`].
//! Whatever is neither a turn nor a timer speaks by a [`Notifier`], and to many by a [`Broadcast`].
//! A message whose reply took too long lies in the outbox too; it goes back to the bot, by
//! [`Latecomers`].

mod apart;
mod broadcast;
mod courier;
mod export;
mod gateway;
mod latecomers;
mod ledger;
mod memo;
mod night;
mod notify;
mod pace;
mod pause;
mod quiet;
mod rounds;

pub use broadcast::{Broadcast, Event, InvalidName, Line, Progress, Stage, TOLD_KEPT, Untold};
#[cfg(feature = "csv")]
pub use broadcast::{Flaw, InvalidLine, InvalidList, List};
pub use courier::{Courier, Fate};
pub use export::Form;
pub use gateway::{Fault, Gateway, Letter, Unsent};
pub use latecomers::{Latecomers, Resumed};
pub use ledger::{Ledger, NotReached};
pub use notify::{Notification, Notifier, ProvesConsent, ProvesSession, Said, Saying, Unsaid};
pub use pace::Rate;
pub use quiet::{InvalidHours, Offset, QuietHours};
pub use rounds::Rounds;
