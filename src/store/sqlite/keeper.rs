//! Has the disk keep what was committed, and only then tells those who wait.

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::{job::Job, trouble::Trouble};

/// Has the disk keep what was committed, and only then tells those who wait.
pub(super) struct Keeper {
    path: PathBuf,
    /// SQLite's log, to which all commits go first: of other processes too.
    log: File,
    health: Arc<Health>,
}

/// What is known of the disk.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// How often it was told to keep all that it was given.
    pub(super) syncs: AtomicU64,
    /// It has failed to: nobody knows what is on it.
    pub(super) is_lost: AtomicBool,
}

impl Keeper {
    pub(super) fn new(path: PathBuf, log: File, health: Arc<Health>) -> Self {
        Self { path, log, health }
    }

    /// Syncs once for all of them.
    pub(super) fn keep(&self, written: Vec<Box<dyn Job>>) {
        if written.is_empty() {
            return;
        }
        self.health.syncs.fetch_add(1, Ordering::Relaxed);
        let trouble = self.log.sync_data().err().map(|error| {
            self.health.is_lost.store(true, Ordering::Relaxed);
            let what = format!("cannot be kept by its disk ({error}); look at the disk");
            let trouble = Trouble::lasting(&self.path, &what);
            tracing::error!(%trouble, "the sqlite store cannot do what it is asked");
            trouble
        });
        let news = News { written, trouble };
        match Handle::try_current() {
            // From within the runtime it is cheaper to wake many; one without threads of its own may
            // not come to it.
            Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
                drop(runtime.spawn(async move { drop(news) }));
            }
            _ => drop(news),
        }
    }
}

/// What came of these jobs; whoever waits is told at its end, also if nobody comes to tell.
struct News {
    written: Vec<Box<dyn Job>>,
    trouble: Option<Trouble>,
}

impl Drop for News {
    fn drop(&mut self) {
        for job in self.written.drain(..) {
            job.tell(self.trouble.as_ref());
        }
    }
}
