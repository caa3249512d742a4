//! Promise 4: one conversation cannot hurt another.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chinwag::{Bot, Text, dispatch::TurnError, testkit::RuntimeClock};
use futures_util::poll;
use tokio::time::sleep;

use super::{bots::message, is_full, runtime, stores::stores};

const BLOCKED: u64 = 1;
const WAITING: u64 = 10_000;
const OTHERS: u64 = 2_000;

fn bot() -> Bot {
    Bot::new(()).otherwise(async |Text(text)| {
        if text == "block" {
            sleep(Duration::from_secs(3)).await;
        }
        "done"
    })
}

/// One conversation is blocked, and this many messages wait behind it; how many were turned away.
async fn block(bot: &Arc<Bot>) -> tokio::task::JoinHandle<u64> {
    let receive = |number: u64, text: &'static str| {
        let (bot, message) = (Arc::clone(bot), message(u128::from(number), BLOCKED, text));
        Box::pin(async move { bot.receive(message).await })
    };
    // It has its place before any other is there, on whatever thread they come.
    let mut first = receive(0, "block");
    assert!(poll!(&mut first).is_pending(), "it takes three seconds");
    let first = tokio::spawn(first);
    let crowd: Vec<_> = (1..=WAITING).map(|number| tokio::spawn(receive(number, "wait"))).collect();
    tokio::spawn(async move {
        drop(first.await.unwrap().unwrap());
        let mut turned_away = 0;
        for waiting in crowd {
            match waiting.await.unwrap() {
                Ok(_) => {}
                Err(TurnError::Crowded) => turned_away += 1,
                Err(error) => panic!("{error}"),
            }
        }
        turned_away
    })
}

/// How long others wait for their answers, in this order: the 99th of a hundred.
async fn p99(bot: &Arc<Bot>, first: u64, now: impl Fn() -> Duration) -> Duration {
    let mut times = Vec::new();
    for number in first..first + OTHERS {
        let message = message(u128::from(number) << 32, 1_000 + number % 500, "hi");
        let began = now();
        drop(bot.receive(message).await.unwrap());
        times.push(now().saturating_sub(began));
    }
    times.sort();
    times[times.len() * 99 / 100]
}

/// In virtual time: whoever waited for the blocked one would wait for seconds, or at all.
#[test]
fn nobody_else_waits_for_a_blocked_conversation() {
    // Virtual time goes on while a server is at work: those are measured in real time below.
    for (kind, store) in stores().filter(|(kind, _)| kind.name == "memory") {
        runtime().block_on(async {
            let bot = bot().store(store).clock(RuntimeClock::new());
            let bot = Arc::new(bot);
            let began = tokio::time::Instant::now();
            let crowd = block(&bot).await;
            assert_eq!(p99(&bot, 0, || began.elapsed()).await, Duration::ZERO, "{}", kind.name);
            assert!(!crowd.is_finished(), "the conversation is blocked all the while");
            let turned_away = crowd.await.unwrap();
            assert!(turned_away > 0 && turned_away < WAITING, "{turned_away}");
            println!("{}: {turned_away} of {WAITING} were turned away", kind.name);
        });
    }
}

/// In real time, for the figure; only a full run is asked to be quick.
#[test]
#[expect(clippy::disallowed_methods, reason = "the figure is one of real time")]
fn others_are_hardly_slower_beside_a_blocked_conversation() {
    for (kind, store) in stores() {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let bot = Arc::new(bot().store(store));
            let began = Instant::now();
            let alone = p99(&bot, 0, || began.elapsed()).await;
            let crowd = block(&bot).await;
            let beside = p99(&bot, OTHERS, || began.elapsed()).await;
            let grown = beside.saturating_sub(alone);
            println!("{}: p99 {alone:?} alone, {beside:?} beside: + {grown:?}", kind.name);
            assert!(!is_full() || grown < Duration::from_millis(20), "{}: {grown:?}", kind.name);
            crowd.await.unwrap();
        });
    }
}
