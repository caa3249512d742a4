//! The stores that promises are tried on: those whose servers are installed, real ones.

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use chinwag::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
    store::{
        Begun, Claim, Delivery, Lease, Memory, Outcome, Parcel, Postgres, Redis, Settled, Sqlite,
        Store, StoreError, TurnId,
    },
};
use tokio::runtime::{Builder, Runtime};

use crate::{postgres, redis};

/// A store under test: its name, what makes one, and its part of the schedules when few are asked
/// for. Schedules on one store do not meet, because each seed has a sender of its own.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) make: fn() -> Option<Arc<dyn Store>>,
    pub(crate) part: u64,
}

const KINDS: [Kind; 4] = [
    Kind { name: "memory", make: || Some(Arc::new(Memory::new())), part: 1 },
    Kind { name: "sqlite", make: || Some(Arc::new(Sqlite::open(new_file()).unwrap())), part: 10 },
    Kind { name: "redis", make: in_redis, part: 10 },
    Kind { name: "postgres", make: in_postgres, part: 20 },
];

/// Each kind that can be had here, and a new store of it; `CHINWAG_STORES=redis,sqlite` names those
/// that are wanted.
pub(crate) fn stores() -> impl Iterator<Item = (Kind, Arc<dyn Store>)> {
    let wanted = std::env::var_os("CHINWAG_STORES").map(|wanted| {
        let wanted = wanted.into_string().expect("CHINWAG_STORES are names with commas between");
        let wanted: Vec<_> = wanted.split(',').map(|name| name.trim().to_owned()).collect();
        let is_known = |name: &String| KINDS.iter().any(|kind| kind.name == name);
        assert!(wanted.iter().all(is_known), "CHINWAG_STORES names an unknown store: {wanted:?}");
        wanted
    });
    let is_wanted = move |kind: &Kind| {
        wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == kind.name))
    };
    KINDS.into_iter().filter(is_wanted).filter_map(|kind| Some((kind, (kind.make)()?)))
}

fn number() -> u32 {
    static STORES: AtomicU32 = AtomicU32::new(0);
    STORES.fetch_add(1, Ordering::Relaxed)
}

fn new_file() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().unwrap()).path().join(format!("{}.db", number()))
}

fn in_redis() -> Option<Arc<dyn Store>> {
    static SERVER: OnceLock<Option<redis::Server>> = OnceLock::new();
    let url = SERVER.get_or_init(|| redis::Server::new(redis::FLEETING)).as_ref()?.url();
    let store = elsewhere().block_on(Redis::connect(&url)).unwrap();
    Some(Arc::new(Elsewhere(Arc::new(store.prefix(&format!("promise{}", number()))))))
}

fn in_postgres() -> Option<Arc<dyn Store>> {
    let builder = Postgres::builder(&postgres::Postgres::shared()?.url());
    let builder = builder.schema(format!("promise_{}", number())).connections(8);
    Some(Arc::new(Elsewhere(Arc::new(elsewhere().block_on(builder.connect()).unwrap()))))
}

/// The runtime in which connections live: those of the schedules end with each.
fn elsewhere() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap())
}

/// A store whose calls are done in that runtime, in real time.
#[derive(Debug)]
struct Elsewhere(Arc<dyn Store>);

impl Elsewhere {
    async fn does<T, F>(&self, call: impl FnOnce(Arc<dyn Store>) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        elsewhere().spawn(call(Arc::clone(&self.0))).await.unwrap()
    }
}

#[async_trait]
impl Store for Elsewhere {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        let key = key.clone();
        self.does(|store| async move { store.begin(&key, turn, now).await }).await
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, outcome) = (lease.clone(), outcome.clone());
        self.does(|store| async move { store.commit(&lease, &outcome, now).await }).await
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.does(|store| async move { store.extend(&lease, now).await }).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.does(|store| async move { store.release(&lease).await }).await
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        let key = key.clone();
        self.does(|store| async move { store.leave(&key, turn).await }).await
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        let key = key.clone();
        self.does(|store| async move { store.read(&key, now).await }).await
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.does(|store| async move { store.due(now, most).await }).await
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        let parcels = parcels.to_vec();
        self.does(|store| async move { store.post(&parcels).await }).await
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.does(|store| async move { store.claim(now, most).await }).await
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        let claim = claim.clone();
        self.does(|store| async move { store.settle(&claim, settled).await }).await
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let status = status.clone();
        self.does(|store| async move { store.report(sid, &status, error, now).await }).await
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.does(|store| async move { store.delivery(sid).await }).await
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.does(|store| async move { store.unreported(now, most).await }).await
    }

    async fn consents(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        let after = after.cloned();
        self.does(|store| async move { store.consents(after.as_ref(), most, now).await }).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.does(|store| async move { store.sweep(now).await }).await
    }
}
