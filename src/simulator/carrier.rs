//! Twilio's side: takes a person's message to the bot's webhook and its answer back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::watch, task::JoinSet};

use super::{rules::Rules, sender::Sender, world::World};
use crate::{
    conversation::{Key, clock::Clock},
    message::{AccountSid, Address},
    webhook::Signer,
};

/// Twilio's side of everything.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) account: AccountSid,
    pub(super) signer: Signer,
    pub(super) senders: Vec<Sender>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) rules: Rules,
    /// Whether attachments ask for the account's credentials.
    pub(super) guards_media: bool,
    /// Where we are called, if that is known from the start.
    pub(super) base: Option<String>,
    token: SecretString,
    world: Mutex<World>,
    tasks: Mutex<JoinSet<()>>,
    stopped: watch::Sender<bool>,
}

impl Carrier {
    pub(super) fn new(
        account: AccountSid,
        token: SecretString,
        senders: Vec<Sender>,
        clock: Arc<dyn Clock>,
        world: World,
    ) -> Self {
        Self {
            account,
            signer: Signer::new(token.expose_secret()),
            token,
            senders,
            clock,
            rules: Rules::default(),
            guards_media: false,
            base: None,
            world: Mutex::new(world),
            tasks: Mutex::new(JoinSet::new()),
            stopped: watch::Sender::new(false),
        }
    }

    /// Whether this is the account's auth token.
    pub(super) fn is_token(&self, text: &str) -> bool {
        self.token.expose_secret() == text
    }

    /// What is remembered. Not to be held while waiting.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sender(&self, number: &str) -> Option<&Sender> {
        self.senders.iter().find(|sender| sender.number == number)
    }

    /// The conversation of a sender with a person.
    pub(super) fn key(sender: &Sender, person: &Address) -> Key {
        Key::new(&sender.address(), person)
    }

    /// Runs until it is done or the simulator is stopped.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        if !*self.stopped.borrow() {
            tasks.spawn(task);
        }
    }

    /// Ends all tasks and all streams of events.
    pub(super) fn stop(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped.send_replace(true);
        tasks.abort_all();
    }

    /// Becomes true when the simulator is stopped.
    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.subscribe()
    }
}
