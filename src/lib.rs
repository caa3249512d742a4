//! WhatsApp bots with manners, on Twilio: never twice, never late, never uninvited.

pub mod conversation;
pub mod dispatch;
pub mod markup;
pub mod message;
pub mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod twiml;
pub mod webhook;

pub use conversation::Remember;
pub use dispatch::{
    Bot, Captures, Error, Handler, Remembered, Reply, Result, Router, State, Text, Turn,
    filter::{pattern, text, word, words},
};
pub use webhook::Webhook;
