//! One thing that is asked of the file, and who waits for it.

use tokio::sync::oneshot;

use super::{tables::Tables, trouble::Trouble};
use crate::store::StoreError;

/// What must have happened before anybody hears of a job's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// The transaction is over. After a power failure it may never have been: leases and places
    /// are worth nothing then.
    Processes,
    /// It is on the disk, and all before it.
    Disk,
}

/// One thing that is asked of the file, and who waits for it.
pub(super) trait Job: Send {
    /// Does it in a transaction. It is done again when that was rolled back.
    fn run(&mut self, tables: &Tables<'_>) -> rusqlite::Result<Reach>;

    /// Tells what came of it, once.
    fn tell(self: Box<Self>, trouble: Option<&Trouble>);

    /// It will be told by a sync, and no sync that is under way serves it.
    fn is_lasting(&self) -> bool;

    /// Nobody waits for it any more.
    fn is_given_up(&self) -> bool;
}

/// A job and the place where its result is waited for.
pub(super) struct Asked<W, T> {
    work: W,
    done: Option<T>,
    waiting: oneshot::Sender<Result<T, StoreError>>,
    is_lasting: bool,
}

impl<W, T> Asked<W, T> {
    /// A job that is told after its transaction, as a rule.
    pub(super) fn quick(work: W, waiting: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work, done: None, waiting, is_lasting: false }
    }

    /// A job that is told when it is on the disk.
    pub(super) fn lasting(work: W, waiting: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work, done: None, waiting, is_lasting: true }
    }
}

impl<W, T> Job for Asked<W, T>
where
    W: FnMut(&Tables<'_>) -> rusqlite::Result<(T, Reach)> + Send,
    T: Send,
{
    fn run(&mut self, tables: &Tables<'_>) -> rusqlite::Result<Reach> {
        let (done, reach) = (self.work)(tables)?;
        self.done = Some(done);
        Ok(reach)
    }

    fn tell(self: Box<Self>, trouble: Option<&Trouble>) {
        let told = match (trouble, self.done) {
            (None, Some(done)) => Ok(done),
            (Some(trouble), _) => Err(trouble.clone().into()),
            (None, None) => Err(StoreError::unavailable("the job was not done")),
        };
        // Whoever has given up meanwhile may find it done or not.
        drop(self.waiting.send(told));
    }

    fn is_lasting(&self) -> bool {
        self.is_lasting
    }

    fn is_given_up(&self) -> bool {
        self.waiting.is_closed()
    }
}
