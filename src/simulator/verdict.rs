//! Whether a bot's message arrives: who may send what to whom, now.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    carrier::Carrier,
    contents::Content,
    message::Message,
    templates,
    world::{World, number},
};
use crate::{conversation::Key, message::ContentSid};

/// More spaces in a row than this WhatsApp refuses in a value
/// (<https://www.twilio.com/docs/content/using-variables-with-content-api>).
const MOST_SPACES: &str = "     ";

/// By which rule a message may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Leave {
    /// The session is open.
    Session,
    /// It is an approved content template.
    Template,
    /// Its words are those of a template: the classic way.
    BodyMatch,
}

/// Why a message does not arrive: Twilio's code and a sentence.
pub(super) type Denial = (u32, String);

/// A content template that a message is made of.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) sid: ContentSid,
    pub(super) values: BTreeMap<String, String>,
}

impl Carrier {
    /// What becomes of a message that is to leave now.
    pub(super) fn verdict(
        &self,
        world: &mut World,
        key: &Key,
        message: &Message,
        chosen: Option<&Chosen>,
    ) -> Result<Leave, Denial> {
        let (from, to) = (&message.from, &message.to);
        if world.phone(&number(to.as_str())).is_none() {
            return Err((63003, format!("{to} is none of the simulator's people")));
        }
        self.enter_sandbox(world, key)?;
        if chosen.is_some_and(|chosen| chosen.values.values().any(|value| is_refused(value))) {
            let text = "a value has a line break, a tab or more than four spaces in a row";
            return Err((63013, text.to_owned()));
        }
        let now = self.clock.now();
        let is_open = world.thread(key).is_some_and(|thread| thread.open_session(now).is_some());
        let content = chosen.and_then(|chosen| world.contents.get(chosen.sid));
        if content.is_some_and(Content::is_approved) {
            return Ok(Leave::Template);
        }
        if is_open {
            return Ok(Leave::Session);
        }
        let is_template = || {
            let body = &message.body;
            templates::is_of_the_sandbox(body) || world.contents.has_text(body)
        };
        let is_text = chosen.is_none() && message.media.is_empty() && message.location.is_none();
        if self.rules.match_bodies() && is_text && is_template() {
            return Ok(Leave::BodyMatch);
        }
        let why = format!("{} has not written to {} for 24 hours", to.id(), from.id());
        let what = match (chosen, self.rules.match_bodies()) {
            (Some(_), _) => "and this template is not approved",
            (None, true) => "only a template may be sent",
            (None, false) => "only a ContentSid may be sent, by the current rules",
        };
        Err((63016, format!("{why}: {what}")))
    }

    /// Whether the sandbox lets a message out, if there is one.
    fn enter_sandbox(&self, world: &mut World, key: &Key) -> Result<(), Denial> {
        let number = number(key.sender());
        let is_sandbox = self.sender(&number).is_some_and(|sender| sender.sandbox.is_some());
        if !is_sandbox {
            return Ok(());
        }
        let now = self.clock.now();
        if world.members.door(key, now).is_none() {
            let text = "the person has not joined the sandbox, or not in the last 72 hours";
            return Err((63015, text.to_owned()));
        }
        let pace = self.rules.pace();
        if !world.members.keeps_pace(&number, now, pace) {
            return Err((63018, format!("the sandbox takes one message in {pace:?}")));
        }
        Ok(())
    }
}

fn is_refused(value: &str) -> bool {
    value.contains(['\n', '\r', '\t']) || value.contains(MOST_SPACES)
}
