//! What an inbound message holds: one kind of content out of a closed list.

use super::{Media, MediaKind};

/// What the person sent.
///
/// Kinds that Twilio or WhatsApp may add arrive as [`Other`](Content::Other), with their text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Text, at most 1,600 characters, in WhatsApp's markup as the person typed it.
    Text(String),
    /// An image, a voice message, a video or a document, with the text below it.
    ///
    /// WhatsApp delivers one attachment a message; MMS up to ten.
    Media {
        /// The attachments, never none.
        media: Vec<Media>,
        /// The text that came along.
        caption: Option<String>,
    },
    /// A sticker: an image of type `image/webp`.
    Sticker(Media),
    /// A contact card: an attachment of type `text/vcard`.
    Contact(Media),
    /// A place on the map.
    Location(Location),
    /// A tap on a quick-reply button.
    Button(Button),
    /// A choice from a list.
    ListChoice(ListChoice),
    /// A submitted WhatsApp Flow or another rich reply.
    Flow(Flow),
    /// A kind that has no name here, by Twilio's `MessageType`, with its text.
    Other {
        /// Twilio's word for it, such as `reaction`; may be empty.
        kind: String,
        /// The text that came along; may be empty.
        body: String,
    },
}

/// A place on the map; live locations are not delivered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Location {
    /// Degrees north of the equator, -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude: f64,
    /// The place's name.
    pub label: Option<String>,
    /// The place's address, in one line.
    pub address: Option<String>,
}

/// A tap on a quick-reply button of an earlier message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Button {
    /// What stood on the button, at most 20 characters.
    pub text: String,
    /// The id that the template gave the button, at most 200 characters.
    pub payload: Option<String>,
}

/// A row that was chosen from a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListChoice {
    /// The row's id, at most 200 characters.
    pub id: String,
    /// The row's title, at most 24 characters.
    pub title: String,
    /// The row's second line, at most 72 characters.
    pub description: Option<String>,
}

/// What a rich reply carried, as JSON texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flow {
    /// `InteractiveData`: the whole reply, such as `{"flowResponse": …}`.
    pub interactive: Option<String>,
    /// `FlowData`: the form's fields.
    pub fields: Option<String>,
}

impl Flow {
    /// Reads the form's fields.
    ///
    /// # Errors
    /// If there are none, or they are not what `T` expects.
    pub fn fields<T: serde::de::DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.fields.as_deref().unwrap_or("null"))
    }
}

impl Content {
    /// The content of a message with these attachments: a sticker, a contact card or media.
    ///
    /// No attachment at all makes it a text.
    #[must_use]
    pub fn with_media(mut media: Vec<Media>, body: String) -> Self {
        let kind = media.first().map(Media::kind);
        match (media.pop(), kind) {
            (None, _) => Self::Text(body),
            (Some(one), Some(MediaKind::Sticker)) if media.is_empty() => Self::Sticker(one),
            (Some(one), Some(MediaKind::Contact)) if media.is_empty() => Self::Contact(one),
            (Some(last), _) => {
                media.push(last);
                Self::Media { media, caption: (!body.is_empty()).then_some(body) }
            }
        }
    }

    /// The words of the message: a text, a caption, what stood on a button or a chosen row.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Other { body: text, .. } => text,
            Self::Media { caption, .. } => caption.as_deref().unwrap_or_default(),
            Self::Button(button) => &button.text,
            Self::ListChoice(choice) => &choice.title,
            Self::Sticker(_) | Self::Contact(_) | Self::Location(_) | Self::Flow(_) => "",
        }
    }

    /// What the person chose: a button's payload, else a row's id, else the words.
    #[must_use]
    pub fn choice(&self) -> &str {
        match self {
            Self::Button(Button { payload: Some(payload), .. }) => payload,
            Self::ListChoice(choice) if !choice.id.is_empty() => &choice.id,
            _ => self.text(),
        }
    }

    /// The attachments, stickers and contact cards included.
    #[must_use]
    pub fn media(&self) -> &[Media] {
        match self {
            Self::Media { media, .. } => media,
            Self::Sticker(one) | Self::Contact(one) => std::slice::from_ref(one),
            _ => &[],
        }
    }

    /// What it is, in one word, for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Media { .. } => "media",
            Self::Sticker(_) => "sticker",
            Self::Contact(_) => "contact",
            Self::Location(_) => "location",
            Self::Button(_) => "button",
            Self::ListChoice(_) => "list choice",
            Self::Flow(_) => "flow",
            Self::Other { .. } => "other",
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Media without a caption, a sticker or a contact card, by the content type.
impl From<Media> for Content {
    fn from(media: Media) -> Self {
        Self::with_media(vec![media], String::new())
    }
}

macro_rules! kinds {
    ($($kind:ident)*) => {$(
        impl From<$kind> for Content {
            fn from(content: $kind) -> Self {
                Self::$kind(content)
            }
        }
    )*};
}

kinds! { Location Button ListChoice Flow }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_the_payload_then_the_row_then_the_words() {
        let button = |payload: Option<&str>| {
            Content::Button(Button { text: "Yes".into(), payload: payload.map(Into::into) })
        };
        assert_eq!(button(Some("yes-1")).choice(), "yes-1");
        assert_eq!(button(None).choice(), "Yes");
        let row = ListChoice { id: "r1".into(), title: "Row".into(), description: None };
        assert_eq!(Content::ListChoice(row).choice(), "r1");
        assert_eq!(Content::Text("hi".into()).choice(), "hi");
    }

    #[test]
    fn attachments_decide_the_kind() {
        let of = |types: &[&str]| {
            let media = types.iter().map(|t| Media::new("https://example.com/1", *t)).collect();
            Content::with_media(media, "words".into()).kind()
        };
        assert_eq!(of(&[]), "text");
        assert_eq!(of(&["image/webp"]), "sticker");
        assert_eq!(of(&["text/vcard"]), "contact");
        assert_eq!(of(&["image/png"]), "media");
        assert_eq!(of(&["text/vcard", "image/png"]), "media");
    }
}
