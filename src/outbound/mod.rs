//! SECOND: what is said unasked: from the outbox on its way to the person. Nothing here has heard
//! of HTTP or REST.
//!
//! A turn or a timer commits parcels; the [`Courier`] takes them out of the store, in order for
//! each conversation, and hands them to a [`Gateway`], which knows the wire. What becomes of them
//! then is in the [`Ledger`].

mod courier;
mod gateway;
mod ledger;
mod memo;
mod pause;
mod rounds;

pub use courier::Courier;
pub use gateway::{Fault, Gateway, Letter, Unsent};
pub use ledger::{Ledger, NotReached};
pub use rounds::Rounds;
