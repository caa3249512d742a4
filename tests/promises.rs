//! The promises, by seeded schedules: `CHINWAG_SCHEDULES=100000 cargo test --release --test promises`
//! runs the full number, the gate a smaller one.
//!
//! Each promise takes the stores that it is tried on; time is tokio's and paused, so that a run of
//! hours takes seconds and a seed repeats it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "promises/blocked.rs"]
mod blocked;
#[path = "promises/bots.rs"]
mod bots;
#[path = "promises/copies.rs"]
mod copies;
#[path = "promises/order.rs"]
mod order;
#[path = "promises/panics.rs"]
mod panics;

use std::sync::Arc;

use chinwag::store::{Memory, Store};

/// A store under test: its name, and what makes one. Schedules on one store do not meet, because
/// each seed has a sender of its own.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    make: fn() -> Arc<dyn Store>,
}

/// The stores that the promises are tried on.
const STORES: &[Kind] = &[Kind { name: "memory", make: || Arc::new(Memory::new()) }];

/// How many schedules are asked for; without a wish, so many that the gate stays quick.
fn schedules(quick: u64) -> u64 {
    std::env::var_os("CHINWAG_SCHEDULES").map_or(quick, |wish| {
        let wish = wish.into_string().ok().and_then(|wish| wish.parse().ok());
        wish.expect("CHINWAG_SCHEDULES is a number")
    })
}

/// Whether the full numbers are asked for.
fn is_full() -> bool {
    schedules(0) >= 100_000
}

/// A runtime whose time is paused.
fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap()
}
