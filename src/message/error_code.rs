//! Twilio's error codes: what went wrong, what to do, and what it means for the contact.

use std::{fmt, str::FromStr};

use super::error_table::KNOWN;

/// The number by which Twilio names what went wrong, in callbacks, answers and the console.
///
/// The texts are ours, not Twilio's, and do not change with Twilio's wording. An unknown code is a
/// code like any other; it has a number and a URL.
///
/// ```
/// use chinwag::message::ErrorCode;
///
/// let code = ErrorCode(63016);
/// assert!(code.is_session_closed());
/// assert_eq!(code.to_string(), "63016: free-form message outside the session; send a template");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub u32);

/// Codes after which the same message may go through later.
const RETRYABLE: &[u32] = &[
    12400, 20429, 20500, 20503, 21611, 30001, 30003, 30022, 30410, 63009, 63010, 63012, 63017,
    63018, 63036, 63038,
];
/// Codes that ask for fewer messages in the same time.
const RATE_LIMITS: &[u32] = &[20429, 21611, 30001, 30022, 63017, 63018, 63038];
/// Codes by which a person says no.
const OPT_OUTS: &[u32] = &[21610, 63014, 63033];
/// Codes that tell that nobody receives messages at this address.
const UNREACHABLE: &[u32] = &[21211, 21217, 21401, 21601, 21614, 30005, 30006, 63003, 63024];

impl ErrorCode {
    /// The number itself.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// What went wrong, if the code is known: half a sentence in lower case.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        self.known().map(|(_, meaning, _)| *meaning)
    }

    /// What to do about it, if the code is known: half a sentence in lower case.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        self.known().map(|(_, _, advice)| *advice)
    }

    /// Twilio's page about it.
    #[must_use]
    pub fn url(self) -> String {
        format!("https://www.twilio.com/docs/api/errors/{}", self.0)
    }

    /// Whether the very same message may go through later.
    ///
    /// For a request whose answer carried the code, or a message whose status did. Codes of the
    /// webhook's own failures (11200 and its like) are not retryable: the message was received.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        RETRYABLE.contains(&self.0)
    }

    /// Whether fewer messages should be sent in the same time. Each of these is retryable.
    #[must_use]
    pub fn is_rate_limit(self) -> bool {
        RATE_LIMITS.contains(&self.0)
    }

    /// Whether the person does not want these messages: consent has ended, whatever is on record.
    #[must_use]
    pub fn is_opt_out(self) -> bool {
        OPT_OUTS.contains(&self.0)
    }

    /// Whether nobody receives messages at this address, now or later.
    #[must_use]
    pub fn is_unreachable(self) -> bool {
        UNREACHABLE.contains(&self.0)
    }

    /// Whether free-form text or media was sent when no session was open; a template would do
    /// (<https://www.twilio.com/docs/api/errors/63016>).
    #[must_use]
    pub const fn is_session_closed(self) -> bool {
        self.0 == 63016
    }

    /// Whether the contact has not joined the sandbox, or joined too long ago
    /// (<https://www.twilio.com/docs/whatsapp/sandbox>).
    #[must_use]
    pub const fn is_outside_sandbox(self) -> bool {
        self.0 == 63015
    }

    fn known(self) -> Option<&'static (u32, &'static str, &'static str)> {
        let at = KNOWN.binary_search_by_key(&self.0, |(number, ..)| *number).ok()?;
        KNOWN.get(at)
    }
}

impl From<u32> for ErrorCode {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// Why a text is not an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an error code is a number in decimal digits, as in 63016")]
pub struct InvalidErrorCode;

impl FromStr for ErrorCode {
    type Err = InvalidErrorCode;

    fn from_str(text: &str) -> Result<Self, InvalidErrorCode> {
        text.parse().map(Self).map_err(|_| InvalidErrorCode)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some((number, meaning, advice)) => write!(f, "{number}: {meaning}; {advice}"),
            None => write!(f, "{}: see {}", self.0, self.url()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_code_stands_in_it_once() {
        for pair in KNOWN.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} stands before {}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn each_text_is_half_a_sentence() {
        for (number, meaning, advice) in KNOWN {
            for text in [meaning, advice] {
                assert!(!text.is_empty() && text.trim() == *text, "{number}: {text}");
                assert!(!text.ends_with(['.', '!', '?']), "{number}: {text}");
                assert!(!text.contains(';'), "{number}: {text}");
            }
            assert!(!advice.starts_with(char::is_uppercase), "{number}: {advice}");
        }
    }

    #[test]
    fn each_known_code_is_found_and_shown() {
        for (number, meaning, advice) in KNOWN {
            let code = ErrorCode(*number);
            assert_eq!((code.meaning(), code.advice()), (Some(*meaning), Some(*advice)));
            assert_eq!(code.to_string(), format!("{number}: {meaning}; {advice}"));
        }
        let unknown = ErrorCode(63999);
        assert_eq!((unknown.meaning(), unknown.advice()), (None, None));
        assert_eq!(unknown.to_string(), "63999: see https://www.twilio.com/docs/api/errors/63999");
    }

    #[test]
    fn what_is_asked_of_codes_is_answered_from_known_ones() {
        for number in [RETRYABLE, RATE_LIMITS, OPT_OUTS, UNREACHABLE].concat() {
            assert!(ErrorCode(number).meaning().is_some(), "{number}");
        }
        for (number, ..) in KNOWN {
            let code = ErrorCode(*number);
            assert!(!code.is_rate_limit() || code.is_retryable(), "{number}");
            let for_good = code.is_opt_out() || code.is_unreachable() || code.is_session_closed();
            assert!(!(code.is_retryable() && for_good), "{number}");
        }
    }

    #[test]
    fn a_bot_learns_from_a_code_what_to_do_next() {
        let check = |number: u32, expected: &str| {
            let code = ErrorCode(number);
            let answers = [
                (code.is_retryable(), "retry"),
                (code.is_rate_limit(), "slower"),
                (code.is_opt_out(), "no"),
                (code.is_unreachable(), "gone"),
                (code.is_session_closed(), "template"),
                (code.is_outside_sandbox(), "join"),
            ];
            let said: Vec<_> = answers.iter().filter(|(yes, _)| *yes).map(|(_, it)| *it).collect();
            assert_eq!(said.join(" "), expected, "{code}");
        };
        check(63016, "template");
        check(63015, "join");
        check(63003, "gone");
        check(21610, "no");
        check(63033, "no");
        check(63018, "retry slower");
        check(20429, "retry slower");
        check(20503, "retry");
        check(63049, "");
        check(21617, "");
        check(11200, "");
        check(63999, "");
    }

    #[test]
    fn codes_are_read_from_callbacks() {
        assert_eq!("63016".parse(), Ok(ErrorCode(63016)));
        for text in ["", "none", "-1", "63016 ", "4294967296"] {
            assert_eq!(text.parse::<ErrorCode>(), Err(InvalidErrorCode), "{text}");
        }
    }
}
