//! Messages whose reply took too long for their caller, on their way back to the bot.

use std::fmt;

use async_trait::async_trait;

use crate::message::Parameters;

/// Takes back messages whose reply took too long for their caller, until each of them is done.
///
/// A [`Webhook`](crate::Webhook) is one; whoever runs a courier without needs none.
#[async_trait]
pub trait Latecomers: fmt::Debug + Send + Sync + 'static {
    /// Sees to it that the message with these parameters is handled, and says in about a second how
    /// far that has come.
    async fn resume(&self, message: Parameters) -> Resumed;
}

/// How far a message has come that was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumed {
    /// It is handled, or never will be.
    Done,
    /// It is being handled.
    AtWork,
    /// It could not be handled now.
    Failed,
}
