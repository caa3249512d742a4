//! The simulator against small bots that answer in each way in which a webhook can.

#![cfg(feature = "simulator")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
#[cfg(all(feature = "cli", feature = "sqlite"))]
mod broadcast;
mod calls;
mod chinwag_bot;
#[cfg(feature = "cli")]
mod command;
mod conversations;
mod doors;
mod events;
mod faults;
mod media;
mod rest;
mod rough;
mod sandbox;
mod statuses;
mod templates;
mod world;
