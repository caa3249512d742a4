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

    /// Nobody waits for it any more.
    fn is_given_up(&self) -> bool;
}

/// A job and the place where its result is waited for.
pub(super) struct Asked<W, T> {
    work: W,
    done: Option<T>,
    waiting: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Asked<W, T> {
    pub(super) fn new(work: W, waiting: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { work, done: None, waiting }
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

    fn is_given_up(&self) -> bool {
        self.waiting.is_closed()
    }
}
