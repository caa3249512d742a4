//! What carries messages between people and a bot.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::{cluster::Time, hostile::Schedule};
use crate::{
    dispatch::{Reply, TurnError},
    message::{Address, Inbound, Outbound},
    store::Store,
};

/// What carries messages between people and a bot, and lets time pass for both.
#[async_trait]
pub(super) trait Line: Send + Sync {
    /// Carries a message to the bot, and the answer back.
    async fn carries(&self, message: Inbound) -> Carried;

    /// Lets this much time pass, and carries what becomes due meanwhile.
    async fn passes(&self, time: Duration);

    /// What has come unasked to this person since this was asked last.
    async fn brings(&self, contact: &Address) -> Vec<Outbound>;

    /// Waits for everything that is still under way; if something was wrong, says what.
    async fn ends(&self) -> Result<(), String> {
        Ok(())
    }

    /// Our sender, if it is not the usual one.
    fn sender(&self) -> Option<Address> {
        None
    }

    /// Where the bot remembers and what its clock is, if another may take its place.
    fn place(&self) -> Option<(Arc<dyn Store>, Time)> {
        None
    }

    /// Apart from other lines on the same store, messages have this number in front of their own.
    fn number(&self) -> u64 {
        0
    }
}

/// What came of a message.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) outcome: Result<Reply, TurnError>,
    /// Why each route took the message or not, when nothing was said.
    pub(super) explanation: String,
    /// What was wrong beside the answer, and what led to it.
    pub(super) trouble: Option<String>,
    /// What happened to it, under hostile conditions.
    pub(super) schedule: Option<Arc<Schedule>>,
}
