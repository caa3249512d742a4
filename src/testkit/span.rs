//! How long something lasts: a `Duration`, or words such as `25h` and `2 days`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// A length of time: a [`Duration`], or words: `25h`, `90 min`, `1h 30m`, `2 days`, `PT5M`.
///
/// The words are those of [jiff's friendly format](jiff::fmt::friendly); a day has 24 hours.
pub trait Lasts {
    /// How long it is.
    ///
    /// # Errors
    /// If the words say no time, one that has no fixed length, or one that is over: a line that
    /// says how to write it.
    fn lasts(self) -> Result<Duration, String>;
}

impl Lasts for Duration {
    fn lasts(self) -> Result<Duration, String> {
        Ok(self)
    }
}

impl Lasts for &str {
    fn lasts(self) -> Result<Duration, String> {
        let invalid = |why: String| {
            format!("{self:?} is no time ({why}); write it as 25h, 90 min, 1h 30m or 2 days")
        };
        let span: Span =
            self.trim().parse().map_err(|error: jiff::Error| invalid(error.to_string()))?;
        let time = span.to_duration(SpanRelativeTo::days_are_24_hours());
        let time = time.map_err(|error| invalid(error.to_string()))?;
        time.try_into().map_err(|_| invalid("it is negative".to_owned()))
    }
}

/// In whole seconds, without zeros: `1 h 30 min`.
pub(super) fn written(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(number, unit)| format!("{number} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_as_people_write_it() {
        for (words, seconds) in [
            ("25h", 25 * 3600),
            ("90 min", 90 * 60),
            ("2 days", 48 * 3600),
            ("1h 30m", 90 * 60),
            (" 1 h 30 min ", 90 * 60),
            ("1 week", 7 * 24 * 3600),
            ("0 s", 0),
            ("PT5M", 300),
        ] {
            assert_eq!(words.lasts(), Ok(Duration::from_secs(seconds)), "{words}");
        }
        for words in ["", "soon", "25", "1 month", "-1h", "1h ago"] {
            let error = words.lasts().unwrap_err();
            assert!(error.contains("write it as 25h, 90 min, 1h 30m or 2 days"), "{error}");
        }
    }

    #[test]
    fn time_is_told_without_zeros_and_read_again() {
        let told = [0, 5, 60, 90, 3600, 25 * 3600 + 60, 3601].map(|seconds| {
            let time = Duration::from_secs(seconds);
            assert_eq!(written(time).as_str().lasts(), Ok(time));
            written(time)
        });
        assert_eq!(told, ["0 s", "5 s", "1 min", "1 min 30 s", "1 h", "25 h 1 min", "1 h 1 s"]);
    }
}
