//! From a message's arrival until its turn has come, in this process and among all workers.

use std::{pin::pin, sync::Arc, task::Poll, time::Duration};

use futures_util::poll;
use tokio::time::{sleep, timeout};

use super::{
    TurnError,
    lane::{Lanes, Place},
};
use crate::{
    conversation::{
        Key, Record,
        clock::{Clock, Timestamp},
    },
    store::{Answer, Begun, Lease, Outcome, Store, StoreError, TurnId},
};

/// How often a turn that has waited tells the store that it still waits.
const STILL_HERE: Duration = Duration::from_millis(1_500);
/// How soon a turn that waits for another worker asks again, at first and at most.
const FIRST_ASK: Duration = Duration::from_millis(5);
const LAST_ASK: Duration = Duration::from_millis(80);
/// How long the turn before may need, at most, to leave this process's lane once the store has let
/// it go.
const LEAVING: Duration = Duration::from_millis(100);
/// How long after a commit whose outcome is unknown it is tried again.
const COMMIT_AGAIN: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];

/// Where turns begin: in the order in which their messages came.
///
/// Within this process only the first of a conversation asks the store, so that waiting costs
/// little; among workers the store's lane tells who is next.
pub(super) struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Held while a turn takes its place in the store's lane: places are taken in order.
    doors: Lanes,
    /// Held until a turn is over.
    lanes: Lanes,
}

/// How a turn begins.
pub(super) enum Started {
    /// It is its turn.
    Turn(Record, Working),
    /// It is a copy.
    Answered(Answer),
}

/// A turn at work. Dropping it gives the lease back, and then the lane.
pub(super) struct Working {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    held: Option<(Lease, Place)>,
}

/// A place in the store's lane. Dropping it gives it up.
struct Ticket<'a> {
    store: &'a Arc<dyn Store>,
    key: &'a Key,
    turn: TurnId,
    is_waiting: bool,
}

impl Desk {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, doors: Lanes::new(), lanes: Lanes::new() }
    }

    pub(super) fn with_store(self, store: Arc<dyn Store>) -> Self {
        Self { store, ..self }
    }

    pub(super) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Waits until all that came before is done in this conversation.
    ///
    /// Giving up at any moment frees the place for the next.
    pub(super) async fn begin(&self, key: &Key, turn: TurnId) -> Result<Started, TurnError> {
        let door = self.doors.enter(key).map_err(|_| TurnError::Crowded)?.await;
        let place = self.lanes.enter(key).map_err(|_| TurnError::Crowded)?;
        let mut ticket = Ticket { store: &self.store, key, turn, is_waiting: true };
        let mut begun = self.store.begin(key, turn, self.clock.now()).await?;
        drop(door);

        let mut place = pin!(place);
        let mut ours = None;
        let mut is_soon = true;
        let mut pause = FIRST_ASK;
        loop {
            match begun {
                Begun::Answered(answer) => {
                    ticket.is_waiting = false;
                    return Ok(Started::Answered(answer));
                }
                Begun::Turn(record, lease) => {
                    if ours.is_none() && is_soon {
                        ours = within(LEAVING, &mut place).await;
                    }
                    if let Some(place) = ours {
                        ticket.is_waiting = false;
                        return Ok(Started::Turn(record, self.working(lease, place)));
                    }
                    // The store's order is not that of this process: a turn before this one has lost
                    // its place in it, or is a copy of this one. That goes first, and must find the
                    // lease free when it asks.
                    self.store.release(&lease).await?;
                    is_soon = false;
                    ours = soon(&mut place).await;
                }
                Begun::Wait if ours.is_none() => {
                    ours = soon(&mut place).await;
                }
                Begun::Wait => {
                    sleep(pause).await;
                    pause = LAST_ASK.min(pause * 2);
                }
            }
            begun = self.store.begin(key, turn, self.clock.now()).await?;
        }
    }

    fn working(&self, lease: Lease, place: Place) -> Working {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        Working { store, clock, held: Some((lease, place)) }
    }

    /// What is remembered of a conversation, for a look.
    pub(super) async fn read(&self, key: &Key) -> Result<Record, StoreError> {
        self.store.read(key, self.clock.now()).await
    }

    /// Conversations with a timer that is due by now.
    pub(super) async fn due(&self, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.store.due(self.clock.now(), most).await
    }

    /// Removes what was kept long enough.
    pub(super) async fn sweep(&self) -> Result<u64, StoreError> {
        self.store.sweep(self.clock.now()).await
    }

    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Working {
    /// Does this work, however long it takes, and keeps the lease meanwhile.
    pub(super) async fn does<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Some(done) = soon(&mut work).await {
                return done;
            }
            let Some((lease, _)) = &self.held else { continue };
            if let Err(error) = self.store.extend(lease, self.clock.now()).await {
                tracing::warn!(%error, turn = ?lease.turn, "a turn's lease could not be kept");
            }
        }
    }

    /// Ends the turn. When it is unknown whether the store has done it, it is asked again.
    pub(super) async fn commit(mut self, outcome: &Outcome) -> Result<(), StoreError> {
        let Some((lease, _)) = &self.held else { return Err(StoreError::conflict()) };
        let mut again = COMMIT_AGAIN.iter();
        loop {
            let error = match self.store.commit(lease, outcome, self.clock.now()).await {
                Ok(()) => {
                    self.held = None;
                    return Ok(());
                }
                Err(error) => error,
            };
            match again.next().filter(|_| error.is_unavailable()) {
                Some(pause) => sleep(*pause).await,
                None => return Err(error),
            }
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let Some((lease, place)) = self.held.take() else { return };
        let store = Arc::clone(&self.store);
        in_background(async move {
            if let Err(error) = store.release(&lease).await {
                tracing::warn!(%error, turn = ?lease.turn, "a turn's lease could not be given back");
            }
            drop(place);
        });
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.is_waiting {
            return;
        }
        let (store, key, turn) = (Arc::clone(self.store), self.key.clone(), self.turn);
        in_background(async move {
            if let Err(error) = store.leave(&key, turn).await {
                tracing::warn!(%error, ?turn, "a place in the lane could not be given up");
            }
        });
    }
}

/// What comes of this, if it comes before others must be told that we are still here.
async fn soon<F: Future + Unpin>(work: F) -> Option<F::Output> {
    within(STILL_HERE, work).await
}

/// What comes of this within the time. No timer is set for what is there already.
async fn within<F: Future + Unpin>(time: Duration, mut work: F) -> Option<F::Output> {
    if let Poll::Ready(done) = poll!(&mut work) {
        return Some(done);
    }
    timeout(time, work).await.ok()
}

/// Does this after a drop, which cannot wait. Outside of a runtime leases run out by themselves.
fn in_background(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        drop(runtime.spawn(work));
    }
}
