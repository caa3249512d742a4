//! One message to a person, before it is TwiML or a REST call.

use serde::{Deserialize, Serialize};

use super::Filled;

/// Longest body of one message, in UTF-16 units: Twilio counts characters and does not say which,
/// and this count is never the smaller one.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource>, error 21617.
pub const LONGEST_BODY: usize = 1_600;
/// Most messages in the answer to one inbound message: error 14109.
pub const MOST_REPLIES: usize = 10;
/// Most attachments of one message; WhatsApp takes one, MMS ten: error 21623.
pub const MOST_MEDIA: usize = 10;
/// Bytes of all messages of an answer, by [`Outbound::size`]: what is left of Twilio's 64 kB
/// (error 11750) beside the marks around them.
pub const LARGEST_REPLY: usize = 63_000;

/// One message to a person: text in WhatsApp's markup, attachments by URL, or both; or a template.
///
/// With text or attachments and a template, the former are sent while the session is open, and the
/// template when it is closed. A template alone is always sent as such.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbound {
    /// The text, in WhatsApp's markup; empty for none. The caption, when an image is attached.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Public URLs of attachments; WhatsApp takes one a message, 16 MB at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
    /// What is sent when the session is closed; what makes it a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Filled>,
    /// Whether a notification goes in quiet hours too.
    #[serde(default, skip_serializing_if = "is_no")]
    pub at_any_hour: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_no(yes: &bool) -> bool {
    !*yes
}

impl Outbound {
    /// A text.
    pub fn text(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// An attachment by its public URL.
    pub fn media(url: impl Into<String>) -> Self {
        Self { media: vec![url.into()], ..Self::default() }
    }

    /// The same message with this text, which images show as their caption.
    #[must_use]
    pub fn with_body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// A template.
    #[must_use]
    pub fn template(template: Filled) -> Self {
        Self { template: Some(template), ..Self::default() }
    }

    /// Whether there is nothing to send: no template, neither an attachment nor a character
    /// that shows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_blank =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}');
        self.template.is_none() && self.media.is_empty() && self.body.chars().all(is_blank)
    }

    /// How many bytes the message takes as XML, where `&`, `<` and `>` take up to five.
    #[must_use]
    pub fn size(&self) -> usize {
        let written = |text: &str| {
            let escaped = text.bytes().filter(|byte| matches!(byte, b'&' | b'<' | b'>' | b'\r'));
            text.len() + 4 * escaped.count()
        };
        let media = self.media.iter().map(|url| written(url) + 20);
        written(&self.body) + 50 + media.sum::<usize>()
    }

    /// Whether the body is longer than [`LONGEST_BODY`].
    #[must_use]
    pub fn is_too_long(&self) -> bool {
        // A text has at most as many UTF-16 units as bytes, so short ones need no count.
        self.body.len() > LONGEST_BODY && self.body.encode_utf16().count() > LONGEST_BODY
    }
}

impl From<&str> for Outbound {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Outbound {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_utf16_units() {
        assert!(!Outbound::text("é".repeat(1_600)).is_too_long());
        assert!(Outbound::text("é".repeat(1_601)).is_too_long());
        assert!(!Outbound::text("🐟".repeat(800)).is_too_long());
        assert!(Outbound::text("🐟".repeat(801)).is_too_long());
    }

    #[test]
    fn white_space_alone_is_nothing() {
        assert!(Outbound::text(" \n").is_empty());
        assert!(!Outbound::media("https://example.com/a.png").is_empty());
    }
}
