//! The promises, by seeded schedules: `CHINWAG_SCHEDULES=100000 cargo test --release --all-features
//! --test promises` runs the full number, the gate a smaller one.
//!
//! Each is tried on all stores whose servers are installed, or on those that `CHINWAG_STORES` names;
//! time is tokio's and paused, so that a run of hours takes seconds and a seed repeats it:
//! `CHINWAG_FIRST_SEED=73512 CHINWAG_SCHEDULES=1`.

#![cfg(all(feature = "sqlite", feature = "postgres", feature = "redis"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod blocked;
mod bots;
mod consent;
mod copies;
mod late;
mod order;
mod panics;
mod session;
mod statuses;
mod stores;
mod timers;
mod wire;

#[path = "../servers/postgres.rs"]
mod postgres;
#[path = "../servers/redis.rs"]
mod redis;

/// How many schedules are asked for; without a wish, so many that the gate stays quick.
fn schedules(quick: u64) -> u64 {
    number("CHINWAG_SCHEDULES").unwrap_or(quick)
}

/// The seeds of as many schedules, from nought if nothing else is asked for.
fn seeds(quick: u64) -> std::ops::Range<u64> {
    let first = number("CHINWAG_FIRST_SEED").unwrap_or(0);
    first..first + schedules(quick)
}

fn number(variable: &str) -> Option<u64> {
    let wish = std::env::var_os(variable)?;
    let wish = wish.to_str().and_then(|wish| wish.parse().ok());
    Some(wish.unwrap_or_else(|| panic!("{variable} is a number")))
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
