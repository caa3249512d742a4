//! Days and hours, as the practice offers and writes them.

use std::time::Duration;

use chinwag::conversation::clock::Timestamp;
use jiff::tz::TimeZone;

/// How long after midnight these are free: in three, four and seven days.
const OFFERS: [Duration; 3] = [
    Duration::from_mins((3 * 24 + 9) * 60 + 30),
    Duration::from_hours(4 * 24 + 14),
    Duration::from_mins((7 * 24 + 10) * 60 + 15),
];
const DAY_IN_MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// What is free: three moments, each more than two days ahead.
pub(super) fn offers(now: Timestamp) -> [Timestamp; 3] {
    let past_midnight = now.as_millis().rem_euclid(DAY_IN_MILLIS);
    let midnight = Timestamp::from_millis(now.as_millis() - past_midnight);
    OFFERS.map(|time| midnight.after(time))
}

/// `Mon 5 January, 14:00`, in UTC.
pub(super) fn shown(at: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    moment.to_zoned(TimeZone::UTC).strftime("%a %-d %B, %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_days_ahead_at_any_hour() {
        for hours in [0, 1, 12, 23] {
            let now = Timestamp::from_millis(1_767_225_600_000).after(Duration::from_hours(hours));
            assert!(offers(now).iter().all(|at| at.since(now) > Duration::from_hours(48)));
            let shown = offers(now).map(shown);
            assert_eq!(
                shown,
                ["Sun 4 January, 09:30", "Mon 5 January, 14:00", "Thu 8 January, 10:15"]
            );
        }
    }
}
