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

/// What kind of thing is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A look, or something that is not worth a sync.
    Look,
    /// The same in a lane.
    Lane,
    /// A change, which is told when it is on the disk.
    Change,
    /// The same in a lane.
    Commit,
}

impl Kind {
    /// It will be told by a sync, and no sync that is under way serves it.
    pub(super) fn is_lasting(self) -> bool {
        matches!(self, Self::Change | Self::Commit)
    }

    /// It asks who is at work, or changes that.
    pub(super) fn has_lane(self) -> bool {
        matches!(self, Self::Lane | Self::Commit)
    }
}

/// One thing that is asked of the file, and who waits for it.
pub(super) trait Job: Send {
    /// What kind of thing it is.
    fn kind(&self) -> Kind;

    /// Does it in a transaction. It is done again when that was rolled back.
    fn run(&mut self, tables: &Tables<'_>) -> rusqlite::Result<Reach>;

    /// Tells what came of it, once.
    fn tell(self: Box<Self>, trouble: Option<&Trouble>);

    /// Nobody waits for it any more.
    fn is_given_up(&self) -> bool;
}

/// A job and the place where its result is waited for.
pub(super) struct Asked<W, T> {
    kind: Kind,
    work: W,
    done: Option<T>,
    waiting: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> Asked<W, T> {
    pub(super) fn new(
        kind: Kind,
        work: W,
        waiting: oneshot::Sender<Result<T, StoreError>>,
    ) -> Self {
        Self { kind, work, done: None, waiting }
    }
}

impl<W, T> Job for Asked<W, T>
where
    W: FnMut(&Tables<'_>) -> rusqlite::Result<(T, Reach)> + Send,
    T: Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

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
