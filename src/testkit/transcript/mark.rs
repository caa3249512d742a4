//! What a line of a transcript wants to be heard.

use regex::Regex;

use crate::{
    message::Outbound,
    testkit::{Heard, notation, talk::with_causes},
};

/// What the next message is to be.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// `bot: Hello!`
    Is(Outbound),
    /// `bot~ ello`: these words are in its text or caption.
    Part(String),
    /// `bot/ ^H.*!$`: its text or caption matches.
    Like(Regex),
}

/// What the bot is to do after a message.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// One message, which is one of these; how it is written, for failures.
    Message(Vec<Mark>, String),
    /// `bot: (says nothing)`
    Nothing,
    /// `bot: (anything)`: whatever it says from here on.
    Anything,
    /// `bot: (the handler failed: no paper)`: these words are in the error's.
    Failure(String),
}

impl Mark {
    /// Reads what follows this sign.
    pub(super) fn read(sign: char, text: &str) -> Result<Self, String> {
        match sign {
            '~' => Ok(Self::Part(text.to_owned())),
            '/' => {
                let wrong = |error| format!("bot/ needs a regular expression: {error}");
                Regex::new(text).map(Self::Like).map_err(wrong)
            }
            _ => notation::expected(text).map(Self::Is),
        }
    }

    fn is_met(&self, message: &Outbound) -> bool {
        match self {
            Self::Is(wanted) => message == wanted,
            Self::Part(part) => message.body.contains(part),
            Self::Like(regex) => regex.is_match(&message.body),
        }
    }
}

impl Wanted {
    /// Reads what follows `bot` and this sign.
    pub(super) fn read(sign: char, text: &str) -> Result<Self, String> {
        let in_brackets = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        match in_brackets.filter(|_| sign == ':') {
            Some("says nothing" | "nothing") => Ok(Self::Nothing),
            Some("anything") => Ok(Self::Anything),
            Some(failure) => Ok(Self::Failure(failure.to_owned())),
            None => Ok(Self::Message(vec![Mark::read(sign, text)?], shown(sign, text))),
        }
    }

    /// The message may also be this.
    pub(super) fn or(&mut self, sign: char, text: &str) -> Result<(), String> {
        let Self::Message(marks, all) = self else {
            return Err("or: stands below a message of the bot".to_owned());
        };
        marks.push(Mark::read(sign, text)?);
        all.push_str("\n    or: ");
        all.push_str(&shown(sign, text));
        Ok(())
    }
}

/// What is wanted, and what is heard instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The line of what is wanted, counted from nought; none if it stands nowhere.
    pub(super) line: Option<usize>,
    pub(super) wanted: String,
    pub(super) heard: String,
}

/// Where what is heard differs from what is wanted; `None` if it does not.
pub(super) fn differs(wanted: &[(usize, Wanted)], heard: &Heard) -> Option<Difference> {
    let failure = heard.failure.as_ref().map(|error| format!("({})", with_causes(error)));
    let mut messages = heard.messages.iter();
    for (line, one) in wanted {
        let differs = |wanted: &str, heard: String| {
            Some(Difference { line: Some(*line), wanted: wanted.to_owned(), heard })
        };
        match one {
            Wanted::Anything => return None,
            Wanted::Nothing => {}
            Wanted::Failure(part) => {
                return match failure {
                    Some(failure) if failure.contains(part) => None,
                    other => differs(&format!("({part})"), other.unwrap_or("an answer".into())),
                };
            }
            Wanted::Message(marks, shown) => match messages.next() {
                Some(message) if marks.iter().any(|mark| mark.is_met(message)) => {}
                Some(message) => return differs(shown, notation::written(message)),
                None => return differs(shown, failure.unwrap_or("nothing".into())),
            },
        }
    }
    let more = messages.next().map(notation::written).or(failure)?;
    let wanted_nothing = wanted.iter().all(|(_, one)| matches!(one, Wanted::Nothing));
    let nothing = if wanted_nothing { "nothing" } else { "nothing more" };
    let line = wanted.last().map(|(line, _)| *line);
    Some(Difference { line, wanted: nothing.to_owned(), heard: more })
}

fn shown(sign: char, text: &str) -> String {
    if sign == ':' { text.to_owned() } else { format!("{sign} {text}") }
}
