//! A message that is to be made: what Twilio is asked to send.

use std::collections::BTreeMap;

use crate::{
    conversation::clock::Timestamp,
    message::{Address, ContentSid, MessagingServiceSid, Parameters},
};

/// A message that is to be made; Twilio needs a sender (an address or a Messaging Service) and
/// something to say (words, media or a content template).
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>.
///
/// ```
/// use chinwag::rest::Draft;
///
/// let to = "whatsapp:+15005550006".parse()?;
/// let draft = Draft::to(to).from("whatsapp:+14155238886".parse()?).body("It is ready.");
/// # Ok::<(), chinwag::message::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The person.
    pub to: Address,
    /// Our address; none if a Messaging Service chooses it.
    pub from: Option<Address>,
    /// The pool of senders that chooses one.
    pub messaging_service: Option<MessagingServiceSid>,
    /// The words; empty for none.
    pub body: String,
    /// Public URLs of attachments; WhatsApp takes one.
    pub media: Vec<String>,
    /// The content template.
    pub content: Option<ContentSid>,
    /// The template's values, by the name of their place.
    pub variables: BTreeMap<String, String>,
    /// A place, as `geo:37.78,-122.39` or `geo:37.78,-122.39|375 Beale St`; the body is its name.
    pub persistent_action: Option<String>,
    /// Where Twilio reports what becomes of it, in place of the sender's own setting.
    pub status_callback: Option<String>,
    /// When it is to be sent: in 15 minutes at the earliest and 35 days at the latest, and only by
    /// a Messaging Service.
    pub send_at: Option<Timestamp>,
}

impl Draft {
    /// A message to this person that says nothing yet.
    #[must_use]
    pub const fn to(to: Address) -> Self {
        Self {
            to,
            from: None,
            messaging_service: None,
            body: String::new(),
            media: Vec::new(),
            content: None,
            variables: BTreeMap::new(),
            persistent_action: None,
            status_callback: None,
            send_at: None,
        }
    }

    /// The same message from this address of ours.
    #[must_use]
    pub fn from(self, from: Address) -> Self {
        Self { from: Some(from), ..self }
    }

    /// The same message with these words.
    #[must_use]
    pub fn body(self, body: impl Into<String>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// What Twilio is told.
    pub(super) fn form(&self) -> Parameters {
        let mut form = Parameters::new();
        let mut push = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                form.push(name, &value);
            }
        };
        push("To", Some(self.to.as_str().to_owned()));
        push("From", self.from.as_ref().map(|from| from.as_str().to_owned()));
        push("MessagingServiceSid", self.messaging_service.map(|sid| sid.to_string()));
        push("Body", Some(self.body.clone()).filter(|body| !body.is_empty()));
        for url in &self.media {
            push("MediaUrl", Some(url.clone()));
        }
        push("ContentSid", self.content.map(|sid| sid.to_string()));
        let variables = Some(&self.variables).filter(|variables| !variables.is_empty());
        push("ContentVariables", variables.map(|all| serde_json::json!(all).to_string()));
        push("PersistentAction", self.persistent_action.clone());
        push("StatusCallback", self.status_callback.clone());
        push("ScheduleType", self.send_at.map(|_| "fixed".to_owned()));
        push("SendAt", self.send_at.map(|time| time.to_string()));
        form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_by_twilios_names() {
        let draft = Draft {
            messaging_service: Some(MessagingServiceSid::new(1)),
            media: vec!["https://a.example/b.png".to_owned(), "https://a.example/c".to_owned()],
            content: Some(ContentSid::new(2)),
            variables: [("1".to_owned(), "3 \"pm\"".to_owned())].into(),
            persistent_action: Some("geo:1.5,2.5|Pier 1".to_owned()),
            status_callback: Some("https://a.example/status".to_owned()),
            send_at: Some(Timestamp::from_millis(1_767_268_800_000)),
            ..Draft::to("whatsapp:+15005550006".parse().unwrap())
                .from("whatsapp:+14155238886".parse().unwrap())
                .body("a & b")
        };
        let form = draft.form();
        let said: Vec<_> = form.iter().collect();
        let service = MessagingServiceSid::new(1).to_string();
        let content = ContentSid::new(2).to_string();
        assert_eq!(
            said,
            [
                ("To", "whatsapp:+15005550006"),
                ("From", "whatsapp:+14155238886"),
                ("MessagingServiceSid", service.as_str()),
                ("Body", "a & b"),
                ("MediaUrl", "https://a.example/b.png"),
                ("MediaUrl", "https://a.example/c"),
                ("ContentSid", content.as_str()),
                ("ContentVariables", r#"{"1":"3 \"pm\""}"#),
                ("PersistentAction", "geo:1.5,2.5|Pier 1"),
                ("StatusCallback", "https://a.example/status"),
                ("ScheduleType", "fixed"),
                ("SendAt", "2026-01-01T12:00:00.000Z"),
            ]
        );
        let bare = Draft::to("+15005550006".parse().unwrap()).form();
        assert_eq!(bare.encode(), "To=%2B15005550006");
    }
}
