//! SECOND: what is said unasked: from the outbox on its way to the person. Nothing here has heard
//! of HTTP or REST.
//!
//! A turn or a timer commits parcels; the [`Courier`] takes them out of the store, in order for
//! each conversation, and hands them to a [`Gateway`], which knows the wire. A message whose reply
//! took too long lies in the outbox too; it goes back to the bot, by [`Latecomers`].

mod courier;
mod gateway;
mod latecomers;
mod memo;
mod pause;
mod rounds;

pub use courier::Courier;
pub use gateway::{Fault, Gateway, Letter, Unsent};
pub use latecomers::{Latecomers, Resumed};
pub use rounds::Rounds;
