//! WhatsApp bots with manners, on Twilio: never twice, never late, never uninvited.

pub mod conversation;
pub mod markup;
pub mod message;
pub mod store;
pub mod twiml;
