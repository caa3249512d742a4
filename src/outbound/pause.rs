//! How long a parcel waits before it is tried again.

use std::time::Duration;

use crate::store::ParcelId;

/// Before the second try.
const FIRST: Duration = Duration::from_secs(1);
/// Before any later one, at most; what the other side asks for counts all the same.
const LONGEST: Duration = Duration::from_mins(5);
/// What the other side may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// The pause after this many tries: twice as long each time, and a little different for each
/// parcel, so that those that failed together do not come back together.
pub(super) fn pause(tries: u32, id: ParcelId, asked: Option<Duration>) -> Duration {
    let doubled =
        FIRST.saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
    let pause = doubled.min(LONGEST);
    let spread = pause / 4 * u32::from(id.0[0]) / 255;
    (pause + spread).max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_are_spread() {
        let seconds = |tries, first, asked: u64| {
            let id = ParcelId([first; 16]);
            let asked = Some(Duration::from_secs(asked)).filter(|asked| !asked.is_zero());
            pause(tries, id, asked).as_millis()
        };
        for (tries, first, asked, expected) in [
            (0, 0, 0, 1_000),
            (1, 0, 0, 1_000),
            (2, 0, 0, 2_000),
            (5, 0, 0, 16_000),
            (5, 255, 0, 20_000),
            (9, 0, 0, 256_000),
            (10, 0, 0, 300_000),
            (40, 255, 0, 375_000),
            (u32::MAX, 0, 0, 300_000),
            (1, 0, 30, 30_000),
            (1, 0, 100_000, 3_600_000),
        ] {
            assert_eq!(seconds(tries, first, asked), expected, "{tries} {first} {asked}");
        }
    }
}
