//! Turns jobs into transactions.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    thread::sleep,
    time::Duration,
};

use rusqlite::Connection;

use super::{
    Builder, Durability,
    holder::Holder,
    job::{Job, Kind, Reach},
    keeper::Health,
    open::{Identity, patiently},
    tables::Tables,
    trouble::Trouble,
};

/// Between two looks at lanes that another process holds.
const PAUSE: Duration = Duration::from_millis(1);
/// From so many turns in one transaction on they are noted in the journal: for fewer it is no gain to
/// write them twice.
const MANY: usize = 8;

/// The file, and what it needs to be trusted.
pub(super) struct Writer {
    path: PathBuf,
    file: Connection,
    holder: Arc<Mutex<Holder>>,
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
    pub(super) fn new(
        path: PathBuf,
        file: Connection,
        holder: Arc<Mutex<Holder>>,
        how: &Builder,
        health: Arc<Health>,
    ) -> Self {
        let identity = Identity::of(&path);
        let (durability, patience) = (how.durability, how.patience);
        Self { path, file, holder, identity, durability, patience, health, known: None }
    }

    /// Does these jobs, together if possible, and tells what came of them; but not of those that
    /// must be on the disk first, which it returns.
    pub(super) fn work(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        jobs.retain(|job| !job.is_given_up());
        match self.transact(&mut jobs, false) {
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

    /// Whether another process would have to wait for the lanes.
    pub(super) fn holds_lanes(&self) -> bool {
        self.holder().is_at_work()
    }

    /// Leaves the lanes to whoever asks next.
    pub(super) fn step_aside(&mut self) {
        if self.roll_back().is_ok() && self.holder().has_let_go() {
            return;
        }
        if let Err(Failed::All(trouble)) = self.transact(&mut [], true) {
            self.refuse(Vec::new(), &trouble);
        }
    }

    /// Does these jobs in one transaction; says how far the news of each must have got.
    fn transact(&self, jobs: &mut [Box<dyn Job>], is_leaving: bool) -> Result<Vec<Reach>, Failed> {
        self.check().map_err(Failed::All)?;
        self.roll_back().map_err(|error| Failed::All(self.trouble(&error)))?;
        let has_lane = jobs.iter().any(|job| job.kind().has_lane());
        if has_lane {
            self.take_lanes()?;
        }
        let done = self.transaction(jobs, is_leaving);
        self.holder().close(done.is_ok());
        done
    }

    /// Ends a transaction that a panic has left open.
    fn roll_back(&self) -> rusqlite::Result<()> {
        if self.file.is_autocommit() {
            return Ok(());
        }
        self.holder().close(false);
        self.file.execute_batch("ROLLBACK")
    }

    fn transaction(
        &self,
        jobs: &mut [Box<dyn Job>],
        is_leaving: bool,
    ) -> Result<Vec<Reach>, Failed> {
        let all = |error| Failed::All(self.trouble(&error));
        let file = &self.file;
        patiently(self.patience, || self.execute("BEGIN IMMEDIATE")).map_err(all)?;
        let commits = jobs.iter().filter(|job| job.kind() == Kind::Commit).count();
        let tables = Tables::new(file, &self.holder, commits >= MANY);
        let opened = self.open_lanes(&tables, is_leaving).map_err(all);
        let reach = opened.and_then(|()| {
            let reach = jobs.iter_mut().map(|job| job.run(&tables)).collect::<Result<Vec<_>, _>>();
            reach.map_err(Failed::Job)
        });
        let reach = reach.and_then(|reach| {
            if tables.is_full() {
                tables.carry_over().map_err(all)?;
            }
            Ok(reach)
        });
        let committed = reach.and_then(|reach| self.execute("COMMIT").map(|()| reach).map_err(all));
        if committed.is_err() && !file.is_autocommit() {
            file.execute_batch("ROLLBACK").map_err(all)?;
        }
        committed
    }

    /// Takes hold of the lanes, or waits until another process lets go.
    fn take_lanes(&self) -> Result<(), Failed> {
        let mut waited = Duration::ZERO;
        while !self.holder().takes() {
            if waited >= self.patience {
                return Err(Failed::All(Trouble::of(&self.path, &busy())));
            }
            sleep(PAUSE);
            waited += PAUSE;
        }
        Ok(())
    }

    fn open_lanes(&self, tables: &Tables<'_>, is_leaving: bool) -> rusqlite::Result<()> {
        if self.holder().open(tables, is_leaving)? { tables.carry_over() } else { Ok(()) }
    }

    fn holder(&self) -> MutexGuard<'_, Holder> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
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

/// What SQLite says of a file that somebody else holds.
fn busy() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)
}
