//! How the file's store is to be.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    Sqlite,
    clerk::Clerk,
    holder::Holder,
    keeper::{Health, Keeper},
    open::{self, Opened},
    writer::Writer,
};
use crate::store::{DELIVERIES_KEPT, LEASE, SILENCE_KEPT, StoreError};

/// How long this process keeps the lanes in its memory after the last call.
const LINGER: Duration = Duration::from_millis(3);

/// How a [`Sqlite`] store is to be.
#[derive(Debug, Clone)]
#[must_use = "it is opened by `open`"]
pub struct Builder {
    path: PathBuf,
    silence: Duration,
    deliveries: Duration,
    pub(super) durability: Durability,
    pub(super) patience: Duration,
    pub(super) linger: Duration,
}

impl Builder {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            silence: SILENCE_KEPT,
            deliveries: DELIVERIES_KEPT,
            durability: Durability::default(),
            patience: LEASE,
            linger: LINGER,
        }
    }

    /// How long a conversation is kept after its last turn; [`SILENCE_KEPT`] if nothing is said.
    pub fn silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// How long is kept what was sent; [`DELIVERIES_KEPT`] if nothing is said.
    pub fn deliveries(self, kept: Duration) -> Self {
        Self { deliveries: kept, ..self }
    }

    /// What a commit survives; [`Durability::Power`] if nothing is said.
    pub fn durability(self, durability: Durability) -> Self {
        Self { durability, ..self }
    }

    /// How long a call waits for another process that holds the file; [`LEASE`] if nothing is said.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open(self) -> Result<Sqlite, StoreError> {
        let (opened, log) = open::open(&self.path, self.patience)
            .map_err(|trouble| StoreError::unusable(trouble.to_string()))?;
        let Opened { path, file, lanes } = opened;
        let health = Arc::new(Health::default());
        let keeper = Keeper::new(path.clone(), log, Arc::clone(&health));
        let holder = Arc::new(Mutex::new(Holder::new(lanes)));
        let writer =
            Writer::new(path.clone(), file, Arc::clone(&holder), &self, Arc::clone(&health));
        let clerk = Arc::new(Clerk::new(writer, keeper, self.linger));
        let (silence, deliveries) = (self.silence, self.deliveries);
        Ok(Sqlite { clerk, holder, path, silence, deliveries, health })
    }
}

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A power failure, as far as the disk keeps what it says it has kept.
    #[default]
    Power,
    /// The end of the process, also by `kill -9`. A power failure may cost the commits of the last
    /// seconds; all before them are whole.
    Process,
}
