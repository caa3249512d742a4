//! The simulator against small bots that answer in each way in which a webhook can.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(feature = "simulator")]

mod answers;
mod calls;
mod conversations;
mod doors;
mod events;
mod statuses;
mod world;
