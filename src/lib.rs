//! WhatsApp bots with manners, on Twilio: never twice, never late, never uninvited.

pub mod conversation;
pub mod dispatch;
pub mod markup;
pub mod message;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
pub mod twiml;

pub use conversation::Remember;
pub use dispatch::{
    Bot, Captures, Error, Handler, Remembered, Reply, Result, Router, State, Text, Turn,
    filter::{pattern, text, word, words},
};
