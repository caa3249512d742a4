//! "Typing…" on the person's phone, which also marks their message as read.

use std::time::Duration;

use super::{
    Client, RestError,
    transport::{Method, Payload},
};
use crate::message::{MessageSid, Parameters};

/// How long a phone shows it, unless a reply comes before
/// (<https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>).
pub const TYPING_SHOWN: Duration = Duration::from_secs(25);

impl Client {
    /// Shows the person who wrote this message that an answer is being written, for at most 25
    /// seconds, and marks the message as read. WhatsApp only; a beta of Twilio's
    /// (<https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>).
    ///
    /// # Errors
    /// If there is no such inbound message, or it was not taken.
    pub async fn typing(&self, inbound: MessageSid) -> Result<(), RestError> {
        let url = self.account().beside("messaging", "/v2/Indicators/Typing.json");
        let mut form = Parameters::new();
        form.push("messageId", &inbound.to_string());
        form.push("channel", "whatsapp");
        self.exchange(Method::Post, url, Payload::Form(form)).await.map(drop)
    }
}
