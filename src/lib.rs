//! WhatsApp bots with manners, on Twilio: never twice, never late, never uninvited.

pub mod markup;
pub mod message;
pub mod twiml;
