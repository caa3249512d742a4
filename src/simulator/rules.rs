//! Whose rules apply: Twilio's of 2018, or today's.

use std::{fmt, str::FromStr, time::Duration};

/// Twilio's rules, where those of 2018 and today's differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rules {
    /// Those of 2018: outside of a session a text is sent that matches a template; the sandbox takes
    /// a message a second.
    #[default]
    Classic,
    /// Those since 2025-04-01: outside of a session only a `ContentSid` is sent
    /// (<https://www.twilio.com/docs/whatsapp/key-concepts>); the sandbox takes a message in three
    /// seconds (<https://www.twilio.com/docs/whatsapp/sandbox>).
    Current,
}

impl Rules {
    /// Whether a text is a template's if it matches its words.
    pub(super) const fn match_bodies(self) -> bool {
        matches!(self, Self::Classic)
    }

    /// The time from one message of the sandbox to the next.
    pub(super) const fn pace(self) -> Duration {
        match self {
            Self::Classic => Duration::from_secs(1),
            Self::Current => Duration::from_secs(3),
        }
    }
}

/// The word for no rules that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rules are classic or current")]
pub struct InvalidRules;

impl FromStr for Rules {
    type Err = InvalidRules;

    fn from_str(word: &str) -> Result<Self, InvalidRules> {
        match word {
            "classic" => Ok(Self::Classic),
            "current" => Ok(Self::Current),
            _ => Err(InvalidRules),
        }
    }
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Classic => "classic",
            Self::Current => "current",
        })
    }
}
