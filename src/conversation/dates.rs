//! Moments as Twilio writes them: RFC 2822 in its answers, ISO 8601 in what it is asked.

use jiff::{civil, fmt::rfc2822, tz::TimeZone};

use super::clock::Timestamp;

impl Timestamp {
    /// RFC 2822 in UTC, to the second: `Thu, 24 Aug 2023 05:01:45 +0000`; nothing outside of the
    /// years 0 to 9999.
    #[must_use]
    pub fn to_rfc_2822(self) -> String {
        let time = jiff::Timestamp::from_millisecond(self.as_millis()).ok();
        let text = time.and_then(|time| rfc2822::to_string(&time.to_zoned(TimeZone::UTC)).ok());
        text.unwrap_or_default()
    }

    /// Reads what [`to_rfc_2822`](Self::to_rfc_2822) writes.
    #[must_use]
    pub fn from_rfc_2822(text: &str) -> Option<Self> {
        let time = rfc2822::parse(text).ok()?.timestamp();
        Some(Self::from_millis(time.as_millisecond()))
    }

    /// Reads a day, as its beginning in UTC, or a moment: `2023-08-24`, `2023-08-24T05:01:45Z`.
    #[must_use]
    pub fn from_iso_8601(text: &str) -> Option<Self> {
        let day = || text.parse::<civil::Date>().ok()?.to_zoned(TimeZone::UTC).ok();
        let time = text.parse().ok().or_else(|| Some(day()?.timestamp()));
        time.map(|time: jiff::Timestamp| Self::from_millis(time.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read_as_twilio_does() {
        let moment = Timestamp::from_millis(1_692_853_305_000);
        assert_eq!(moment.to_rfc_2822(), "Thu, 24 Aug 2023 05:01:45 +0000");
        assert_eq!(Timestamp::from_rfc_2822(&moment.to_rfc_2822()), Some(moment));
        assert_eq!(Timestamp::from_rfc_2822("soon"), None);
        assert_eq!(Timestamp::from_millis(i64::MAX).to_rfc_2822(), "");
        let day = Timestamp::from_millis(1_692_835_200_000);
        for (text, expected) in [
            ("2023-08-24", Some(day)),
            ("2023-08-24T00:00:00Z", Some(day)),
            ("2023-08-24T05:01:45.000Z", Some(moment)),
            ("2023-13-24", None),
            ("", None),
        ] {
            assert_eq!(Timestamp::from_iso_8601(text), expected, "{text}");
        }
    }
}
