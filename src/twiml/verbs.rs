//! The two verbs of messaging TwiML, and how Twilio is to call a URL.

use std::fmt;

use crate::message::Address;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verb {
    /// Send a message.
    Message(Message),
    /// Go on with the document at another URL.
    Redirect(Redirect),
}

/// A message to send: text, media or both.
///
/// Leading and trailing white space of the body is not significant to Twilio, whose own examples
/// put the text on a line by itself, so do not rely on it. `WhatsApp` takes one media a message and
/// drops the body beside audio, video, documents and contacts.
///
/// Source: <https://www.twilio.com/docs/messaging/twiml/message>.
///
/// ```
/// use chinwag::twiml::Message;
///
/// let photo = Message::new("Here it is").media("/photos/7.jpg").action("/status");
/// assert_eq!(photo.media, ["/photos/7.jpg"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The text: at most [`MAX_BODY`](super::MAX_BODY) UTF-16 units, and empty for none.
    pub body: String,
    /// URLs of what is attached, absolute or relative to this document: at most
    /// [`MAX_MEDIA`](super::MAX_MEDIA).
    pub media: Vec<String>,
    /// Who gets it; without it, the sender of the inbound message.
    pub to: Option<Address>,
    /// Who it is from, one of the account's senders; without it, the one that was written to.
    pub from: Option<Address>,
    /// URL for status callbacks. Some accounts honour only this one, some only
    /// `status_callback`; Twilio's advice is to set both to the same URL.
    pub action: Option<String>,
    /// How `action` is called; without it, by `POST`.
    pub method: Option<Method>,
    /// URL for status callbacks; see `action`.
    pub status_callback: Option<String>,
}

impl Message {
    /// A message with this text.
    #[must_use]
    pub fn new(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// Attaches what is at the URL.
    #[must_use]
    pub fn media(mut self, url: impl Into<String>) -> Self {
        self.media.push(url.into());
        self
    }

    /// Sends it to another than who wrote; on `WhatsApp` the 24-hour rule holds for that address.
    #[must_use]
    pub fn to(mut self, address: Address) -> Self {
        self.to = Some(address);
        self
    }

    /// Sends it from another sender of the account.
    #[must_use]
    pub fn from(mut self, address: Address) -> Self {
        self.from = Some(address);
        self
    }

    /// Reports what becomes of it to the URL.
    #[must_use]
    pub fn action(mut self, url: impl Into<String>) -> Self {
        self.action = Some(url.into());
        self
    }

    /// How `action` is called.
    #[must_use]
    pub const fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Reports what becomes of it to the URL, beside `action`.
    #[must_use]
    pub fn status_callback(mut self, url: impl Into<String>) -> Self {
        self.status_callback = Some(url.into());
        self
    }
}

impl From<&str> for Message {
    fn from(body: &str) -> Self {
        Self::new(body)
    }
}

impl From<String> for Message {
    fn from(body: String) -> Self {
        Self::new(body)
    }
}

/// Goes on with the document at another URL; verbs after it are never reached.
///
/// Twilio fetches at most 50 documents for one message (error 14106).
/// Source: <https://www.twilio.com/docs/messaging/twiml/redirect>.
///
/// ```
/// use chinwag::twiml::{Method, Redirect, Response};
///
/// let answer = Response::new().redirect(Redirect::new("/menu?page=2").method(Method::Get));
/// assert!(answer.to_xml()?.ends_with("<Redirect method=\"GET\">/menu?page=2</Redirect></Response>"));
/// # Ok::<(), chinwag::twiml::LimitError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redirect {
    /// The document's URL, absolute or relative to this one.
    pub url: String,
    /// How it is fetched; without it, by `POST`.
    pub method: Option<Method>,
}

impl Redirect {
    /// Goes on at this URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), method: None }
    }

    /// How the document is fetched.
    #[must_use]
    pub const fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }
}

impl From<&str> for Redirect {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Redirect {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

/// How Twilio calls a URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// Parameters in the query.
    Get,
    /// Parameters in a form; what Twilio does unless told otherwise.
    #[default]
    Post,
}

impl Method {
    /// `GET` or `POST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    /// The method of this name, which is written in capitals.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Get, Self::Post].into_iter().find(|method| method.as_str() == name)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
