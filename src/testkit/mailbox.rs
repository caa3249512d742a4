//! What has come unasked, until its person looks; and whose timers are to ring.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Mutex,
};

use super::cluster::lock;
use crate::{
    conversation::{Key, clock::Timestamp},
    dispatch::Bot,
    message::{Address, Inbound, Outbound},
};

/// Conversations of a line, and what has come to each person unasked.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    keys: Mutex<BTreeSet<Key>>,
    mail: Mutex<HashMap<String, Vec<Outbound>>>,
}

impl Mailbox {
    /// Somebody has written.
    pub(super) fn knows(&self, message: &Inbound) {
        lock(&self.keys).insert(Key::of(message));
    }

    /// When the next timer of any conversation is due.
    pub(super) async fn due<S: Send + Sync + 'static>(&self, bot: &Bot<S>) -> Option<Timestamp> {
        let keys = lock(&self.keys).clone();
        let mut due = None;
        for key in &keys {
            let next = bot.due_in(key).await;
            due = due.into_iter().chain(next).min();
        }
        due
    }

    /// Delivers what waits in the outbox.
    pub(super) async fn fills<S: Send + Sync + 'static>(&self, bot: &Bot<S>) {
        for (key, message) in bot.take_parcels().await {
            lock(&self.mail).entry(key.contact().to_owned()).or_default().push(message);
        }
    }

    /// The person looks.
    pub(super) fn takes(&self, contact: &Address) -> Vec<Outbound> {
        lock(&self.mail).remove(contact.as_str()).unwrap_or_default()
    }
}
