//! Turns jobs into transactions.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rusqlite::Connection;

use super::{
    Builder, Durability,
    job::{Job, Reach},
    keeper::Health,
    open::{Identity, patiently},
    tables::Tables,
    trouble::Trouble,
};

/// The file, and what it needs to be trusted.
pub(super) struct Writer {
    path: PathBuf,
    file: Connection,
    identity: Option<Identity>,
    durability: Durability,
    patience: Duration,
    health: Arc<Health>,
    /// The trouble that was logged last, so that it is not logged for each job.
    known: Option<Trouble>,
}

/// Why a transaction was not committed.
enum Failed {
    /// One of the jobs, and others may do better without it.
    Job(rusqlite::Error),
    /// The transaction as a whole.
    All(Trouble),
}

impl Writer {
    pub(super) fn new(path: PathBuf, file: Connection, how: &Builder, health: Arc<Health>) -> Self {
        let identity = Identity::of(&path);
        let (durability, patience) = (how.durability, how.patience);
        Self { path, file, identity, durability, patience, health, known: None }
    }

    /// Does these jobs, together if possible, and tells what came of them; but not of those that
    /// must be on the disk first, which it returns.
    pub(super) fn work(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        jobs.retain(|job| !job.is_given_up());
        match self.transact(&mut jobs) {
            Ok(reach) => return self.tell(jobs, &reach),
            // What one of them has run into need not harm the others.
            Err(Failed::Job(_)) if jobs.len() > 1 => {
                return jobs.into_iter().flat_map(|job| self.work(vec![job])).collect();
            }
            Err(Failed::Job(error)) => self.refuse(jobs, &self.trouble(&error)),
            Err(Failed::All(trouble)) => self.refuse(jobs, &trouble),
        }
        Vec::new()
    }

    /// Does these jobs in one transaction; says how far the news of each must have got.
    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<Vec<Reach>, Failed> {
        self.check().map_err(Failed::All)?;
        let all = |error| Failed::All(self.trouble(&error));
        let file = &self.file;
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
        self.file.prepare_cached(sql)?.execute(()).map(drop)
    }

    /// Whether what is written now will be found.
    fn check(&self) -> Result<(), Trouble> {
        let path = &self.path;
        if self.health.is_lost.load(Ordering::Relaxed) {
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

    fn tell(&mut self, jobs: Vec<Box<dyn Job>>, reach: &[Reach]) -> Vec<Box<dyn Job>> {
        if self.known.take().is_some() {
            tracing::info!(file = %self.path.display(), "the sqlite store works again");
        }
        let mut later = Vec::new();
        for (job, reach) in jobs.into_iter().zip(reach) {
            match (reach, self.durability) {
                (Reach::Disk, Durability::Power) => later.push(job),
                _ => job.tell(None),
            }
        }
        later
    }

    fn refuse(&mut self, jobs: Vec<Box<dyn Job>>, trouble: &Trouble) {
        if self.known.as_ref() != Some(trouble) {
            tracing::error!(%trouble, "the sqlite store cannot do what it is asked");
            self.known = Some(trouble.clone());
        }
        for job in jobs {
            job.tell(Some(trouble));
        }
    }

    fn trouble(&self, error: &rusqlite::Error) -> Trouble {
        Trouble::of(&self.path, error)
    }
}
