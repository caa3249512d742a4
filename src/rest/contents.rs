//! Twilio's content templates: made, fetched, listed, deleted, and shown to WhatsApp for approval.

use serde::Deserialize;
use serde_json::json;

use super::{
    Approval, Client, ContentDraft, ContentTemplate, RestError, Submission,
    approval::Approvals,
    transport::{Method, Payload},
};
use crate::message::ContentSid;

/// Some content templates of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ContentPage {
    /// The templates.
    pub contents: Vec<ContentTemplate>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct Meta {
    #[serde(default)]
    next_page_url: Option<String>,
}

impl ContentPage {
    /// Whether the list goes on behind these.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.meta.next_page_url.is_some()
    }
}

/// Source of these requests: <https://www.twilio.com/docs/content/content-api-resources>.
impl Client {
    /// Makes a content template. It may be sent in open sessions at once, and to open a
    /// conversation once WhatsApp has [approved](Self::submit_content) it.
    ///
    /// # Errors
    /// If it is beyond a limit ([`RestError::invalid_content`]), or was not taken.
    pub async fn create_content(&self, draft: &ContentDraft) -> Result<ContentTemplate, RestError> {
        draft.check()?;
        self.read(Method::Post, self.content(""), Payload::Json(draft.written())).await
    }

    /// The content template as it is now.
    ///
    /// # Errors
    /// If there is none ([`is_missing`](RestError::is_missing)), or it cannot be told.
    pub async fn fetch_content(&self, sid: ContentSid) -> Result<ContentTemplate, RestError> {
        self.read(Method::Get, self.content(&format!("/{sid}")), Payload::Empty).await
    }

    /// The first page of all content templates, at most this many on a page.
    ///
    /// # Errors
    /// If it cannot be told.
    pub async fn list_contents(&self, page_size: u16) -> Result<ContentPage, RestError> {
        let url = self.content(&format!("?PageSize={page_size}"));
        self.read(Method::Get, url, Payload::Empty).await
    }

    /// The page behind this one, if there is one.
    ///
    /// # Errors
    /// If it cannot be told.
    pub async fn next_contents(
        &self,
        page: &ContentPage,
    ) -> Result<Option<ContentPage>, RestError> {
        let Some(next) = &page.meta.next_page_url else { return Ok(None) };
        // The credentials go nowhere but to the API.
        let path = next.strip_prefix(&self.account().beside("content", ""));
        if !path.is_some_and(|path| path.starts_with('/')) {
            return Err(RestError::unreadable(200, "the next page is at another address"));
        }
        self.read(Method::Get, next.clone(), Payload::Empty).await.map(Some)
    }

    /// Removes a content template.
    ///
    /// # Errors
    /// If there is none, or it is not removed.
    pub async fn delete_content(&self, sid: ContentSid) -> Result<(), RestError> {
        let url = self.content(&format!("/{sid}"));
        self.exchange(Method::Delete, url, Payload::Empty).await.map(drop)
    }

    /// Shows a content template to WhatsApp. What becomes of that is [asked](Self::approval) later:
    /// mostly within the hour, at the latest within a day.
    ///
    /// # Errors
    /// If there is no such template, or its name or category is none.
    pub async fn submit_content(
        &self,
        sid: ContentSid,
        submission: &Submission,
    ) -> Result<Approval, RestError> {
        let url = self.content(&format!("/{sid}/ApprovalRequests/whatsapp"));
        self.read(Method::Post, url, Payload::Json(json!(submission))).await
    }

    /// What WhatsApp says of a content template; `None` if nobody has asked it.
    ///
    /// # Errors
    /// If there is no such template, or it cannot be told.
    pub async fn approval(&self, sid: ContentSid) -> Result<Option<Approval>, RestError> {
        let url = self.content(&format!("/{sid}/ApprovalRequests"));
        let all: Approvals = self.read(Method::Get, url, Payload::Empty).await?;
        Ok(all.whatsapp)
    }

    fn content(&self, path: &str) -> String {
        self.account().beside("content", &format!("/v1/Content{path}"))
    }
}
