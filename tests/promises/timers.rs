//! Promise 11: a timer rings once, whatever the store and however many workers look for it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chinwag::{
    Bot, Dialogue, Result, Step, Stored, Turn, ask,
    conversation::clock::{Clock, ManualClock},
    message::Outbound,
    store::{LEASE, Settled, Store},
    text,
};
use fastrand::Rng;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::{bots::message, seeds, stores::stores};

/// People of one schedule.
const PEOPLE: u64 = 6;
const WORKERS: usize = 3;

/// A question with a reminder and an end, both after as long as was asked for.
#[derive(Default, serde::Serialize, serde::Deserialize)]
enum Errand {
    #[default]
    New,
    Name,
}

impl Stored for Errand {
    const NAME: &'static str = "errand";
}

impl Dialogue for Errand {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let name = ask::<String>("Who are you?");
        Ok(match self {
            Self::New => Step::next(Self::Name, name)
                .remind_after(Duration::from_hours(2), "reminder")
                .give_up_after(Duration::from_hours(20), "end"),
            Self::Name => Step::done(format!("Hello {}!", name.answer(turn)?)),
        })
    }
}

fn worker(store: &Arc<dyn Store>, clock: &Arc<ManualClock>) -> Bot {
    let bot = Bot::new(()).dialogue::<Errand>(text("begin"));
    bot.store(Arc::clone(store)).clock(Arc::clone(clock)).prepared()
}

/// All workers look for timers at the same time, again and again; some are stopped in the middle.
async fn ring(workers: &[Bot], rng: &mut Rng, clock: &ManualClock) {
    for is_last in [false, false, true] {
        let rings = workers.iter().map(|bot| {
            let stops = !is_last && rng.bool();
            let soon = Duration::from_micros(rng.u64(1..2_000));
            async move {
                let patience = if stops { soon } else { Duration::from_mins(1) };
                while let Ok(Ok(1..)) = timeout(patience, bot.ring()).await {}
            }
        });
        join_all(rings).await;
        // What a stopped worker had in hand is told again after a lease.
        clock.advance(LEASE + Duration::from_millis(1));
    }
}

/// One schedule: who answers in time, and what each hears unasked.
async fn timers_ring_once(store: &Arc<dyn Store>, clock: &Arc<ManualClock>, seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let workers: Vec<_> = (0..WORKERS).map(|_| worker(store, clock)).collect();
    let mut expected: HashMap<String, Vec<&str>> = HashMap::new();
    let mut answers = Vec::new();
    for number in 0..PEOPLE {
        let person = seed * PEOPLE + number;
        let sid = u128::from(person) << 8;
        drop(workers[rng.usize(..WORKERS)].receive(message(sid, person, "begin")).await.unwrap());
        let hears = match rng.u8(..3) {
            0 => vec![],
            1 => vec!["reminder"],
            _ => vec!["reminder", "end"],
        };
        answers.push((person, sid + 1, hears.len()));
        expected.insert(format!("whatsapp:+1{person:010}"), hears);
    }
    for (looks, hours) in [2_u64, 18].into_iter().enumerate() {
        for (person, sid, _) in answers.iter().filter(|(_, _, hears)| *hears == looks) {
            let bot = &workers[rng.usize(..WORKERS)];
            drop(bot.receive(message(*sid, *person, "Ana")).await.unwrap());
        }
        clock.advance(Duration::from_hours(hours));
        ring(&workers, &mut rng, clock).await;
    }
    let mut heard: HashMap<String, Vec<String>> = HashMap::new();
    loop {
        let claims = store.claim(clock.now(), 64).await.unwrap();
        if claims.is_empty() {
            break;
        }
        for claim in claims {
            let said: Outbound = serde_json::from_slice(&claim.parcel.body).unwrap();
            heard.entry(claim.parcel.key.contact().to_owned()).or_default().push(said.body);
            store.settle(&claim, Settled::Done).await.unwrap();
        }
    }
    for (contact, hears) in expected {
        assert_eq!(heard.remove(&contact).unwrap_or_default(), hears, "seed {seed}");
    }
    assert!(heard.is_empty(), "seed {seed}: {heard:?}");
}

#[test]
fn timers_ring_once_whatever_the_store_and_the_workers_do() {
    for (kind, store) in stores() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        let clock = Arc::new(ManualClock::default());
        let seeds = seeds(200 / kind.part);
        for seed in seeds.clone() {
            runtime.block_on(timers_ring_once(&store, &clock, seed));
        }
        println!("{}: schedules {seeds:?}, each timer rang once", kind.name);
    }
}
