//! A clock that goes with tokio's time, which tests stop and turn.

use tokio::time::Instant;

use crate::conversation::clock::{Clock, ManualClock, Timestamp};

/// A clock that goes with tokio's time, from noon of the first day of 2026, UTC.
///
/// On a runtime whose time is paused, sessions, timers, expiry, leases and everything that waits
/// by tokio go by this one clock: it stands still while anybody works, and moves on to the next
/// moment when all wait.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeClock {
    began: Instant,
}

impl RuntimeClock {
    /// A clock that shows noon now.
    #[must_use]
    pub fn new() -> Self {
        Self { began: Instant::now() }
    }
}

impl Default for RuntimeClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        ManualClock::default().now().after(self.began.elapsed())
    }
}
