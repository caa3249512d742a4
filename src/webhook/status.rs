//! Statuses: what became of the messages we sent.

use async_trait::async_trait;

use crate::message::StatusUpdate;

/// Hears what became of outbound messages.
///
/// Updates may come twice, late and in any order. Closures and async functions that take a
/// [`StatusUpdate`] implement it.
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hear statuses",
    note = "write an async function that takes a StatusUpdate, or implement StatusHandler"
)]
pub trait StatusHandler: Send + Sync + 'static {
    /// Hears one update.
    async fn status(&self, update: StatusUpdate);
}

/// The default: failures go to the log as warnings, with what to do; all else as debug lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogStatus;

#[async_trait]
impl StatusHandler for LogStatus {
    async fn status(&self, update: StatusUpdate) {
        let (sid, status) = (update.sid, &update.status);
        if status.is_failure() {
            let error = update.error.map_or_else(|| "unknown".to_owned(), |code| code.to_string());
            tracing::warn!(%sid, %status, error, "a message was not delivered");
        } else {
            tracing::debug!(%sid, %status, "status");
        }
    }
}

#[async_trait]
impl<H, F> StatusHandler for H
where
    H: Fn(StatusUpdate) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    async fn status(&self, update: StatusUpdate) {
        self(update).await;
    }
}
