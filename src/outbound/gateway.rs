//! The way out: what a courier asks of whatever sends messages, and the three ways to fail.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    conversation::{Key, clock::Timestamp},
    message::{ErrorCode, MessageSid, Outbound, Status},
};

/// Sends messages, and knows which ones it has sent.
///
/// The client for Twilio's REST API is one; a test writes its own in a few lines.
#[async_trait]
pub trait Gateway: fmt::Debug + Send + Sync + 'static {
    /// Sends one message; what it is called there, once it was taken.
    ///
    /// # Errors
    /// If it is not known to be sent; the [fault](Unsent::fault) says what is known.
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent>;

    /// Messages with the same words to the same person that were taken since `since`, oldest first.
    ///
    /// # Errors
    /// If it cannot be told.
    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent>;

    /// What has become of a message so far, and why it failed; nothing if this way cannot tell, as
    /// by default.
    ///
    /// # Errors
    /// If it cannot be told just now.
    async fn look(&self, _sid: MessageSid) -> Result<Option<(Status, Option<ErrorCode>)>, Unsent> {
        Ok(None)
    }
}

/// A boxed way is a way.
#[async_trait]
impl<T: Gateway + ?Sized> Gateway for Box<T> {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        (**self).send(letter).await
    }

    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        (**self).find(letter, since).await
    }

    async fn look(&self, sid: MessageSid) -> Result<Option<(Status, Option<ErrorCode>)>, Unsent> {
        (**self).look(sid).await
    }
}

/// A shared way is a way.
#[async_trait]
impl<T: Gateway + ?Sized> Gateway for Arc<T> {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        (**self).send(letter).await
    }

    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        (**self).find(letter, since).await
    }

    async fn look(&self, sid: MessageSid) -> Result<Option<(Status, Option<ErrorCode>)>, Unsent> {
        (**self).look(sid).await
    }
}

/// One message and its way: from the key's sender to its contact.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// Who writes to whom.
    pub key: &'a Key,
    /// What.
    pub message: &'a Outbound,
}

/// What is known of a message that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The message was refused, and will be each time.
    Refused,
    /// It was surely not sent, for a reason that may pass.
    NotSent,
    /// It may have been sent: whoever sends it again looks first.
    Unknown,
}

/// Why a message is not known to be sent; neither the message nor a number is in it.
#[derive(Debug)]
pub struct Unsent {
    /// What is known.
    pub fault: Fault,
    /// Twilio's code, if it gave one.
    pub code: Option<ErrorCode>,
    /// How long it is to be left alone, if that was said.
    pub after: Option<Duration>,
    source: Box<dyn Error + Send + Sync>,
}

/// The reason's own words, and what stands behind it.
impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for Unsent {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

impl Unsent {
    /// A fault with its reason, whose text goes to the log.
    pub fn new(fault: Fault, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { fault, code: None, after: None, source: source.into() }
    }

    /// The same, to be left alone for this long.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Self { after: Some(after), ..self }
    }
}
