//! Fallback calls: Twilio's second try, after our first answer failed.

use async_trait::async_trait;

use crate::{
    dispatch::Reply,
    message::{ErrorCode, Inbound},
};

/// A message whose webhook call failed, and why.
///
/// Source: <https://www.twilio.com/docs/usage/security/availability-reliability>.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedCall {
    /// The message that was not answered.
    pub message: Inbound,
    /// Why, such as 11200.
    pub error: ErrorCode,
    /// The URL that failed.
    pub url: Option<String>,
}

/// Answers fallback calls.
///
/// Closures and async functions from `FailedCall` to `Option<Reply>` implement it.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot answer fallback calls",
    note = "write an async function from FailedCall to Option<Reply>, or implement FallbackHandler"
)]
pub trait FallbackHandler: Send + Sync + 'static {
    /// A reply in place of the bot's, or `None` for the bot to try again.
    async fn fallback(&self, call: FailedCall) -> Option<Reply>;
}

/// The default: the bot gets the message again.
///
/// If it had answered and only the answer was lost, the same answer goes out and nothing happens
/// twice; if it had failed, this is its second chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct TryAgain;

#[async_trait]
impl FallbackHandler for TryAgain {
    async fn fallback(&self, call: FailedCall) -> Option<Reply> {
        tracing::warn!(error = %call.error, inbound = ?call.message, "Twilio called the fallback URL; trying again");
        None
    }
}

#[async_trait]
impl<H, F> FallbackHandler for H
where
    H: Fn(FailedCall) -> F + Send + Sync + 'static,
    F: Future<Output = Option<Reply>> + Send,
{
    async fn fallback(&self, call: FailedCall) -> Option<Reply> {
        self(call).await
    }
}
