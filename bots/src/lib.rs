//! Bots for the things that WhatsApp is used for, as small businesses would run them.

pub mod echo;
pub mod faq;
pub mod orders;
