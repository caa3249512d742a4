//! A message in a conversation, as the page and the API show it.

use serde::{Serialize, Serializer};

use super::{
    said::{Attached, Place, Said, Tap},
    target::Target,
    verdict::Leave,
};
use crate::{
    conversation::clock::Timestamp,
    markup::Rich,
    message::{Address, MessageSid, MessagingServiceSid, Status},
    twiml::Method,
};

/// A message in a conversation.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_field_names, reason = "error_message is Twilio's word")]
pub(super) struct Message {
    #[serde(serialize_with = "as_text")]
    pub(super) sid: MessageSid,
    pub(super) direction: Direction,
    #[serde(serialize_with = "as_text")]
    pub(super) from: Address,
    #[serde(serialize_with = "as_text")]
    pub(super) to: Address,
    pub(super) body: String,
    html: String,
    pub(super) media: Vec<Attached>,
    pub(super) location: Option<Place>,
    pub(super) button: Option<Tap>,
    /// What the person may tap on.
    pub(super) buttons: Vec<Tap>,
    /// The content template that it was made of.
    pub(super) content_sid: Option<String>,
    /// By which rule it was sent.
    pub(super) rule: Option<Leave>,
    pub(super) reply_to: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub(super) status: Status,
    pub(super) error_code: Option<u32>,
    /// Why it failed, or why a person's message got no whole answer.
    pub(super) error_message: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub(super) created_at: Timestamp,
    pub(super) request_id: Option<String>,
    /// Its place among all messages of the simulator.
    #[serde(skip)]
    pub(super) serial: u64,
    /// Who is told of each change of the status.
    #[serde(skip)]
    pub(super) callbacks: Vec<Callback>,
    /// What Twilio keeps of it; the phone keeps all.
    #[serde(skip)]
    pub(super) kept: Kept,
    /// Whether Twilio keeps the attachment.
    #[serde(skip)]
    pub(super) has_media: bool,
    /// The Messaging Service that sends it.
    #[serde(skip)]
    pub(super) service: Option<Service>,
}

/// A Messaging Service that sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) sid: MessagingServiceSid,
    /// Whether it chose the sender.
    pub(super) has_chosen: bool,
}

/// What Twilio keeps of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kept {
    /// All of it.
    #[default]
    Whole,
    /// All but the words.
    Redacted,
    /// Nothing.
    Deleted,
}

/// Twilio's word for who wrote to whom, seen from the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Direction {
    /// A person wrote.
    Inbound,
    /// The bot answered in TwiML.
    OutboundReply,
    /// The bot wrote by REST.
    OutboundApi,
}

/// Where a status is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Callback {
    pub(super) target: Target,
    pub(super) method: Method,
}

impl Message {
    /// What a person sent.
    pub(super) fn inbound(
        sid: MessageSid,
        from: Address,
        to: Address,
        given: &Said,
        now: Timestamp,
    ) -> Self {
        Self {
            sid,
            direction: Direction::Inbound,
            from,
            to,
            body: given.body().to_owned(),
            html: Rich::parse(given.body()).to_html(),
            media: given.media.clone(),
            location: given.location.clone(),
            button: given.button.clone(),
            buttons: Vec::new(),
            content_sid: None,
            rule: None,
            reply_to: given.reply_to.clone(),
            status: Status::Received,
            error_code: None,
            error_message: None,
            created_at: now,
            request_id: None,
            serial: 0,
            callbacks: Vec::new(),
            kept: Kept::Whole,
            has_media: true,
            service: None,
        }
    }

    /// What a bot says, before it is sent: at first, an answer in TwiML.
    pub(super) fn outbound(
        sid: MessageSid,
        [from, to]: [Address; 2],
        body: String,
        media: Vec<Attached>,
        now: Timestamp,
    ) -> Self {
        Self {
            sid,
            direction: Direction::OutboundReply,
            from,
            to,
            html: Rich::parse(&body).to_html(),
            body,
            media,
            location: None,
            button: None,
            buttons: Vec::new(),
            content_sid: None,
            rule: None,
            reply_to: None,
            status: Status::Queued,
            error_code: None,
            error_message: None,
            created_at: now,
            request_id: None,
            serial: 0,
            callbacks: Vec::new(),
            kept: Kept::Whole,
            has_media: true,
            service: None,
        }
    }

    /// Notes what went wrong; the first thing stays.
    pub(super) fn fail(&mut self, code: u32, message: &str) {
        if self.error_code.is_none() {
            self.error_code = Some(code);
            self.error_message = Some(message.to_owned());
        }
    }

    pub(super) fn is_inbound(&self) -> bool {
        self.direction == Direction::Inbound
    }
}

/// Serializes a value as what it displays.
pub(super) fn as_text<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
