//! What can go wrong in a turn, and the author's hook for it.

use std::any::Any;

use super::{Answers, Error, InvalidReply, handler::Answering};
use crate::{message::Inbound, store::StoreError};

/// Why a turn was not answered. The conversation is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The handler returned an error, and the error hook had no reply.
    #[error("the handler failed")]
    Handler(#[source] Error),
    /// The handler panicked, and the error hook had no reply.
    #[error("the handler panicked")]
    Panicked(#[source] Panicked),
    /// The reply breaks a limit of Twilio's.
    #[error("the reply cannot be sent")]
    Reply(#[source] InvalidReply),
    /// The store could not begin or commit the turn.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The answer that was committed earlier cannot be read.
    #[error("the answer that was given earlier cannot be read")]
    Answer(#[from] serde_json::Error),
    /// Too many messages of the conversation wait already.
    #[error("too many messages of this conversation are waiting")]
    Crowded,
}

impl TurnError {
    /// Whether the same message may be answered if it comes again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Crowded)
    }
}

impl From<Error> for TurnError {
    /// By what the error is: a panic, a reply that breaks a limit, or the handler's own.
    fn from(error: Error) -> Self {
        match error.downcast::<Panicked>() {
            Ok(panic) => Self::Panicked(*panic),
            Err(error) => match error.downcast::<InvalidReply>() {
                Ok(reply) => Self::Reply(*reply),
                Err(error) => Self::Handler(error),
            },
        }
    }
}

/// What a handler may return as its error: whatever `?` turns into an [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a handler",
    label = "a handler that returns this in its `Result`",
    note = "an error implements std::error::Error, Send and Sync; for any error at all, return chinwag::Result"
)]
pub trait IntoError {
    /// The error, once its type is forgotten.
    fn into_error(self) -> Error;
}

#[diagnostic::do_not_recommend]
impl<E: Into<Error>> IntoError for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

/// A handler's panic.
///
/// Neither `Display` nor `Debug` shows its text, which may quote what a person wrote; the panic
/// hook has printed it already.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("a panic, whose text and place stand on standard error")]
pub struct Panicked(String);

impl std::fmt::Debug for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Panicked([hidden])")
    }
}

impl Panicked {
    /// The panic's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn with(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Self(text.unwrap_or_else(|| "a panic without a text".to_owned()))
    }
}

/// A handler's failure, as the error hook sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What the handler returned, a [`Panicked`], or an [`InvalidReply`].
    pub error: Error,
    /// The message that is not answered yet.
    pub message: Inbound,
}

/// The error hook, once its shape is forgotten.
pub(super) type Hook = Box<dyn Fn(Failure) -> Answering<'static> + Send + Sync>;

/// Puts the author's hook into that shape.
pub(super) fn hook<H, F>(hook: H) -> Hook
where
    H: Fn(Failure) -> F + Send + Sync + 'static,
    F: Answers,
{
    Box::new(move |failure| hook(failure).answer())
}
