//! Attachments as Twilio keeps them: listed, fetched, deleted. Their bytes are a [download](super::Downloads).

use serde::Deserialize;

use super::{
    Client, RestError,
    transport::{Method, Payload},
};
use crate::{
    conversation::clock::Timestamp,
    message::{ContentType, MediaSid, MessageSid},
};

/// What Twilio keeps of an attachment, beside its bytes.
///
/// Source: <https://www.twilio.com/docs/messaging/api/media-resource>.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// Its id.
    pub sid: MediaSid,
    /// What it is.
    pub content_type: ContentType,
    /// When Twilio took it, to the second.
    pub created: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Written {
    sid: String,
    content_type: Option<String>,
    date_created: Option<String>,
}

#[derive(Deserialize)]
struct MediaList {
    media_list: Vec<Attachment>,
}

impl<'de> Deserialize<'de> for Attachment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        Ok(Self {
            sid: written.sid.parse().map_err(serde::de::Error::custom)?,
            content_type: written.content_type.unwrap_or_default().into(),
            created: written.date_created.and_then(|text| Timestamp::from_rfc_2822(&text)),
        })
    }
}

impl Client {
    /// All attachments of a message; there are at most ten.
    ///
    /// # Errors
    /// If there is no such message, or it cannot be told.
    pub async fn media(&self, message: MessageSid) -> Result<Vec<Attachment>, RestError> {
        let url = self.account().url(&format!("/Messages/{message}/Media.json"));
        let list: MediaList = self.read(Method::Get, url, Payload::Empty).await?;
        Ok(list.media_list)
    }

    /// One attachment of a message.
    ///
    /// # Errors
    /// If there is none ([`is_missing`](RestError::is_missing)), or it cannot be told.
    pub async fn fetch_media(
        &self,
        message: MessageSid,
        media: MediaSid,
    ) -> Result<Attachment, RestError> {
        self.read(Method::Get, self.medium(message, media), Payload::Empty).await
    }

    /// Removes Twilio's copy of an attachment; what is not removed is kept as long as the account.
    ///
    /// # Errors
    /// If there is none, or it is not removed.
    pub async fn delete_media(
        &self,
        message: MessageSid,
        media: MediaSid,
    ) -> Result<(), RestError> {
        let url = self.medium(message, media);
        self.exchange(Method::Delete, url, Payload::Empty).await.map(drop)
    }

    fn medium(&self, message: MessageSid, media: MediaSid) -> String {
        self.account().url(&format!("/Messages/{message}/Media/{media}.json"))
    }
}
