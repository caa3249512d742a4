//! What crosses rooms, in one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod broadcast;
mod chat;
mod courier;
mod deadline;
mod dialogue;
mod dispatch;
#[cfg(feature = "client")]
mod downloads;
mod layout;
mod ledger;
mod media;
#[cfg(feature = "simulator")]
mod node;
mod notify;
mod python;
mod quiet;
#[cfg(feature = "client")]
mod rest;
mod shape;
#[cfg(feature = "simulator")]
mod simulated;
mod state;
mod store;
mod transcript;
mod webhook;
mod workers;
