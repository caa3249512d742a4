//! The contact's consent: when, how and with which words it was given, and what has ended it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// Opt-ins of one conversation that are kept: the newest.
pub const OPT_INS_KEPT: usize = 16;

/// What a contact has just agreed to, in a message or elsewhere.
///
/// Returned beside a reply it is kept with the moment, as proof for whoever asks: WhatsApp wants an
/// opt-in that names the business and the channel before the bot writes unasked
/// (<https://www.twilio.com/docs/whatsapp/api#whatsapp-opt-in-requirements>).
///
/// ```
/// use chinwag::{Bot, Text, conversation::OptIn, text};
///
/// let bot = Bot::new(()).on(text("remind me"), async |Text(words): Text| {
///     ("Corner Shop will remind you here, on WhatsApp.", OptIn::with(words))
/// });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptIn {
    /// By which way: `message` unless something else is said.
    pub how: String,
    /// What the contact has said or ticked.
    pub words: String,
}

impl OptIn {
    /// An opt-in by a message with these words.
    pub fn with(words: impl Into<String>) -> Self {
        Self { how: "message".to_owned(), words: words.into() }
    }

    /// The same by another way, such as `web form`.
    #[must_use]
    pub fn how(self, how: impl Into<String>) -> Self {
        Self { how: how.into(), ..self }
    }
}

/// An opt-in as it is kept; `Debug` hides the words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptedIn {
    /// When.
    pub at: Timestamp,
    /// By which way, such as `message`, `web form` or `start`.
    pub how: String,
    /// With which words.
    pub words: String,
}

/// The end of all sending: the contact has said STOP; `Debug` hides the words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// When.
    pub at: Timestamp,
    /// With which words.
    pub words: String,
}

/// What a record keeps of the contact's consent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) opt_ins: Vec<OptedIn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<Stopped>,
}

impl Kept {
    pub(super) fn opts_in(&mut self, opt_in: OptIn, at: Timestamp) {
        let OptIn { how, words } = opt_in;
        if self.opt_ins.len() == OPT_INS_KEPT {
            self.opt_ins.remove(0);
        }
        self.opt_ins.push(OptedIn { at, how, words });
    }

    /// STOP is the word that counts: the first one stays.
    pub(super) fn stops(&mut self, words: &str, at: Timestamp) {
        self.stopped.get_or_insert_with(|| Stopped { at, words: words.to_owned() });
    }

    /// START brings back what STOP has ended, and nothing more.
    pub(super) fn starts(&mut self, words: &str, at: Timestamp) {
        if self.stopped.take().is_some() && !self.opt_ins.is_empty() {
            self.opts_in(OptIn::with(words).how("start"), at);
        }
    }
}

impl fmt::Debug for OptedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OptedIn({} by {})", self.at, self.how)
    }
}

impl fmt::Debug for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stopped({})", self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(i64) -> Timestamp = Timestamp::from_millis;

    #[test]
    fn start_brings_back_what_stop_has_ended_and_nothing_more() {
        let mut kept = Kept::default();
        kept.stops("stop", AT(1));
        kept.starts("start", AT(2));
        assert_eq!(kept, Kept::default(), "there was no opt-in before");
        kept.opts_in(OptIn::with("yes"), AT(3));
        kept.stops("STOP!", AT(4));
        kept.stops("stop", AT(5));
        assert_eq!(kept.stopped.as_ref().map(|stopped| stopped.at), Some(AT(4)));
        kept.starts("start", AT(6));
        kept.starts("start", AT(7));
        let hows: Vec<_> = kept.opt_ins.iter().map(|one| (one.how.as_str(), one.at)).collect();
        assert_eq!(hows, [("message", AT(3)), ("start", AT(6))]);
    }

    #[test]
    fn the_newest_opt_ins_are_kept() {
        let mut kept = Kept::default();
        for number in 0..20 {
            kept.opts_in(OptIn::with("yes").how("web form"), AT(number));
        }
        let moments: Vec<_> = kept.opt_ins.iter().map(|one| one.at).collect();
        assert_eq!(moments, (4..20).map(AT).collect::<Vec<_>>());
    }
}
