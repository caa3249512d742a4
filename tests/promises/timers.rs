//! Promise 11: timers fire once, in a cluster too.

use std::{sync::Arc, time::Duration};

use chinwag::{
    Bot, Dialogue, Result, Step, Stored, Turn,
    conversation::{Key, clock::Clock},
    message::Outbound,
    store::{LEASE, Settled, Store},
    testkit::{Cluster, Fault, Faulty, RuntimeClock},
    text,
};
use futures_util::future::{join_all, select};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::{bots::message, is_full, runtime, stores::stores};

const WORKERS: usize = 3;
const HOUR: Duration = Duration::from_hours(1);

#[derive(Default, Serialize, Deserialize)]
enum Visit {
    #[default]
    New,
    Day,
}

impl Stored for Visit {
    const NAME: &'static str = "visit";
}

impl Dialogue for Visit {
    async fn step(self, _turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::New => Step::next(Self::Day, "Which day?").remind_after(HOUR * 2, "Still there?"),
            Self::Day => Step::done("See you."),
        })
    }
}

fn bot() -> Bot {
    Bot::new(()).dialogue::<Visit>(text("visit")).otherwise(async || "Say *visit*.")
}

/// What goes wrong at a call, by its number: something at every fourth.
fn fault(seed: u64, call: u64) -> Option<Fault> {
    let mixed = (call ^ seed << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    match mixed % 16 {
        0 => Some(Fault::CrashBefore),
        1 => Some(Fault::CrashAfter),
        2 => Some(Fault::Lost),
        3 => Some(Fault::Refused),
        _ => None,
    }
}

/// Lets timers ring in three workers until none is due; what was said to each conversation.
async fn said(store: &Arc<dyn Store>, seed: u64, conversations: u64) -> Vec<(Key, String)> {
    let quiet = Cluster::of(1, bot).on(Arc::clone(store)).in_tokios_time();
    for person in 0..conversations {
        let sid = u128::from(seed) << 64 | u128::from(person);
        let started = quiet.worker(0).receive(message(sid, seed << 20 | person, "visit")).await;
        assert_eq!(started.unwrap().messages()[0].body, "Which day?");
    }
    sleep(HOUR * 2).await;
    let faulty = Faulty::new(Arc::clone(store), move |call| fault(seed, call.number));
    let workers = (0..WORKERS).map(|worker| {
        let faulty = faulty.clone();
        tokio::spawn(async move {
            for life in 0..12 {
                // A crash ends a worker in the middle; it comes back with nothing in memory.
                let store = faulty.for_worker(worker + WORKERS * life);
                let alive = Cluster::of(1, bot).on(Arc::new(store.clone())).in_tokios_time();
                let works = async {
                    for _ in 0..20 {
                        drop(alive.worker(0).ring().await);
                        sleep(LEASE / 5).await;
                    }
                };
                select(std::pin::pin!(works), std::pin::pin!(store.crashed())).await;
            }
        })
    });
    for worker in join_all(workers).await {
        worker.unwrap();
    }
    let quiet = Faulty::new(Arc::clone(store), |_| None);
    let now = RuntimeClock::new().now().after(HOUR * 24 * 365);
    let mut said = Vec::new();
    loop {
        let claims = quiet.claim(now, 100).await.unwrap();
        if claims.is_empty() {
            return said;
        }
        for claim in claims {
            let outbound: Outbound = serde_json::from_slice(&claim.parcel.body).unwrap();
            quiet.settle(&claim, Settled::Done).await.unwrap();
            said.push((claim.parcel.key, outbound.body));
        }
    }
}

#[test]
fn each_timer_rings_once_whoever_crashes() {
    for (kind, store) in stores() {
        let (seeds, conversations) = match (is_full(), kind.part) {
            (true, _) => (50, 200),
            (false, 1) => (10, 30),
            (false, _) => (2, 10),
        };
        for seed in 1..=seeds {
            let mut said = runtime().block_on(said(&store, seed, conversations));
            said.sort();
            let rang = u64::try_from(said.len()).unwrap();
            said.dedup();
            assert_eq!(rang, conversations, "{}, seed {seed}", kind.name);
            assert_eq!(said.len() as u64, conversations, "{}, seed {seed}", kind.name);
            assert!(said.iter().all(|(_, words)| words == "Still there?"), "{said:?}");
        }
        println!("{}: {} timers, each rang once", kind.name, seeds * conversations);
    }
}
