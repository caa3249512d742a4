//! A store whose calls fail, lose their answers or end their worker, as somebody has chosen.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::watch, time::sleep};

use super::hold::{Hold, in_real_time};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
    store::{Begun, Claim, Delivery, Lease, Outcome, Parcel, Settled, Store, StoreError, TurnId},
};

/// A store for one worker of several, whose calls go wrong where somebody has chosen so.
///
/// It is the network between a worker and the store, and the worker's end: after a crash no call
/// of this worker reaches the store any more, so that its leases run out by themselves.
///
/// ```
/// use std::sync::Arc;
///
/// use chinwag::{store::Memory, testkit::{Fault, Faulty}};
///
/// // The answer to the second call is lost.
/// let store = Faulty::new(Arc::new(Memory::new()), |call| {
///     (call.number == 2).then_some(Fault::Lost)
/// });
/// ```
#[derive(Clone)]
pub struct Faulty {
    store: Arc<dyn Store>,
    faults: Arc<Faults>,
    worker: usize,
    life: Arc<watch::Sender<bool>>,
    hold: Option<Hold>,
}

struct Faults {
    calls: AtomicU64,
    choose: Box<dyn Fn(Call) -> Option<Fault> + Send + Sync>,
}

/// One call of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its number among the calls of all workers, from 1.
    pub number: u64,
    /// The worker that makes it.
    pub worker: usize,
    /// Which it is.
    pub step: Step,
}

/// A method of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum Step {
    Begin,
    Commit,
    Extend,
    Release,
    Leave,
    Read,
    Due,
    Post,
    Claim,
    Settle,
    Report,
    Delivery,
    Unreported,
    Consents,
    Sweep,
}

/// What goes wrong in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not done, and the worker hears that the store cannot be reached.
    Refused,
    /// It is done, and the worker hears that the store cannot be reached.
    Lost,
    /// The worker ends before it is done.
    CrashBefore,
    /// It is done, and the worker ends before it hears of it.
    CrashAfter,
    /// It is done this much later.
    Late(Duration),
    /// It is done, and the worker hears of it this much later.
    LateAnswer(Duration),
}

impl Faulty {
    /// This store, with the faults that are chosen call by call.
    pub fn new(
        store: Arc<dyn Store>,
        faults: impl Fn(Call) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        let faults = Arc::new(Faults { calls: AtomicU64::new(0), choose: Box::new(faults) });
        Self { store, faults, worker: 0, life: Arc::new(watch::Sender::new(false)), hold: None }
    }

    /// The same in a runtime whose time this holds.
    pub(super) fn held_by(self, hold: &Hold) -> Self {
        Self { hold: Some(hold.clone()), ..self }
    }

    /// The same store and the same faults for another worker, or for this one after its crash.
    #[must_use]
    pub fn for_worker(&self, worker: usize) -> Self {
        Self { worker, life: Arc::new(watch::Sender::new(false)), ..self.clone() }
    }

    /// Waits until the worker has crashed: then drop whatever it was doing.
    pub async fn crashed(&self) {
        let mut life = self.life.subscribe();
        life.wait_for(|is_over| *is_over).await.ok();
    }

    /// Ends the worker now.
    pub fn crash(&self) {
        self.life.send_replace(true);
    }

    /// Calls of all workers so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.faults.calls.load(Ordering::SeqCst)
    }

    async fn does<T>(
        &self,
        step: Step,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if *self.life.borrow() {
            return std::future::pending().await;
        }
        let number = self.faults.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fault = (self.faults.choose)(Call { number, worker: self.worker, step });
        match fault {
            Some(Fault::Refused) => return Err(StoreError::unavailable("refused by the test")),
            Some(Fault::CrashBefore) => return self.ends().await,
            Some(Fault::Late(time)) => sleep(time).await,
            _ => {}
        }
        let done = match &self.hold {
            Some(hold) => hold.during(call).await,
            None => in_real_time(call).await,
        };
        match fault {
            Some(Fault::Lost) => Err(StoreError::unavailable("the answer was lost by the test")),
            Some(Fault::CrashAfter) => self.ends().await,
            Some(Fault::LateAnswer(time)) => {
                sleep(time).await;
                done
            }
            _ => done,
        }
    }

    async fn ends<T>(&self) -> T {
        self.crash();
        std::future::pending().await
    }
}

#[async_trait]
impl Store for Faulty {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        self.does(Step::Begin, self.store.begin(key, turn, now)).await
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.does(Step::Commit, self.store.commit(lease, outcome, now)).await
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.does(Step::Extend, self.store.extend(lease, now)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.does(Step::Release, self.store.release(lease)).await
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        self.does(Step::Leave, self.store.leave(key, turn)).await
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        self.does(Step::Read, self.store.read(key, now)).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.does(Step::Due, self.store.due(now, most)).await
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        self.does(Step::Post, self.store.post(parcels)).await
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.does(Step::Claim, self.store.claim(now, most)).await
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        self.does(Step::Settle, self.store.settle(claim, settled)).await
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        self.does(Step::Report, self.store.report(sid, status, error, now)).await
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.does(Step::Delivery, self.store.delivery(sid)).await
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.does(Step::Unreported, self.store.unreported(now, most)).await
    }

    async fn consents(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        self.does(Step::Consents, self.store.consents(after, most, now)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.does(Step::Sweep, self.store.sweep(now)).await
    }
}

/// As logs of schedules tell it: `commit`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// What goes wrong, in a few words.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Lost => f.write_str("done, its answer lost"),
            Self::CrashBefore => f.write_str("the worker crashes before it"),
            Self::CrashAfter => f.write_str("done, and the worker crashes"),
            Self::Late(time) => write!(f, "{time:?} late"),
            Self::LateAnswer(time) => write!(f, "done, its answer {time:?} late"),
        }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty")
            .field("store", &self.store)
            .field("worker", &self.worker)
            .finish_non_exhaustive()
    }
}
