//! GROUND: what is said, as values: addresses, ids, inbound and outbound messages, statuses.
//!
//! Nothing here waits, reads a clock or knows HTTP; values are parsed once at the edge and then
//! trusted.

mod address;
mod confirmation;
mod content;
mod content_type;
mod error_code;
mod error_table;
mod fit;
mod handed_off;
mod id;
mod inbound;
mod link;
mod media;
mod outbound;
mod parameters;
#[cfg(feature = "qr")]
mod qr;
mod status;
mod status_update;
pub mod template;

pub use address::{Address, Channel, InvalidAddress, Masked};
pub use confirmation::Confirmation;
pub use content::{Button, Content, Flow, ListChoice, Location};
pub use content_type::ContentType;
pub use error_code::{ErrorCode, InvalidErrorCode};
pub use handed_off::HandedOff;
pub use id::{AccountSid, ContentSid, InvalidSid, MediaSid, MessageSid, MessagingServiceSid};
pub use inbound::{Forwarded, Inbound, OptOut, Place, Quoted, Referral};
pub use link::{InvalidLink, Link};
pub use media::{Media, MediaKind};
pub use outbound::{LARGEST_REPLY, LONGEST_BODY, MOST_MEDIA, MOST_REPLIES, Outbound};
pub use parameters::{InvalidForm, Parameters};
pub use status::Status;
pub use status_update::{ChannelReport, StatusUpdate};
pub use template::{
    Filled, IntoFilled, InvalidTemplate, InvalidTemplates, InvalidValues, Template, Templates,
    Typed,
};
