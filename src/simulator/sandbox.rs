//! Twilio's sandbox: a number that is shared, and people who join it with two words.

use std::{collections::HashMap, str::FromStr, time::Duration};

use super::target::{InvalidUrl, Target};
use crate::conversation::{Key, clock::Timestamp};

/// How long one belongs to the sandbox after `join`
/// (<https://www.twilio.com/docs/whatsapp/sandbox>).
const MEMBERSHIP: Duration = Duration::from_hours(72);
/// Longest words behind `join`, in characters.
const LONGEST_WORDS: usize = 60;

/// The sandbox behind a number: people who write without having joined are told so, and nothing is
/// sent to them.
///
/// ```
/// use chinwag::simulator::Sandbox;
///
/// let sandbox: Sandbox = "small-tree,big-lake=http://127.0.0.1:5001/whatsapp".parse()?;
/// # Ok::<(), chinwag::simulator::InvalidSandbox>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// The words behind `join`, and the webhook of those who join with them; none for the sender's.
    doors: Vec<(String, Option<String>)>,
}

/// Why these words cannot be a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSandbox {
    /// The words are not what Twilio gives out.
    #[error("the sandbox's words {0:?} cannot be used; write two with a hyphen, as in small-tree")]
    Words(String),
    /// The same words twice.
    #[error("the sandbox's words {0:?} stand there twice")]
    Twice(String),
    /// Their webhook cannot be called.
    #[error("the webhook of the sandbox's words {words:?} cannot be used: {reason}")]
    Url {
        /// The words.
        words: String,
        /// Why.
        reason: InvalidUrl,
    },
}

impl Sandbox {
    /// A sandbox that is joined by `join` and these words, as in `small-tree`.
    ///
    /// # Errors
    /// If the words are not letters, digits and hyphens.
    pub fn new(words: &str) -> Result<Self, InvalidSandbox> {
        Self { doors: Vec::new() }.with(words, None)
    }

    /// The same number by other words: who joins with them writes to this webhook from then on.
    ///
    /// # Errors
    /// If the words or the URL cannot be used.
    pub fn also(self, words: &str, webhook: &str) -> Result<Self, InvalidSandbox> {
        self.with(words, Some(webhook))
    }

    fn with(mut self, words: &str, webhook: Option<&str>) -> Result<Self, InvalidSandbox> {
        let words = words.trim().to_lowercase();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if words.is_empty() || words.len() > LONGEST_WORDS || !words.chars().all(is_plain) {
            return Err(InvalidSandbox::Words(words));
        }
        if self.doors.iter().any(|(known, _)| *known == words) {
            return Err(InvalidSandbox::Twice(words));
        }
        if let Some(Err(reason)) = webhook.map(Target::read) {
            return Err(InvalidSandbox::Url { words, reason });
        }
        self.doors.push((words, webhook.map(str::to_owned)));
        Ok(self)
    }

    /// What one writes to join: the first words.
    #[must_use]
    pub fn invitation(&self) -> String {
        format!("join {}", self.doors.first().map_or("", |(words, _)| words))
    }

    /// What a person's message means to the sandbox; Twilio does not hand it to a webhook unless it
    /// passes.
    pub(super) fn read(&self, body: &str) -> Word {
        let body = body.trim().to_lowercase();
        if body == "stop" {
            return Word::Stop;
        }
        match body.strip_prefix("join").filter(|rest| rest.starts_with(char::is_whitespace)) {
            None => Word::Other,
            Some(words) => {
                let words = words.split_whitespace().collect::<Vec<_>>().join("-");
                self.doors
                    .iter()
                    .position(|(known, _)| *known == words)
                    .map_or(Word::Strange, Word::Join)
            }
        }
    }

    /// The webhook of those who joined by this door; none for the sender's own.
    pub(super) fn webhook(&self, door: usize) -> Option<&str> {
        self.doors.get(door)?.1.as_deref()
    }
}

/// Words and webhooks, separated by commas, as in `small-tree,big-lake=http://127.0.0.1:5001/`.
impl FromStr for Sandbox {
    type Err = InvalidSandbox;

    fn from_str(text: &str) -> Result<Self, InvalidSandbox> {
        text.split(',').try_fold(Self { doors: Vec::new() }, |sandbox, door| {
            match door.split_once('=') {
                Some((words, webhook)) => sandbox.with(words, Some(webhook.trim())),
                None => sandbox.with(door, None),
            }
        })
    }
}

/// What a message means to the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// `join` and the words of this door.
    Join(usize),
    /// `join` and words that nobody knows.
    Strange,
    Stop,
    Other,
}

/// Who has joined which number, by which door and when; and when each number sent last.
#[derive(Debug, Default)]
pub(super) struct Members {
    joined: HashMap<Key, (usize, Timestamp)>,
    sent: HashMap<String, Timestamp>,
}

impl Members {
    /// The door of a person who has joined in the last 72 hours.
    pub(super) fn door(&self, key: &Key, now: Timestamp) -> Option<usize> {
        let (door, joined) = self.joined.get(key)?;
        (now.since(*joined) < MEMBERSHIP).then_some(*door)
    }

    pub(super) fn join(&mut self, key: &Key, door: usize, now: Timestamp) {
        self.joined.insert(key.clone(), (door, now));
    }

    pub(super) fn leave(&mut self, key: &Key) {
        self.joined.remove(key);
    }

    /// Whether the number may send now; if so, it has.
    pub(super) fn keeps_pace(&mut self, number: &str, now: Timestamp, pace: Duration) -> bool {
        let is_slow = self.sent.get(number).is_none_or(|last| now.since(*last) >= pace);
        if is_slow {
            self.sent.insert(number.to_owned(), now);
        }
        is_slow
    }
}

/// What the sandbox answers to `join`; seen at Twilio's.
pub(super) fn welcome(number: &str) -> String {
    format!(
        "*Twilio Sandbox*: ✅ You are all set! The sandbox can now send/receive messages from \
         {number}. Reply ```stop``` to leave the sandbox any time."
    )
}

/// What the sandbox answers to `stop`; Twilio's words are not published.
pub(super) fn farewell() -> String {
    "*Twilio Sandbox*: You have left the sandbox. Reply ```join <words>``` to come back.".to_owned()
}

/// What the sandbox answers to strangers; Twilio's words are not published.
pub(super) fn stranger(person: &str) -> String {
    format!(
        "*Twilio Sandbox*: Your number {person} is not associated with the sandbox. Reply \
         ```join <words>``` with the words of a sandbox to join it for 72 hours."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_they_mean_in_any_letter_case() {
        let sandbox: Sandbox = "small-tree, big-lake=http://127.0.0.1:1/b".parse().unwrap();
        for (body, expected) in [
            ("join small-tree", Word::Join(0)),
            ("  JOIN   Small-Tree\n", Word::Join(0)),
            ("join small tree", Word::Join(0)),
            ("join big-lake", Word::Join(1)),
            ("join other-words", Word::Strange),
            ("join ", Word::Other),
            ("joining", Word::Other),
            ("Stop", Word::Stop),
            ("stop it", Word::Other),
        ] {
            assert_eq!(sandbox.read(body), expected, "{body}");
        }
        assert_eq!((sandbox.webhook(0), sandbox.webhook(1)), (None, Some("http://127.0.0.1:1/b")));
        assert_eq!(sandbox.invitation(), "join small-tree");
    }

    #[test]
    fn what_cannot_be_a_sandbox_is_said() {
        for (text, expected) in [
            ("", "the sandbox's words \"\""),
            ("small tree", "the sandbox's words \"small tree\""),
            ("a,a", "the sandbox's words \"a\" stand there twice"),
            ("a=https://h/", "the webhook of the sandbox's words \"a\""),
        ] {
            let said = text.parse::<Sandbox>().unwrap_err().to_string();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
