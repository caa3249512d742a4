//! GROUND: the XML that Twilio understands, as values, with a writer and a strict reader.
//!
//! Twilio answers an inbound message with what the webhook returns: a `<Response>` of verbs. Of
//! the verbs only [`Message`] and [`Redirect`] mean something in messaging. [`Response::to_xml`]
//! writes such a document inside Twilio's limits, [`Response::read`] reads one as strictly as
//! Twilio does. Source: <https://www.twilio.com/docs/messaging/twiml>.

mod verbs;

mod limits;
mod write;

mod mistakes;
mod read;

mod advice;
mod characters;
mod declaration;
mod grammar;
mod pieces;
#[cfg(test)]
mod twins;

pub use limits::{LimitError, MAX_BODY, MAX_DOCUMENT, MAX_MEDIA, MAX_MESSAGES};
pub use mistakes::{Fault, Oddity, Place, ReadError, Warning};
pub use read::Document;
pub use verbs::{Message, Method, Redirect, Verb};

/// What to do with an inbound message: verbs in their order, or none to say nothing.
///
/// ```
/// use chinwag::twiml::{Message, Response};
///
/// let answer = Response::new()
///     .message("Hello")
///     .message(Message::new("Our menu").media("https://example.com/menu.pdf"));
/// assert_eq!(
///     answer.to_xml()?,
///     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>Hello</Message>\
///      <Message><Body>Our menu</Body><Media>https://example.com/menu.pdf</Media></Message>\
///      </Response>",
/// );
/// # Ok::<(), chinwag::twiml::LimitError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// What is done, first to last.
    pub verbs: Vec<Verb>,
}

impl Response {
    /// The empty response: Twilio sends nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { verbs: Vec::new() }
    }

    /// Sends one more message; a text becomes its body.
    #[must_use]
    pub fn message(mut self, message: impl Into<Message>) -> Self {
        self.verbs.push(Verb::Message(message.into()));
        self
    }

    /// Goes on with the document at another URL; what follows is never reached.
    #[must_use]
    pub fn redirect(mut self, to: impl Into<Redirect>) -> Self {
        self.verbs.push(Verb::Redirect(to.into()));
        self
    }

    /// Whether nothing is said or done.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.verbs.is_empty()
    }

    /// The messages among the verbs, first to last.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.verbs.iter().filter_map(|verb| match verb {
            Verb::Message(message) => Some(message),
            Verb::Redirect(_) => None,
        })
    }
}

impl From<&str> for Response {
    fn from(body: &str) -> Self {
        Self::new().message(body)
    }
}

impl From<String> for Response {
    fn from(body: String) -> Self {
        Self::new().message(body)
    }
}

impl From<Message> for Response {
    fn from(message: Message) -> Self {
        Self::new().message(message)
    }
}

impl<M: Into<Message>> FromIterator<M> for Response {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        Self { verbs: messages.into_iter().map(|m| Verb::Message(m.into())).collect() }
    }
}
