//! Quiet hours: when nobody is told anything unasked.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use crate::conversation::{Key, clock::Timestamp};

const DAY: i64 = 24 * 60 * 60 * 1_000;
/// Clocks on earth are at most so many minutes before or behind UTC.
const LARGEST_OFFSET: i32 = 18 * 60;

/// Hours of the contact's day in which notifications wait: as text `21:00-08:00`, or with how far
/// the clocks there are from UTC, `21:00-08:00 +02:00`.
///
/// What has a template waits until they end, also one that failed before and would be tried again
/// in them, or that a timer sets free. Replies, what is said in an open session, and what was made
/// to go [at any hour](super::Notification::at_any_hour) do not wait.
///
/// ```
/// use chinwag::{conversation::Key, outbound::{Offset, QuietHours}};
///
/// let quiet: QuietHours = "21:00-08:00 +01:00".parse()?;
/// // Where contacts live in several countries, by what is known of them; UTC+1 for the others.
/// let quiet = quiet.offset_of(|key: &Key| key.contact().contains("+91").then(|| Offset::minutes(330)));
/// # Ok::<(), chinwag::outbound::InvalidHours>(())
/// ```
#[derive(Clone)]
pub struct QuietHours {
    /// Milliseconds after midnight.
    from: i64,
    to: i64,
    offset: Offset,
    offset_of: Option<Arc<OffsetOf>>,
}

type OffsetOf = dyn Fn(&Key) -> Option<Offset> + Send + Sync;

/// How far a clock is ahead of UTC; as text `+02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offset(i32);

/// Why a text tells no quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} are no quiet hours; write them as in 21:00-08:00, or 21:00-08:00 +02:00")]
pub struct InvalidHours(String);

impl Offset {
    /// So many minutes ahead of UTC; less than nothing for behind it. No more than 18 hours count.
    #[must_use]
    pub fn minutes(minutes: i32) -> Self {
        Self(minutes.clamp(-LARGEST_OFFSET, LARGEST_OFFSET))
    }
}

impl QuietHours {
    /// Where clocks are so far ahead of UTC.
    #[must_use]
    pub fn offset(self, offset: Offset) -> Self {
        Self { offset, ..self }
    }

    /// How far the clock of each contact is ahead of UTC; where this does not know,
    /// [`offset`](Self::offset) counts. It is asked each time, so it may heed summer time.
    #[must_use]
    pub fn offset_of(
        self,
        offset_of: impl Fn(&Key) -> Option<Offset> + Send + Sync + 'static,
    ) -> Self {
        Self { offset_of: Some(Arc::new(offset_of)), ..self }
    }

    /// When the quiet hours of this contact end, if it is in them now.
    #[must_use]
    pub fn end(&self, key: &Key, now: Timestamp) -> Option<Timestamp> {
        let time = self.time(key, now);
        let is_quiet = (time - self.from).rem_euclid(DAY) < (self.to - self.from).rem_euclid(DAY);
        is_quiet.then(|| now.after(millis(self.to - time)))
    }

    /// When they ended last.
    pub(super) fn ended(&self, key: &Key, now: Timestamp) -> Timestamp {
        now.before(millis(self.time(key, now) - self.to))
    }

    /// Milliseconds after the contact's midnight.
    fn time(&self, key: &Key, now: Timestamp) -> i64 {
        let offset = self.offset_of.as_ref().and_then(|offset_of| offset_of(key));
        let minutes = i64::from(offset.unwrap_or(self.offset).0);
        (now.as_millis() + minutes * 60_000).rem_euclid(DAY)
    }
}

/// Less than a day, whichever way it was.
fn millis(time: i64) -> Duration {
    Duration::from_millis(time.rem_euclid(DAY).unsigned_abs())
}

impl FromStr for QuietHours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let read = || {
            let (hours, offset) = match text.trim().split_once(' ') {
                Some((hours, offset)) => (hours, read_offset(offset.trim())?),
                None => (text.trim(), Offset::default()),
            };
            let (from, to) = hours.split_once(['-', '–'])?;
            let [from, to] = [read_time(from)?, read_time(to)?];
            (from != to).then_some(Self { from, to, offset, offset_of: None })
        };
        read().ok_or_else(|| InvalidHours(text.to_owned()))
    }
}

impl FromStr for Offset {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        read_offset(text).ok_or_else(|| InvalidHours(text.to_owned()))
    }
}

fn read_offset(text: &str) -> Option<Offset> {
    let (sign, time) = match text.strip_prefix(['-', '−']) {
        Some(time) => (-1, time),
        None => (1, text.strip_prefix('+')?),
    };
    let minutes = i32::try_from(read_time(time)? / 60_000).ok()?;
    (minutes <= LARGEST_OFFSET).then(|| Offset(sign * minutes))
}

/// `HH:MM`, as milliseconds; 24:00 is midnight too.
fn read_time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes): (i64, i64) = if is_number(hours) && is_number(minutes) {
        (hours.parse().ok()?, minutes.parse().ok()?)
    } else {
        return None;
    };
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then(|| all * 60_000 % DAY)
}

impl fmt::Debug for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.from, self.to].map(|time| time / 60_000);
        let offset = self.offset.0;
        write!(f, "QuietHours({:02}:{:02}", from / 60, from % 60)?;
        write!(f, "-{:02}:{:02}, {offset} minutes ahead of UTC", to / 60, to % 60)?;
        f.write_str(if self.offset_of.is_some() { " or as the contact's)" } else { ")" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(contact: &str) -> Key {
        Key::new(&"+14155238886".parse().unwrap(), &contact.parse().unwrap())
    }

    /// Minutes after midnight UTC of the moment at which they end.
    fn ends(hours: &str, minute: i64) -> Option<i64> {
        let now = Timestamp::from_millis(20_000 * DAY + minute * 60_000);
        let quiet: QuietHours = hours.parse().unwrap();
        let end = quiet.end(&key("+15005550006"), now)?;
        Some((end.as_millis() - 20_000 * DAY) / 60_000)
    }

    #[test]
    fn they_may_go_over_midnight_and_count_by_the_contacts_clock() {
        let eight_tomorrow = Some((24 + 8) * 60);
        for (hours, minute, end) in [
            ("21:00-08:00", 21 * 60 - 1, None),
            ("21:00-08:00", 21 * 60, eight_tomorrow),
            ("21:00-08:00", 24 * 60 - 1, eight_tomorrow),
            ("21:00-08:00", 0, Some(8 * 60)),
            ("21:00-08:00", 8 * 60 - 1, Some(8 * 60)),
            ("21:00-08:00", 8 * 60, None),
            ("21:00–08:00 +02:00", 19 * 60, Some((24 + 6) * 60)),
            ("21:00-08:00 +02:00", 6 * 60, None),
            ("21:00-08:00 -05:30", 60, None),
            ("21:00-08:00 -05:30", 3 * 60, Some(13 * 60 + 30)),
            ("12:00-14:00", 13 * 60, Some(14 * 60)),
            ("12:00-14:00", 15 * 60, None),
            ("22:00-24:00", 23 * 60, Some(24 * 60)),
        ] {
            assert_eq!(ends(hours, minute), end, "{hours} at minute {minute}");
        }
    }

    #[test]
    fn each_contact_may_have_an_offset_of_its_own() {
        let quiet: QuietHours = "21:00-08:00".parse().unwrap();
        let quiet = quiet.offset_of(|key| key.contact().starts_with("+91").then_some(Offset(330)));
        let four = Timestamp::from_millis(16 * 60 * 60_000);
        assert_eq!(quiet.end(&key("+15005550006"), four), None);
        let end = quiet.end(&key("+915005550006"), four).unwrap();
        assert_eq!(end.since(four), Duration::from_mins(10 * 60 + 30));
        assert_eq!(quiet.ended(&key("+915005550006"), end), end);
        let later = end.after(Duration::from_hours(3));
        assert_eq!(quiet.ended(&key("+915005550006"), later), end);
    }

    #[test]
    fn what_tells_no_hours_is_refused() {
        for text in ["", "21-8", "21:00", "8:00-9:00", "21:00-21:00", "25:00-08:00", "21:60-08:00"]
        {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
        for text in ["21:00-08:00 02:00", "21:00-08:00 +19:00", "21:00-08:00 CET", "+1:00-08:00"] {
            let error = text.parse::<QuietHours>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{text:?} are no quiet hours")), "{error}");
        }
    }
}
