//! Bots for the things that WhatsApp is used for, as small businesses would run them.
//!
//! Each file begins with the conversation that the bot holds, and ends with tests that talk to it.

pub mod appointments;
pub mod assistant;
pub mod echo;
pub mod faq;
pub mod formatter;
pub mod orders;
pub mod passcode;
pub mod shipping;
pub mod survey;

pub mod media;
mod roster;

#[cfg(test)]
mod headers;

pub use roster::{Entry, Ground, ROSTER, SANDBOX};
