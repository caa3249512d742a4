//! ROOF: for authors' tests: people who write to a bot in this process, and what is heard.
//!
//! There is no HTTP here: a [`Chat`] gives messages to the bot as the webhook would, after the
//! signature. Time stands still until [`Chat::waits`] turns it.

mod chat;
mod clock;
mod cluster;
mod explore;
mod heard;
mod hostile;
mod line;
mod mailbox;
mod notation;
mod shape;
mod span;
mod talk;
mod transcript;

pub use chat::Chat;
pub use clock::RuntimeClock;
pub use cluster::Cluster;
pub use explore::{Exploration, explore};
pub use heard::Heard;
pub use hostile::{Call, Fault, Faulty, Hostile, Step};
pub use shape::{assert_shape, assert_shape_of};
pub use span::Lasts;
pub use transcript::{InvalidTranscript, Mismatch, Transcript, chats};
