//! Turns a second on each store, 64 conversations at once: `cargo run --release -p bench --bin stores`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
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

/// The median, after a sample that does not count.
async fn measure(store: impl Store, stored: u128) -> f64 {
    let bot =
        Arc::new(Bot::new(()).otherwise(async || "Hello! Say *menu*.").store(store).prepared());
    let mut next = 0;
    fill(&bot, stored).await;
    let spread = stored.max(AT_ONCE) / AT_ONCE;
    let mut samples = Vec::new();
    for _ in 0..=SAMPLES {
        samples.push(sample(&bot, (0..AT_ONCE).map(|at| at * spread), &mut next).await);
    }
    samples.remove(0);
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
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
        println!("{stored:>8} stored  memory           {memory:>9.0} turns/s");
        for durability in [Durability::Process, Durability::Power] {
            let file = new_file(&format!("{durability:?}"));
            let store = Sqlite::builder(&file).durability(durability).open().expect("it opens");
            let store = Arc::new(store);
            let before = store.syncs();
            let turns = measure(Arc::clone(&store), stored).await;
            let all = u64::try_from(AT_ONCE * TURNS * (SAMPLES as u128 + 1) + stored).expect("few");
            let per_sync = all.checked_div(store.syncs() - before).unwrap_or(0);
            println!(
                "{stored:>8} stored  sqlite {durability:<9} {turns:>9.0} turns/s, {:.2} of memory, {per_sync} turns a sync",
                turns / memory,
                durability = format!("{durability:?}"),
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
