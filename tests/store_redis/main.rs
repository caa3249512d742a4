//! The store in Redis, on servers of our own.

#![cfg(all(feature = "redis", feature = "testkit"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cluster;
mod crashes;
mod kept;
mod refusals;
#[path = "../servers/redis.rs"]
mod servers;
mod stores;
mod turns;
