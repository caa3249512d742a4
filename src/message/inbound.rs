//! One message from a person, typed.

use std::fmt;

use super::{
    AccountSid, Address, Content, Media, MediaKind, MessageSid, MessagingServiceSid, Parameters,
};

/// One message from a person to the bot.
///
/// The five fields are what nearly every bot needs. The rest of what Twilio sends is read by the
/// methods; whatever has no method here is in [`parameters`](Self::parameters).
///
/// Source: <https://www.twilio.com/docs/messaging/guides/webhook-request>.
#[derive(Clone, PartialEq)]
pub struct Inbound {
    /// Twilio's id of the message, the same in every copy of it.
    pub sid: MessageSid,
    /// The person.
    pub from: Address,
    /// The bot's sender.
    pub to: Address,
    /// What was sent.
    pub content: Content,
    parameters: Parameters,
}

/// How often the message was passed on before it came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarded {
    /// It was written for this conversation.
    No,
    /// It was forwarded.
    Once,
    /// It was forwarded many times.
    Often,
}

/// The earlier message that this one answers; known for seven days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The earlier message.
    pub sid: MessageSid,
    /// Who wrote it.
    pub sender: Option<Address>,
}

/// The advertisement or post on which the person tapped to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral<'a> {
    /// `post` or `ad`.
    pub source_type: Option<&'a str>,
    /// Its id at Meta.
    pub source_id: Option<&'a str>,
    /// Its address.
    pub source_url: Option<&'a str>,
    /// Its headline.
    pub headline: Option<&'a str>,
    /// Its text.
    pub body: Option<&'a str>,
    /// The click's id, for attribution.
    pub click_id: Option<&'a str>,
    /// Its image or video.
    pub media: Option<Media>,
    /// That image's or video's id at Meta.
    pub media_id: Option<&'a str>,
}

/// A keyword that Twilio's Advanced Opt-Out has recognised, and answered itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptOut {
    /// No more messages are wanted.
    Stop,
    /// Messages are wanted again.
    Start,
    /// Help is wanted.
    Help,
}

/// Where Twilio places a number; for SMS only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place<'a> {
    /// City.
    pub city: Option<&'a str>,
    /// State or province.
    pub state: Option<&'a str>,
    /// Postal code.
    pub zip: Option<&'a str>,
    /// Country, in two letters.
    pub country: Option<&'a str>,
}

impl Inbound {
    /// A message without further parameters.
    #[must_use]
    pub fn new(sid: MessageSid, from: Address, to: Address, content: Content) -> Self {
        Self { sid, from, to, content, parameters: Parameters::new() }
    }

    /// The same message with all parameters of its webhook.
    #[must_use]
    pub fn with_parameters(self, parameters: Parameters) -> Self {
        Self { parameters, ..self }
    }

    /// Everything that Twilio sent, in its order, unknown names included.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The words of the message: see [`Content::text`]. What came beside a location, a sticker or
    /// a contact card counts too.
    #[must_use]
    pub fn text(&self) -> &str {
        match self.content.text() {
            "" => self.parameters.filled("Body").unwrap_or_default(),
            text => text,
        }
    }

    /// The attachments.
    #[must_use]
    pub fn media(&self) -> &[Media] {
        self.content.media()
    }

    /// Whether an attachment of this kind came along.
    #[must_use]
    pub fn has_media(&self, kind: MediaKind) -> bool {
        self.media().iter().any(|one| one.kind() == kind)
    }

    /// The account that the sender belongs to.
    #[must_use]
    pub fn account(&self) -> Option<AccountSid> {
        self.read("AccountSid")
    }

    /// The pool of senders that the sender belongs to.
    #[must_use]
    pub fn messaging_service(&self) -> Option<MessagingServiceSid> {
        self.read("MessagingServiceSid")
    }

    /// The name that the person has chosen on WhatsApp: any Unicode, not unique.
    #[must_use]
    pub fn profile_name(&self) -> Option<&str> {
        self.parameters.filled("ProfileName")
    }

    /// WhatsApp's id of the person: digits without `+`. In some countries it is not the number
    /// of [`from`](Self::from), so that one is the key of the conversation.
    #[must_use]
    pub fn wa_id(&self) -> Option<&str> {
        self.parameters.filled("WaId")
    }

    /// The person's id for this business, which stays when the number is hidden.
    #[must_use]
    pub fn external_user(&self) -> Option<Address> {
        self.read("ExternalUserId")
    }

    /// Twilio's word for the kind of message, such as `text` or `interactive`.
    #[must_use]
    pub fn message_type(&self) -> Option<&str> {
        self.parameters.filled("MessageType")
    }

    /// How many segments an SMS had; 1 for everything else.
    #[must_use]
    pub fn segments(&self) -> u32 {
        self.read("NumSegments").unwrap_or(1)
    }

    /// The version of Twilio's API, such as `2010-04-01`.
    #[must_use]
    pub fn api_version(&self) -> Option<&str> {
        self.parameters.filled("ApiVersion")
    }

    /// Whether the message was passed on.
    #[must_use]
    pub fn forwarded(&self) -> Forwarded {
        let is_true = |name| self.parameters.get(name) == Some("true");
        match (is_true("FrequentlyForwarded"), is_true("Forwarded")) {
            (true, _) => Forwarded::Often,
            (false, true) => Forwarded::Once,
            (false, false) => Forwarded::No,
        }
    }

    /// The message that the person quoted, or whose button was tapped.
    #[must_use]
    pub fn quoted(&self) -> Option<Quoted> {
        let sid = self.read("OriginalRepliedMessageSid")?;
        Some(Quoted { sid, sender: self.read("OriginalRepliedMessageSender") })
    }

    /// The advertisement or post that led here.
    #[must_use]
    pub fn referral(&self) -> Option<Referral<'_>> {
        let filled = |name| self.parameters.filled(name);
        let referral = Referral {
            source_type: filled("ReferralSourceType"),
            source_id: filled("ReferralSourceId"),
            source_url: filled("ReferralSourceUrl"),
            headline: filled("ReferralHeadline"),
            body: filled("ReferralBody"),
            click_id: filled("ReferralCtwaClid"),
            media: filled("ReferralMediaUrl")
                .map(|url| Media::new(url, filled("ReferralMediaContentType").unwrap_or_default())),
            media_id: filled("ReferralMediaId"),
        };
        let known = referral.source_type.is_some()
            || referral.source_id.is_some()
            || referral.source_url.is_some()
            || referral.click_id.is_some();
        known.then_some(referral)
    }

    /// The keyword to which Twilio itself has answered: do not answer again.
    #[must_use]
    pub fn opt_out(&self) -> Option<OptOut> {
        match self.parameters.get("OptOutType")? {
            "STOP" => Some(OptOut::Stop),
            "START" => Some(OptOut::Start),
            "HELP" => Some(OptOut::Help),
            _ => None,
        }
    }

    /// What the channel says about the message: a JSON object, whose shape is not promised.
    #[must_use]
    pub fn channel_metadata(&self) -> Option<serde_json::Value> {
        self.json("ChannelMetadata")
    }

    /// The results of Marketplace add-ons: a JSON object.
    #[must_use]
    pub fn add_ons(&self) -> Option<serde_json::Value> {
        self.json("AddOns")
    }

    /// Where Twilio places the person's number.
    #[must_use]
    pub fn from_place(&self) -> Place<'_> {
        self.place(["FromCity", "FromState", "FromZip", "FromCountry"])
    }

    /// Where Twilio places the sender's number.
    #[must_use]
    pub fn to_place(&self) -> Place<'_> {
        self.place(["ToCity", "ToState", "ToZip", "ToCountry"])
    }

    fn place(&self, names: [&str; 4]) -> Place<'_> {
        let [city, state, zip, country] = names.map(|name| self.parameters.filled(name));
        Place { city, state, zip, country }
    }

    fn read<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.parameters.filled(name)?.parse().ok()
    }

    fn json(&self, name: &str) -> Option<serde_json::Value> {
        serde_json::from_str(self.parameters.filled(name)?).ok()
    }
}

/// Shows who and what kind, and nothing that a person wrote.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound")
            .field("sid", &self.sid)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("content", &self.content.kind())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbound(parameters: &[(&str, &str)]) -> Inbound {
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        Inbound::new(
            MessageSid::new(1),
            from.parse().unwrap(),
            to.parse().unwrap(),
            Content::Text("hi".into()),
        )
        .with_parameters(parameters.iter().copied().collect())
    }

    #[test]
    fn everything_twilio_sends_is_typed() {
        let sid = "MM000000000000000000000000000000ff";
        let message = inbound(&[
            ("ProfileName", "Ana"),
            ("WaId", "15005550006"),
            ("ExternalUserId", "whatsapp:US.1349"),
            ("Forwarded", "true"),
            ("OriginalRepliedMessageSid", sid),
            ("OriginalRepliedMessageSender", "whatsapp:+14155238886"),
            ("ReferralNumMedia", "1"),
            ("ReferralSourceType", "ad"),
            ("ReferralMediaUrl", "https://example.com/ad.jpg"),
            ("ReferralMediaContentType", "image/jpeg"),
            ("OptOutType", "STOP"),
            ("ChannelMetadata", r#"{"type":"whatsapp"}"#),
            ("FromCountry", "US"),
            ("NumSegments", "2"),
            ("Newcomer", "kept"),
        ]);
        assert_eq!(message.profile_name(), Some("Ana"));
        assert_eq!(message.external_user().unwrap(), "whatsapp:US.1349");
        assert_eq!(message.forwarded(), Forwarded::Once);
        assert_eq!(message.quoted().unwrap().sid.to_string(), sid);
        assert_eq!(message.referral().unwrap().media.unwrap().kind(), MediaKind::Image);
        assert_eq!(message.opt_out(), Some(OptOut::Stop));
        assert_eq!(message.channel_metadata().unwrap()["type"], "whatsapp");
        assert_eq!(message.from_place().country, Some("US"));
        assert_eq!(message.segments(), 2);
        assert_eq!(message.parameters().get("Newcomer"), Some("kept"));
    }

    #[test]
    fn absent_empty_and_broken_are_all_none() {
        let message = inbound(&[
            ("ProfileName", ""),
            ("Forwarded", "false"),
            ("ReferralNumMedia", "0"),
            ("ChannelMetadata", "{"),
            ("OriginalRepliedMessageSid", "SM1"),
        ]);
        assert_eq!(message.profile_name(), None);
        assert_eq!(message.forwarded(), Forwarded::No);
        assert_eq!(message.referral(), None);
        assert_eq!(message.channel_metadata(), None);
        assert_eq!(message.quoted(), None);
    }

    #[test]
    fn debug_shows_nothing_that_a_person_wrote() {
        let shown = format!("{:?}", inbound(&[("ProfileName", "Ana")]));
        assert!(!shown.contains("hi") && !shown.contains("Ana") && !shown.contains("5550006"));
    }
}
