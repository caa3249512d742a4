//! Turns a second on each store, 64 conversations at once: `cargo run --release -p bench --bin stores`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use chinwag::{
    Bot,
    message::{Address, Content, Inbound, MessageSid},
    store::{Memory, Sqlite, Store, sqlite::Durability},
};
use tokio::task::JoinSet;

/// Conversations that write at once, and turns of each in one sample.
const AT_ONCE: u128 = 64;
const TURNS: u128 = 1_000;
/// Turns of one sample.
const ALL: u32 = 64_000;
/// Samples, of which the median counts.
const SAMPLES: usize = 5;

fn contact(number: u128) -> Address {
    format!("whatsapp:+1500{number:08}").parse().expect("a prefix and digits are an address")
}

/// A file that is not there yet, on the disk on which the build is.
fn new_file(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("a program knows its path");
    let folder = program.parent().unwrap_or(Path::new(".")).join("store-files");
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    for end in ["", "-wal", "-shm"] {
        let old = folder.join(format!("{name}.db{end}"));
        assert!(!old.exists() || std::fs::remove_file(&old).is_ok(), "{} stays", old.display());
    }
    folder.join(format!("{name}.db"))
}

/// Turns a second: each of these conversations has its turns one after the other.
async fn sample(bot: &Arc<Bot>, contacts: impl Iterator<Item = u128>, next: &mut u128) -> f64 {
    let sender: Address = "whatsapp:+14155238886".parse().expect("it is an address");
    let began = Instant::now();
    let mut talks = JoinSet::new();
    let mut all = 0;
    for number in contacts {
        let (bot, from, to) = (Arc::clone(bot), contact(number), sender.clone());
        let first = *next;
        *next += TURNS;
        all += TURNS;
        talks.spawn(async move {
            for number in first..first + TURNS {
                let said = Content::Text("hi".into());
                let sid =
                    MessageSid::new(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
                let message = Inbound::new(sid, from.clone(), to.clone(), said);
                let reply = bot.receive(message).await;
                assert!(reply.is_ok(), "{reply:?}");
            }
        });
    }
    while let Some(ended) = talks.join_next().await {
        ended.expect("no talk panics");
    }
    f64::from(u32::try_from(all).expect("there are few")) / began.elapsed().as_secs_f64()
}

/// Seconds that all threads of this process have worked: fairer than the clock on a busy machine.
fn worked() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        behind_name.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// What turns cost: the median of the samples, after one that does not count.
struct Cost {
    turns_a_second: f64,
    worked_micros: f64,
}

async fn measure(store: impl Store, stored: u128) -> Cost {
    let bot =
        Arc::new(Bot::new(()).otherwise(async || "Hello! Say *menu*.").store(store).prepared());
    let mut next = 0;
    fill(&bot, stored).await;
    let spread = stored.max(AT_ONCE) / AT_ONCE;
    let mut samples = Vec::new();
    for _ in 0..=SAMPLES {
        let before = worked();
        let rate = sample(&bot, (0..AT_ONCE).map(|at| at * spread), &mut next).await;
        samples.push((rate, (worked() - before) * 1e6 / f64::from(ALL)));
    }
    samples.remove(0);
    samples.sort_by(|one, two| one.0.total_cmp(&two.0));
    let (turns_a_second, _) = samples[SAMPLES / 2];
    samples.sort_by(|one, two| one.1.total_cmp(&two.1));
    Cost { turns_a_second, worked_micros: samples[SAMPLES / 2].1 }
}

/// One turn in each of this many conversations.
async fn fill(bot: &Arc<Bot>, stored: u128) {
    let sender: Address = "whatsapp:+14155238886".parse().expect("it is an address");
    let mut fills = JoinSet::new();
    for part in 0..AT_ONCE {
        let (bot, to) = (Arc::clone(bot), sender.clone());
        fills.spawn(async move {
            for number in (part..stored).step_by(64) {
                let sid = MessageSid::new((1 << 100) + number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let message =
                    Inbound::new(sid, contact(number), to.clone(), Content::Text("hi".into()));
                assert!(bot.receive(message).await.is_ok());
            }
        });
    }
    while let Some(ended) = fills.join_next().await {
        ended.expect("no talk panics");
    }
}

#[tokio::main]
async fn main() {
    let stored: Vec<u128> =
        std::env::args().skip(1).filter_map(|count| count.parse().ok()).collect();
    let stored = if stored.is_empty() { vec![AT_ONCE] } else { stored };
    for stored in stored {
        let memory = measure(Memory::new(), stored).await;
        let (rate, micros) = (memory.turns_a_second, memory.worked_micros);
        println!(
            "{stored:>8} stored  memory          {rate:>9.0} turns/s  {micros:>5.1} µs of work"
        );
        for durability in [Durability::Process, Durability::Power] {
            let file = new_file(&format!("{durability:?}"));
            let store = Sqlite::builder(&file).durability(durability).open().expect("it opens");
            let store = Arc::new(store);
            let cost = measure(Arc::clone(&store), stored).await;
            let all = u64::try_from(stored).expect("it is small") + u64::from(ALL) * 6;
            println!(
                "{stored:>8} stored  sqlite {:<9}{:>9.0} turns/s  {:>5.1} µs of work, {:.2} of memory, {:.3} syncs a turn",
                format!("{durability:?}"),
                cost.turns_a_second,
                cost.worked_micros,
                cost.turns_a_second / memory.turns_a_second,
                f64::from(u32::try_from(store.syncs()).expect("there are few"))
                    / f64::from(u32::try_from(all).expect("there are few")),
            );
        }
    }
}
