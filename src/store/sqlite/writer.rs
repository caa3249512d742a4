//! Turns jobs into transactions.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Builder, Durability,
    job::{Job, Reach},
    open::{Identity, Opened, patiently},
    tables::Tables,
    trouble::Trouble,
};

/// The file, and what it needs to be trusted.
pub(super) struct Writer {
    opened: Opened,
    identity: Option<Identity>,
    durability: Durability,
    patience: Duration,
    syncs: Arc<AtomicU64>,
    /// The trouble that was logged last, so that it is not logged for each job.
    known: Option<Trouble>,
    /// The disk has failed to keep what was written: nobody knows what is on it.
    is_lost: bool,
}

/// Why a transaction was not committed.
enum Failed {
    /// One of the jobs, and others may do better without it.
    Job(rusqlite::Error),
    /// The transaction as a whole.
    All(Trouble),
}

impl Writer {
    pub(super) fn new(opened: Opened, how: &Builder, syncs: Arc<AtomicU64>) -> Self {
        let Builder { durability, patience, .. } = *how;
        let identity = Identity::of(&opened.path);
        Self { opened, identity, durability, patience, syncs, known: None, is_lost: false }
    }

    /// Does these jobs, together if possible, and tells what came of them.
    pub(super) fn work(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        jobs.retain(|job| !job.is_given_up());
        match self.transact(&mut jobs) {
            Ok(reach) => self.tell(jobs, &reach),
            // What one of them has run into need not harm the others.
            Err(Failed::Job(_)) if jobs.len() > 1 => {
                for job in jobs {
                    self.work(vec![job]);
                }
            }
            Err(Failed::Job(error)) => self.tell_all(jobs, &self.trouble(&error)),
            Err(Failed::All(trouble)) => self.tell_all(jobs, &trouble),
        }
    }

    /// Does these jobs in one transaction; says how far the news of each must have got.
    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Reach>, Failed> {
        self.check().map_err(Failed::All)?;
        let all = |error| Failed::All(self.trouble(&error));
        let file = &self.opened.file;
        // A panic may have left one open.
        if !file.is_autocommit() {
            file.execute_batch("ROLLBACK").map_err(all)?;
        }
        patiently(self.patience, || self.execute("BEGIN IMMEDIATE")).map_err(all)?;
        let tables = Tables::new(file);
        let reach = jobs.iter_mut().map(|job| job.run(&tables)).collect::<Result<Vec<_>, _>>();
        let reach = reach.and_then(|reach| tables.finish().map(|()| reach)).map_err(Failed::Job);
        let committed = reach.and_then(|reach| self.execute("COMMIT").map(|()| reach).map_err(all));
        if committed.is_err() && !file.is_autocommit() {
            file.execute_batch("ROLLBACK").map_err(all)?;
        }
        committed
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.opened.file.prepare_cached(sql)?.execute(()).map(drop)
    }

    /// Whether what is written now will be found.
    fn check(&self) -> Result<(), Trouble> {
        let path = &self.opened.path;
        if self.is_lost {
            let what = "is on a disk that has failed; look at the disk, then start the bot again";
            return Err(Trouble::lasting(path, what));
        }
        if Identity::of(path) != self.identity {
            let what =
                "was removed or replaced while it was open; put it back and start the bot again";
            return Err(Trouble::lasting(path, what));
        }
        Ok(())
    }

    /// Tells what needs no disk first, so that it goes on meanwhile.
    fn tell(&mut self, jobs: Vec<Box<dyn Job>>, reach: &[Reach]) {
        if self.known.take().is_some() {
            tracing::info!(file = %self.opened.path.display(), "the sqlite store works again");
        }
        let mut later = Vec::new();
        for (job, reach) in jobs.into_iter().zip(reach) {
            match (reach, self.durability) {
                (Reach::Disk, Durability::Power) => later.push(job),
                _ => job.tell(None),
            }
        }
        if later.is_empty() {
            return;
        }
        self.syncs.fetch_add(1, Ordering::Relaxed);
        match self.opened.log.sync_data() {
            Ok(()) => later.into_iter().for_each(|job| job.tell(None)),
            Err(error) => {
                self.is_lost = true;
                let what = format!("cannot be kept by its disk ({error}); look at the disk");
                let trouble = Trouble::lasting(&self.opened.path, &what);
                self.tell_all(later, &trouble);
            }
        }
    }

    fn tell_all(&mut self, jobs: Vec<Box<dyn Job>>, trouble: &Trouble) {
        if self.known.as_ref() != Some(trouble) {
            tracing::error!(%trouble, "the sqlite store cannot do what it is asked");
            self.known = Some(trouble.clone());
        }
        for job in jobs {
            job.tell(Some(trouble));
        }
    }

    fn trouble(&self, error: &rusqlite::Error) -> Trouble {
        Trouble::of(&self.opened.path, error)
    }
}
