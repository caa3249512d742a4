//! A message as Twilio keeps it.

use serde::Deserialize;

use crate::{
    conversation::clock::Timestamp,
    message::{Address, ErrorCode, MessageSid, MessagingServiceSid, Status},
};

/// A message as Twilio keeps it, inbound or outbound.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#message-properties>.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its id.
    pub sid: MessageSid,
    /// Who wrote; none while a Messaging Service has not chosen, or for a short code.
    pub from: Option<Address>,
    /// To whom.
    pub to: Option<Address>,
    /// The words; empty if there are none, or they were redacted.
    pub body: String,
    /// How many attachments it has.
    pub media: u32,
    /// Who wrote to whom, and how.
    pub direction: Direction,
    /// What has become of it so far.
    pub status: Status,
    /// Why it failed.
    pub error: Option<ErrorCode>,
    /// The Messaging Service that sent it.
    pub messaging_service: Option<MessagingServiceSid>,
    /// When Twilio took it, to the second.
    pub created: Option<Timestamp>,
    /// When it was sent, to the second.
    pub sent: Option<Timestamp>,
    /// What it cost, as a negative decimal number; none at first.
    pub price: Option<String>,
    /// The currency of the price, as in `USD`.
    pub price_unit: Option<String>,
}

/// Who wrote to whom, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// A person wrote.
    Inbound,
    /// We wrote, by the API.
    OutboundApi,
    /// We answered, in TwiML.
    OutboundReply,
    /// A word that is not known here.
    Other(String),
}

/// The JSON of it, where numbers are texts and anything may be null.
#[derive(Deserialize)]
struct Written {
    sid: String,
    from: Option<String>,
    to: Option<String>,
    body: Option<String>,
    num_media: Option<String>,
    direction: Option<String>,
    status: Option<String>,
    error_code: Option<u32>,
    messaging_service_sid: Option<String>,
    date_created: Option<String>,
    date_sent: Option<String>,
    price: Option<String>,
    price_unit: Option<String>,
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let address = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let moment = |text: Option<String>| text.and_then(|text| Timestamp::from_rfc_2822(&text));
        let status = written.status.as_deref().unwrap_or_default();
        Ok(Self {
            sid: written.sid.parse().map_err(serde::de::Error::custom)?,
            from: address(written.from),
            to: address(written.to),
            body: written.body.unwrap_or_default(),
            media: written.num_media.and_then(|count| count.parse().ok()).unwrap_or(0),
            direction: match written.direction.unwrap_or_default() {
                word if word == "inbound" => Direction::Inbound,
                word if word == "outbound-api" => Direction::OutboundApi,
                word if word == "outbound-reply" => Direction::OutboundReply,
                word => Direction::Other(word),
            },
            status: Status::from(status),
            error: written.error_code.map(ErrorCode),
            messaging_service: written.messaging_service_sid.and_then(|sid| sid.parse().ok()),
            created: moment(written.date_created),
            sent: moment(written.date_sent),
            price: written.price,
            price_unit: written.price_unit,
        })
    }
}
