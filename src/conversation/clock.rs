//! What time it is: the only door to the system's clock, and a clock that tests turn.

use std::{
    fmt,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// A moment, in milliseconds since 1970 in UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment this many milliseconds after the beginning of 1970, UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the beginning of 1970, UTC.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How much later this is than `earlier`; nothing if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The moment this much later.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment this much earlier.
    #[must_use]
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-11-22T12:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Turns the clock forward, if it can be turned; whether it can.
    fn turn(&self, _by: Duration) -> bool {
        false
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The system's clock, ahead of it by as much as it was turned: for watching what comes later.
#[derive(Debug, Default)]
pub struct TurnedClock(AtomicI64);

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0.saturating_add(self.0.load(Ordering::SeqCst)))
    }

    fn turn(&self, by: Duration) -> bool {
        let turned = |ahead| Some(Timestamp(ahead).after(by).0);
        let turned = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, turned);
        turned.is_ok()
    }
}

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows this moment.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Turns the clock forward.
    pub fn advance(&self, time: Duration) {
        self.0.store(self.now().after(time).0, Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// Noon of the first day of 2026, UTC.
    fn default() -> Self {
        Self::at(Timestamp(1_767_268_800_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn turn(&self, by: Duration) -> bool {
        self.advance(by);
        true
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn turn(&self, by: Duration) -> bool {
        (**self).turn(by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_as_rfc_3339() {
        assert_eq!(ManualClock::default().now().to_string(), "2026-01-01T12:00:00.000Z");
        assert_eq!(Timestamp(1_767_268_800_123).to_string(), "2026-01-01T12:00:00.123Z");
        assert_eq!(Timestamp(i64::MAX).to_string(), "9223372036854775807 ms");
    }

    #[test]
    fn a_manual_clock_moves_only_when_it_is_turned() {
        let clock = ManualClock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now().since(before), Duration::from_secs(2));
        assert_eq!(before.since(clock.now()), Duration::ZERO);
    }

    #[test]
    fn a_turned_clock_goes_on_from_where_it_was_turned_to() {
        let (clock, day) = (TurnedClock::default(), Duration::from_hours(24));
        let before = SystemClock.now();
        assert!(clock.turn(day) && clock.turn(day));
        assert!(clock.now().since(before) >= day * 2);
        assert!(clock.now().since(before) < day * 3);
        assert!(!SystemClock.turn(day));
    }
}
