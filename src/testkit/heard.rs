//! What a person hears, and the checks of it.

use std::panic::Location;

use super::talk::{with_causes, written};
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
    outcome: Result<Reply, TurnError>,
    /// How many messages of the reply were checked.
    checked: usize,
    /// Whether a failed turn was looked at.
    is_seen: bool,
    talk: String,
    explanation: String,
    at: &'static Location<'static>,
}

#[expect(clippy::must_use_candidate, reason = "a check has done its work when it returns")]
#[expect(clippy::return_self_not_must_use, reason = "a check has done its work when it returns")]
impl Heard {
    pub(super) fn new(
        outcome: Result<Reply, TurnError>,
        talk: String,
        explanation: String,
        at: &'static Location<'static>,
    ) -> Self {
        Self { outcome, checked: 0, is_seen: false, talk, explanation, at }
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
        match &self.outcome {
            Ok(_) => self.complain(&wanted, "an answer"),
            Err(error) if with_causes(error).contains(part) => self,
            Err(error) => self.complain(&wanted, &with_causes(error)),
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
        match &self.outcome {
            Ok(reply) => reply.messages(),
            Err(error) => {
                panic!("the turn failed: {}\n\nthe talk so far:\n{}", with_causes(error), self.talk)
            }
        }
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a check ends the test")]
    fn complain(&self, wanted: &str, heard: &str) -> ! {
        let routes = match &self.outcome {
            Ok(reply) if reply.messages().is_empty() => {
                format!("\nthe routes:\n{}", self.explanation)
            }
            _ => String::new(),
        };
        panic!("wanted: {wanted}\n heard: {heard}\n\nthe talk so far:\n{}{routes}", self.talk)
    }
}

impl Drop for Heard {
    /// A failure that nobody looked at would let a test pass for the wrong reason.
    #[expect(clippy::panic, reason = "a check ends the test")]
    fn drop(&mut self) {
        let Err(error) = &self.outcome else { return };
        if !self.is_seen && !std::thread::panicking() {
            let error = with_causes(error);
            panic!("the turn at {} failed: {error}\n\nthe talk so far:\n{}", self.at, self.talk);
        }
    }
}
