//! What a turn says back, whatever a handler returns.

use std::borrow::Cow;

use super::{Error, IntoError, Remembered, aside::Aside, dialogue::Begin};
use crate::{
    conversation::{Record, Stored, Uninvited, to_note},
    markup::Rich,
    message::{LONGEST_BODY, MOST_MEDIA, MOST_REPLIES, Outbound},
    store::Answer,
};

/// What a turn says back: messages, or none, and what is remembered from then on.
///
/// Twilio takes ten messages and 64 kB in one answer. What is above goes out right behind it where
/// the webhook has a [way to send](crate::Webhook::sends_through); without one such a reply is
/// [refused](InvalidReply). A text is WhatsApp's markup. One that is longer than 1,600 characters goes out in parts; on
/// channels that show no markup, such as SMS, it goes out as plain text.
///
/// ```
/// use chinwag::Reply;
///
/// let reply = Reply::text("Here is our *menu*:")
///     .and(Reply::media("https://example.com/menu.pdf"))
///     .and("Tell us what you like.");
/// assert_eq!(reply.messages().len(), 3);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "a reply says nothing until a handler returns it"]
pub struct Reply {
    pub(super) messages: Vec<Outbound>,
    /// Of messages that were rich text, by their number: the text before it was markup.
    pub(super) raw: Vec<(usize, Rich)>,
    notes: Vec<(&'static str, String)>,
    /// A dialogue that begins with the reply.
    begin: Option<Box<Begin>>,
    pub(super) aside: Option<Box<Aside>>,
}

/// Why a reply cannot be sent; nothing of it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReply {
    /// More than ten messages: Twilio's error 14109.
    #[error("a reply has at most {MOST_REPLIES} messages, not {0}")]
    TooMany(usize),
    /// A body above 1,600 UTF-16 units: Twilio's error 21617.
    #[error(
        "message {0} of the reply is longer than {LONGEST_BODY} characters and cannot be split"
    )]
    TooLong(usize),
    /// More than ten attachments, or one without a URL: Twilio's errors 21623 and 21620.
    #[error(
        "message {0} of the reply has more than {MOST_MEDIA} attachments, or one without a URL"
    )]
    Media(usize),
    /// All messages together, as XML, are above 64 kB: Twilio's error 11750.
    #[error("the reply is larger than 64 kB; send fewer messages")]
    TooLarge,
}

impl Reply {
    /// Says nothing.
    pub fn silent() -> Self {
        Self::default()
    }

    /// One text, in WhatsApp's markup.
    pub fn text(body: impl Into<String>) -> Self {
        Outbound::text(body).into()
    }

    /// One attachment, by its public URL.
    pub fn media(url: impl Into<String>) -> Self {
        Outbound::media(url).into()
    }

    /// This text stands below the last message's attachment, or in place of its text.
    ///
    /// WhatsApp shows it with images; with audio, video and documents it goes out as a message of its
    /// own, behind the attachment.
    pub fn caption(mut self, body: impl Into<String>) -> Self {
        match self.messages.last_mut() {
            Some(last) => {
                last.body = body.into();
                let last = self.messages.len() - 1;
                self.raw.retain(|(number, _)| *number != last);
            }
            None => self.messages.push(Outbound::text(body)),
        }
        self
    }

    /// And then this.
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        let more = more.into();
        let before = self.messages.len();
        self.raw.extend(more.raw.into_iter().map(|(number, raw)| (before + number, raw)));
        self.messages.extend(more.messages);
        self.notes.extend(more.notes);
        self.begin = more.begin.or(self.begin);
        self.aside = match (self.aside, more.aside) {
            (Some(aside), Some(more)) => Some(Box::new(aside.and(*more))),
            (aside, more) => aside.or(more),
        };
        self
    }

    /// The messages, in their order.
    #[must_use]
    pub fn messages(&self) -> &[Outbound] {
        &self.messages
    }

    /// The messages, by value.
    #[must_use]
    pub fn into_messages(self) -> Vec<Outbound> {
        self.messages
    }

    /// The messages, which are said by other means.
    pub(super) fn take_messages(&mut self) -> Vec<Outbound> {
        self.raw.clear();
        std::mem::take(&mut self.messages)
    }

    /// The newest message alone.
    pub(super) fn newest(&self) -> Self {
        let Some(newest) = self.messages.last() else { return Self::silent() };
        let number = self.messages.len() - 1;
        let raw = self.raw.iter().filter(|(of, _)| *of == number);
        let raw = raw.map(|(_, rich)| (0, rich.clone())).collect();
        Self { messages: vec![newest.clone()], raw, ..Self::default() }
    }

    /// With it this dialogue begins.
    pub(super) fn beginning(self, begin: Begin) -> Self {
        Self { begin: Some(Box::new(begin)), ..self }
    }

    /// Whether a dialogue begins with it.
    pub(super) fn begins(&self) -> bool {
        self.begin.is_some()
    }

    pub(super) fn take_begin(&mut self) -> Option<Begin> {
        self.begin.take().map(|begin| *begin)
    }

    pub(super) fn take_notes(&mut self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn take_aside(&mut self) -> Aside {
        self.aside.take().map(|aside| *aside).unwrap_or_default()
    }

    /// Whether nothing is planned for somebody who has not opted in.
    pub(super) fn check_aside(&self, record: &Record) -> Result<(), Uninvited> {
        self.aside.as_ref().map_or(Ok(()), |aside| aside.check(record))
    }

    /// The messages as the store keeps them; [`recall`](Self::recall) reads it.
    pub(super) fn answer(&self) -> Answer {
        Answer::new(serde_json::to_vec(&self.messages).expect("texts and lists are always JSON"))
    }

    /// The messages of a turn that was committed earlier.
    pub(super) fn recall(answer: &Answer) -> Result<Self, serde_json::Error> {
        let messages = serde_json::from_slice(answer.as_bytes())?;
        Ok(Self { messages, ..Self::default() })
    }
}

impl From<Outbound> for Reply {
    fn from(message: Outbound) -> Self {
        Self { messages: vec![message], ..Self::default() }
    }
}

impl From<&str> for Reply {
    fn from(body: &str) -> Self {
        Self::text(body)
    }
}

impl From<String> for Reply {
    fn from(body: String) -> Self {
        Self::text(body)
    }
}

impl From<Rich> for Reply {
    fn from(body: Rich) -> Self {
        let messages = vec![Outbound::text(body.to_string())];
        Self { messages, raw: vec![(0, body)], ..Self::default() }
    }
}

/// What a handler may return.
///
/// `None` and `()` say nothing. An error undoes the turn and goes to the bot's error hook.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a reply",
    label = "a handler that returns this",
    note = "return text (&str, String), markup (Rich), Reply, Outbound, (), (reply, Remembered(value)), Step, or Option, Result or Vec of these",
    note = "a number becomes text by `.to_string()`"
)]
pub trait IntoReply {
    /// The reply, or why there is none.
    ///
    /// # Errors
    /// If the handler failed, or a value to be remembered has no form in JSON.
    fn into_reply(self) -> Result<Reply, Error>;
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        impl IntoReply for $text {
            fn into_reply(self) -> Result<Reply, Error> {
                Ok(self.into())
            }
        }
    )*};
}

texts! { &str String Rich Outbound }

impl IntoReply for Reply {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self)
    }
}

impl IntoReply for Cow<'_, str> {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(Reply::text(self))
    }
}

impl IntoReply for () {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(Reply::silent())
    }
}

impl<R: IntoReply> IntoReply for Option<R> {
    fn into_reply(self) -> Result<Reply, Error> {
        self.map_or_else(|| Ok(Reply::silent()), R::into_reply)
    }
}

impl<R: IntoReply, E: IntoError> IntoReply for Result<R, E> {
    fn into_reply(self) -> Result<Reply, Error> {
        self.map_err(E::into_error)?.into_reply()
    }
}

impl<R: IntoReply> IntoReply for Vec<R> {
    fn into_reply(self) -> Result<Reply, Error> {
        self.into_iter().try_fold(Reply::silent(), |all, one| Ok(all.and(one.into_reply()?)))
    }
}

impl<R: IntoReply, T: Stored> IntoReply for (R, Remembered<T>) {
    fn into_reply(self) -> Result<Reply, Error> {
        let mut reply = self.0.into_reply()?;
        reply.notes.push((T::NAME, to_note(&self.1.0)?));
        Ok(reply)
    }
}

/// With `None`, what was remembered stays as it is.
impl<R: IntoReply, T: Stored> IntoReply for (R, Option<Remembered<T>>) {
    fn into_reply(self) -> Result<Reply, Error> {
        match self.1 {
            Some(remembered) => (self.0, remembered).into_reply(),
            None => self.0.into_reply(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Excess;

    fn bodies(reply: impl IntoReply) -> Vec<String> {
        let contact = "whatsapp:+15005550006".parse().unwrap();
        let reply = reply.into_reply().unwrap().finished(&contact, Excess::Refused).unwrap();
        reply.into_messages().into_iter().map(|message| message.body).collect()
    }

    #[test]
    fn handlers_return_what_they_want() {
        assert_eq!(bodies("a"), ["a"]);
        assert_eq!(bodies(String::from("a")), ["a"]);
        assert_eq!(bodies(Some(Ok::<_, Error>("a"))), ["a"]);
        assert_eq!(bodies(vec!["a", "", "b"]), ["a", "b"]);
        assert_eq!(bodies(Reply::text("a").and("b")), ["a", "b"]);
        assert!(bodies(()).is_empty() && bodies(None::<&str>).is_empty());
        assert!(Err::<&str, _>(InvalidReply::TooMany(11)).into_reply().is_err());
    }

    #[test]
    fn an_answer_is_recalled_as_it_was() {
        let reply =
            Reply::text("*hi* \"there\" 🐟").and(Reply::media("https://a.example/b").caption("c"));
        assert_eq!(Reply::recall(&reply.answer()).unwrap(), reply);
        assert!(Reply::recall(&Answer::new(&b"{"[..])).is_err());
    }
}
