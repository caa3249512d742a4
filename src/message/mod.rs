//! GROUND: what is said, as values: addresses, ids, inbound and outbound messages, statuses.
//!
//! Nothing here waits, reads a clock or knows HTTP; values are parsed once at the edge and then
//! trusted.

mod address;
mod id;

pub use address::{Address, Channel, InvalidAddress, Masked};
pub use id::{AccountSid, ContentSid, InvalidSid, MediaSid, MessageSid, MessagingServiceSid};
