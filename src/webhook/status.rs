//! Statuses: what became of the messages we sent.

use async_trait::async_trait;

use crate::{message::StatusUpdate, store::Delivery};

/// Hears what became of outbound messages.
///
/// Updates may come twice, late and in any order. With each comes the [`Delivery`] that it belongs
/// to, if it is one of the outbox's: what has become of that by now, which only moves forward, and
/// by its parcel which turn or notification it was. Closures and async functions that take both
/// implement it.
///
/// ```
/// use chinwag::{Bot, Webhook, message::StatusUpdate, store::Delivery};
///
/// let bot = Bot::new(()).otherwise(async || "Hello!");
/// let hears = async |update: StatusUpdate, delivery: Option<Delivery>| {
///     if let Some(delivery) = delivery.filter(|delivery| delivery.status.is_failure()) {
///         println!("{:?} was not reached: {:?}", delivery.key, update.error);
///     }
/// };
/// let webhook = Webhook::new(bot).on_status(hears);
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hear statuses",
    note = "write an async function that takes a StatusUpdate and an Option<Delivery>, or implement StatusHandler"
)]
pub trait StatusHandler: Send + Sync + 'static {
    /// Hears one update, of this delivery if it is known.
    async fn status(&self, update: StatusUpdate, delivery: Option<Delivery>);
}

/// The default: failures go to the log as warnings, with what to do; all else as debug lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogStatus;

#[async_trait]
impl StatusHandler for LogStatus {
    async fn status(&self, update: StatusUpdate, _delivery: Option<Delivery>) {
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
    H: Fn(StatusUpdate, Option<Delivery>) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send,
{
    async fn status(&self, update: StatusUpdate, delivery: Option<Delivery>) {
        self(update, delivery).await;
    }
}
