//! ROOF: for authors' tests: a person who writes to a bot in this process, and what is heard.
//!
//! There is no HTTP here: a [`Chat`] gives messages to the bot as the webhook would, after the
//! signature. Time stands still until [`Chat::waits`] turns it.

mod chat;
mod heard;
mod shape;
mod talk;

pub use chat::Chat;
pub use heard::Heard;
pub use shape::{assert_shape, assert_shape_of};
