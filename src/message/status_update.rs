//! The callback that says what became of a message.

use super::{AccountSid, Address, ErrorCode, MessageSid, MessagingServiceSid, Status};

/// A status callback: a message and what became of it.
///
/// It never brings the message's body or media. Its natural key against copies is the pair of
/// `sid` and `status`.
///
/// Source: <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.
///
/// ```
/// use chinwag::message::{ErrorCode, MessageSid, Status, StatusUpdate};
///
/// let mut update = StatusUpdate::new(MessageSid::new(7), Status::Undelivered);
/// update.error = Some(ErrorCode(63016));
/// assert!(update.status.is_failure());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusUpdate {
    /// The message.
    pub sid: MessageSid,
    /// What became of it.
    pub status: Status,
    /// Our address.
    pub from: Option<Address>,
    /// The person's address.
    pub to: Option<Address>,
    /// The account that sent it.
    pub account: Option<AccountSid>,
    /// The Messaging Service that chose the sender.
    pub messaging_service: Option<MessagingServiceSid>,
    /// Why it failed.
    pub error: Option<ErrorCode>,
    /// Why it failed in Twilio's words, which change over time.
    pub error_message: Option<String>,
    /// What the channel adds, if it is not SMS.
    pub channel: ChannelReport,
}

impl StatusUpdate {
    /// A message and what became of it, and nothing else.
    #[must_use]
    pub fn new(sid: MessageSid, status: Status) -> Self {
        Self {
            sid,
            status,
            from: None,
            to: None,
            account: None,
            messaging_service: None,
            error: None,
            error_message: None,
            channel: ChannelReport::default(),
        }
    }
}

/// What a channel such as WhatsApp adds to a status callback.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelReport {
    /// `ChannelPrefix`: the channel, `whatsapp`.
    pub prefix: Option<String>,
    /// `ChannelInstallSid`: the sender's installation, `XE` and 32 hexadecimal digits.
    pub install: Option<String>,
    /// `ChannelToAddress`: the person's number, masked by Twilio, as in `+1650380XXXX`.
    pub to: Option<String>,
    /// `ChannelStatusMessage`: the provider's words about a failure.
    pub message: Option<String>,
    /// `EventType`: what happened at the provider, as in `DELIVERED` or `READ`.
    pub event: Option<String>,
    /// `StructuredMessage`: whether the message had more than text and media.
    pub is_structured: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_starts_with_nothing_but_sid_and_status() {
        let update = StatusUpdate::new(MessageSid::new(7), Status::Sent);
        assert_eq!((update.sid, update.status), (MessageSid::new(7), Status::Sent));
        assert_eq!((update.from, update.to, update.error), (None, None, None));
        assert_eq!(update.channel, ChannelReport::default());
    }
}
