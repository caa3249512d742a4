//! A message that is to be made: what Twilio is asked to send.

use std::collections::BTreeMap;

use crate::{
    conversation::clock::Timestamp,
    message::{Address, ContentSid, Location, MessagingServiceSid, Outbound, Parameters},
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

    /// The same message by this pool of senders, which chooses one; with an address of ours as
    /// well, that one.
    #[must_use]
    pub fn by(self, service: MessagingServiceSid) -> Self {
        Self { messaging_service: Some(service), ..self }
    }

    /// The same message with the attachment at this public URL.
    #[must_use]
    pub fn media(mut self, url: impl Into<String>) -> Self {
        self.media.push(url.into());
        self
    }

    /// The same message by this content template with these values, by the names of their places.
    #[must_use]
    pub fn content<N: Into<String>, V: Into<String>>(
        self,
        content: ContentSid,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let values = values.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { content: Some(content), variables: values.collect(), ..self }
    }

    /// The same message with a place on the map; its label becomes the body. WhatsApp shows it in
    /// an open session only
    /// (<https://www.twilio.com/docs/whatsapp/message-features#location-messages-with-whatsapp>).
    #[must_use]
    pub fn place(self, place: &Location) -> Self {
        let Location { latitude, longitude, label, address } = place;
        let mut action = format!("geo:{latitude},{longitude}");
        if let Some(address) = address {
            // A bar separates the two, so there is only one.
            action.push('|');
            action.push_str(&address.replace('|', " "));
        }
        let body = label.clone().unwrap_or(self.body);
        Self { persistent_action: Some(action), body, ..self }
    }

    /// The same message, reported to this URL.
    #[must_use]
    pub fn status_callback(self, url: impl Into<String>) -> Self {
        Self { status_callback: Some(url.into()), ..self }
    }

    /// The same message at this moment.
    #[must_use]
    pub fn send_at(self, time: Timestamp) -> Self {
        Self { send_at: Some(time), ..self }
    }

    /// The message as messages of which WhatsApp shows all, as [`Outbound::for_whatsapp`] has them;
    /// on other channels it stays as it is.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        if !self.to.is_whatsapp() {
            return vec![self.clone()];
        }
        let mut whole = Outbound::text(&*self.body);
        whole.media.clone_from(&self.media);
        let mut parts = whole.for_whatsapp().into_iter();
        let first =
            parts.next().map(|Outbound { body, media, .. }| Self { body, media, ..self.clone() });
        let others = parts.map(|Outbound { body, media, .. }| Self {
            body,
            media,
            content: None,
            variables: BTreeMap::new(),
            persistent_action: None,
            ..self.clone()
        });
        first.into_iter().chain(others).collect()
    }

    /// What Twilio is told.
    pub(super) fn form(&self) -> Parameters {
        let mut form = Parameters::new();
        let mut push = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                form.push(name, value);
            }
        };
        push("To", Some(self.to.as_str()));
        push("From", self.from.as_ref().map(Address::as_str));
        push("MessagingServiceSid", self.messaging_service.map(|sid| sid.to_string()).as_deref());
        push("Body", Some(&*self.body).filter(|body| !body.is_empty()));
        for url in &self.media {
            push("MediaUrl", Some(url));
        }
        push("ContentSid", self.content.map(|sid| sid.to_string()).as_deref());
        let variables = Some(&self.variables).filter(|variables| !variables.is_empty());
        let variables = variables.map(|all| serde_json::json!(all).to_string());
        push("ContentVariables", variables.as_deref());
        push("PersistentAction", self.persistent_action.as_deref());
        push("StatusCallback", self.status_callback.as_deref());
        push("ScheduleType", self.send_at.map(|_| "fixed"));
        push("SendAt", self.send_at.map(|time| time.to_string()).as_deref());
        form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_by_twilios_names() {
        let place = Location {
            latitude: 1.5,
            longitude: 2.5,
            label: Some("a & b".to_owned()),
            address: Some("Pier 1".to_owned()),
        };
        let draft = Draft {
            messaging_service: Some(MessagingServiceSid::new(1)),
            media: vec!["https://a.example/b.png".to_owned(), "https://a.example/c".to_owned()],
            ..Draft::to("whatsapp:+15005550006".parse().unwrap())
                .from("whatsapp:+14155238886".parse().unwrap())
                .content(ContentSid::new(2), [("1", "3 \"pm\"")])
                .place(&place)
                .status_callback("https://a.example/status")
                .send_at(Timestamp::from_millis(1_767_268_800_000))
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
