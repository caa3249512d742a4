//! THIRD: Twilio calls us. Doors for messages, fallback calls and statuses, behind one signature
//! check.
//!
//! Begin with [`Webhook`]. A request is read by [`signature`](Validator), becomes a [`Verified`]
//! form, and only that becomes a message.

mod answer;
mod assemble;
mod deadline;
mod door;
mod fallback;
mod form;
mod late;
mod media;
mod media_door;
mod origin;
mod outliving;
mod rejection;
mod signature;
mod spelling;
mod status;

pub use assemble::{InvalidWebhook, Webhook};
pub use fallback::{FailedCall, FallbackHandler, TryAgain};
pub use form::InvalidParameter;
pub use media::{InvalidMedia, Shelf};
pub use signature::{Claim, Signed, Signer, Validator, Verified};
pub use status::{LogStatus, StatusHandler};
