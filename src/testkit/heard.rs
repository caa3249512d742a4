//! What a person hears, and the checks of it.

use std::{panic::Location, sync::Arc};

use regex::Regex;

use super::{hostile::Schedule, line::Carried, notation::written, talk::with_causes};
use crate::{
    dispatch::{Reply, TurnError},
    message::Outbound,
};

/// What a person hears after a message: checks that take one message of the reply each, in order.
///
/// A check that fails panics at the caller's line and shows the talk so far; when nothing was
/// said, also why each route took the message or not. Messages that nobody checks are no failure;
/// end with [`hears_nothing`](Self::hears_nothing) where they should be. A turn that failed panics
/// at the latest when this is dropped, unless [`fails`](Self::fails) expects it.
#[derive(Debug)]
pub struct Heard {
    /// What came unasked before, the reply, and what came unasked behind it.
    pub(super) messages: Vec<Outbound>,
    pub(super) failure: Option<TurnError>,
    /// Why each route took the message or not, when nothing was said.
    pub(super) explanation: String,
    /// What was wrong beside the answer.
    pub(super) trouble: Option<String>,
    /// What happened to the message, under hostile conditions.
    schedule: Option<Arc<Schedule>>,
    pub(super) talk: String,
    /// How many messages were checked.
    checked: usize,
    /// Whether a failed turn was looked at.
    pub(super) is_seen: bool,
    at: &'static Location<'static>,
}

#[expect(clippy::must_use_candidate, reason = "a check has done its work when it returns")]
#[expect(clippy::return_self_not_must_use, reason = "a check has done its work when it returns")]
impl Heard {
    pub(super) fn new(
        before: Vec<Outbound>,
        carried: Option<Carried>,
        behind: Vec<Outbound>,
        talk: String,
        at: &'static Location<'static>,
    ) -> Self {
        let nothing = || Carried {
            outcome: Ok(Reply::silent()),
            explanation: String::new(),
            trouble: None,
            schedule: None,
        };
        let Carried { outcome, explanation, trouble, schedule } = carried.unwrap_or_else(nothing);
        let mut messages = before;
        let failure = outcome.map(|reply| messages.extend(reply.into_messages())).err();
        messages.extend(behind);
        let (checked, is_seen) = (0, false);
        Self { messages, failure, explanation, trouble, schedule, talk, checked, is_seen, at }
    }

    /// The same, for whoever looks at everything.
    pub(super) fn looked_at(mut self) -> Self {
        self.is_seen = true;
        self
    }

    /// The next message is this text, to the letter, and nothing is attached.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn hears(self, text: &str) -> Self {
        self.next_is(text, |message| message.body == text && message.media.is_empty())
    }

    /// The next message has these words in its text or caption.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn hears_part(self, part: &str) -> Self {
        self.next_is(&format!("… {part} …"), |message| message.body.contains(part))
    }

    /// The next message's text or caption matches this regular expression, at any place unless it
    /// says `^` and `$`.
    ///
    /// # Panics
    /// If it does not, or the expression is none.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test ends the test")]
    pub fn hears_match(self, pattern: &str) -> Self {
        let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("hears_match(..): {error}"));
        self.next_is(&format!("/ {pattern}"), |message| regex.is_match(&message.body))
    }

    /// The next message is one of these texts, to the letter, and nothing is attached.
    ///
    /// # Panics
    /// If it is none of them.
    #[track_caller]
    pub fn hears_one_of<'a>(self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<_> = texts.into_iter().collect();
        self.next_is(&texts.join("\n    or: "), |message| {
            texts.contains(&&*message.body) && message.media.is_empty()
        })
    }

    /// The next message is the attachment at this URL, without a caption.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn hears_media(self, url: &str) -> Self {
        self.hears_captioned(url, "")
    }

    /// The next message is the attachment at this URL with this caption.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn hears_captioned(self, url: &str, caption: &str) -> Self {
        let wanted = Outbound::media(url).with_body(caption);
        self.next_is(&written(&wanted), |message| *message == wanted)
    }

    /// There is no message, or no further one.
    ///
    /// # Panics
    /// If there is one.
    #[track_caller]
    pub fn hears_nothing(self) -> Self {
        match self.messages().get(self.checked) {
            Some(message) => self.complain("nothing", &written(message)),
            None => self,
        }
    }

    /// The turn failed, and these words are in the error's text or in that of its causes.
    ///
    /// # Panics
    /// If it was answered, or failed otherwise.
    #[track_caller]
    pub fn fails(mut self, part: &str) -> Self {
        self.is_seen = true;
        let wanted = format!("a failure with … {part} …");
        match self.failure.as_ref().map(|error| with_causes(error)) {
            None => self.complain(&wanted, "an answer"),
            Some(error) if error.contains(part) => self,
            Some(error) => self.complain(&wanted, &error),
        }
    }

    /// All messages, those that were checked included: the text, or the URL where there is none.
    ///
    /// # Panics
    /// If the turn failed.
    #[must_use]
    #[track_caller]
    pub fn all(&self) -> Vec<&str> {
        let all = self.messages().iter().map(|message| match (&*message.body, &*message.media) {
            ("", [url, ..]) => &**url,
            (body, _) => body,
        });
        all.collect()
    }

    #[track_caller]
    fn next_is(mut self, wanted: &str, is_wanted: impl Fn(&Outbound) -> bool) -> Self {
        match self.messages().get(self.checked) {
            Some(message) if is_wanted(message) => {}
            Some(message) => self.complain(wanted, &written(message)),
            None => self.complain(wanted, "nothing"),
        }
        self.checked += 1;
        self
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a check ends the test")]
    fn messages(&self) -> &[Outbound] {
        match self.wrong() {
            Some(wrong) => panic!("{wrong}\n\nthe talk so far:\n{}", self.talk),
            None => &self.messages,
        }
    }

    /// What went wrong in the turn, whatever is heard.
    fn wrong(&self) -> Option<String> {
        let failed = || Some(format!("the turn failed: {}", with_causes(self.failure.as_ref()?)));
        self.trouble.clone().or_else(failed)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a check ends the test")]
    fn complain(&self, wanted: &str, heard: &str) -> ! {
        panic!("{}", self.complaint(wanted, heard))
    }

    /// What is said of a check that fails.
    pub(super) fn complaint(&self, wanted: &str, heard: &str) -> String {
        let routes = match &*self.explanation {
            "" => String::new(),
            explanation => format!("\nthe routes:\n{explanation}"),
        };
        let schedule = self.schedule.as_ref().map_or_else(String::new, |all| format!("\n{all}"));
        let talk = &self.talk;
        format!("wanted: {wanted}\n heard: {heard}\n\nthe talk so far:\n{talk}{routes}{schedule}")
    }
}

impl Drop for Heard {
    /// A failure that nobody looked at would let a test pass for the wrong reason.
    #[expect(clippy::panic, reason = "a check ends the test")]
    fn drop(&mut self) {
        if self.is_seen || std::thread::panicking() {
            return;
        }
        if let Some(wrong) = self.trouble.clone() {
            panic!("{wrong}\n\nthe talk so far:\n{}", self.talk);
        }
        let Some(error) = &self.failure else { return };
        let error = with_causes(error);
        panic!("the turn at {} failed: {error}\n\nthe talk so far:\n{}", self.at, self.talk);
    }
}
