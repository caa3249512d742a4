//! Several bots on one store, as workers on several machines are.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chinwag::{
    Bot, Remembered, Stored, Text,
    conversation::{
        Key,
        clock::{Clock, ManualClock},
    },
    dispatch::TurnError,
    message::{Content, Inbound, MessageSid},
    store::{Begun, LEASE, Memory, Store, TurnId},
    testkit::RuntimeClock,
};
use futures_util::{FutureExt, future::join_all};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

fn message(number: u32) -> Inbound {
    let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"].map(|a| a.parse().unwrap());
    Inbound::new(MessageSid::new(number.into()), from, to, Content::Text(number.to_string()))
}

#[derive(Default, Serialize, Deserialize)]
struct Log(Vec<String>);

impl Stored for Log {
    const NAME: &'static str = "log";
}

async fn note(
    Text(text): Text,
    Remembered(Log(mut log)): Remembered<Log>,
) -> (String, Remembered<Log>) {
    sleep(Duration::from_millis(2)).await;
    log.push(text);
    (log.join(" "), Remembered(Log(log)))
}

fn workers(store: &Arc<dyn Store>, clock: &Arc<ManualClock>) -> Vec<Bot> {
    let worker = |_| {
        let bot = Bot::new(()).otherwise(note);
        bot.store(Arc::clone(store)).clock(Arc::clone(clock))
    };
    (0..3).map(worker).collect()
}

#[tokio::test]
async fn messages_go_in_the_order_of_their_arrival_at_any_worker() {
    let (store, clock): (Arc<dyn Store>, _) = (Arc::new(Memory::new()), Arc::default());
    let workers = workers(&store, &clock);
    let arrivals = (0..60_u32).map(|number| {
        let worker = &workers[usize::try_from(number * 7 % 3).unwrap()];
        // Each is polled once in this order by `join_all`, and so asks the store in this order.
        worker.receive(message(number))
    });
    let answers = join_all(arrivals).await;
    let last = answers[59].as_ref().unwrap().messages()[0].body.clone();
    let expected: Vec<_> = (0..60).map(|number| number.to_string()).collect();
    assert_eq!(last, expected.join(" "));
}

#[tokio::test]
async fn copies_at_any_worker_get_the_first_answer() {
    let (store, clock): (Arc<dyn Store>, _) = (Arc::new(Memory::new()), Arc::default());
    let workers = workers(&store, &clock);
    let copies = (0..30).map(|copy| workers[copy % 3].receive(message(1)));
    for answer in join_all(copies).await {
        assert_eq!(answer.unwrap().messages()[0].body, "1");
    }
}

#[tokio::test]
async fn a_worker_that_dies_holds_its_conversation_up_for_one_lease() {
    let (store, clock): (Arc<dyn Store>, Arc<ManualClock>) =
        (Arc::new(Memory::new()), Arc::default());
    let workers = workers(&store, &clock);
    let (key, turn) = (Key::of(&message(1)), TurnId::of(&message(1)));
    let dead = store.begin(&key, turn, clock.now()).await.unwrap();
    assert!(matches!(dead, Begun::Turn(..)));
    let mut next = Box::pin(workers[0].receive(message(2)));
    assert!((&mut next).now_or_never().is_none());
    sleep(Duration::from_millis(50)).await;
    assert!((&mut next).now_or_never().is_none());
    clock.advance(LEASE);
    assert_eq!(next.await.unwrap().messages()[0].body, "2");
}

/// A copy that asks just when the dead worker's lease ends must not keep the one before it from
/// going on; copies come at many moments to meet this one.
#[tokio::test(start_paused = true)]
async fn copies_of_what_a_dead_worker_held_do_not_hold_each_other_up() {
    const COPIES: u32 = 9;
    for offset in (0..520).step_by(13) {
        let (store, clock) = (Arc::new(Memory::new()), RuntimeClock::new());
        let (key, turn) = (Key::of(&message(1)), TurnId::of(&message(1)));
        let dead = store.begin(&key, turn, clock.now()).await.unwrap();
        assert!(matches!(dead, Begun::Turn(..)));
        let bot = Bot::new(()).otherwise(note).store(store).clock(clock);
        let copies = (0..COPIES).map(|number| {
            let bot = &bot;
            async move {
                sleep(Duration::from_millis((offset + number * 520).into())).await;
                bot.receive(message(1)).await.unwrap().messages()[0].body.clone()
            }
        });
        let began = clock.now();
        for answer in timeout(LEASE * 20, join_all(copies)).await.expect("they are answered") {
            assert_eq!(answer, "1");
        }
        let took = clock.now().since(began);
        assert!(took < LEASE + Duration::from_secs(1), "{took:?} with offset {offset}");
    }
}

#[tokio::test]
async fn who_hangs_up_holds_up_nobody() {
    let (store, clock): (Arc<dyn Store>, _) = (Arc::new(Memory::new()), Arc::default());
    let workers = workers(&store, &clock);
    for (number, worker) in [(1, 0), (2, 1), (3, 2), (4, 0)] {
        let hung_up = workers[worker].receive(message(number));
        assert!(hung_up.now_or_never().is_none(), "{number} is still at work");
    }
    // No clock was turned: what they held was given back.
    let answer = workers[1].receive(message(5)).await.unwrap();
    assert_eq!(answer.messages()[0].body, "5");
}

#[tokio::test(start_paused = true)]
async fn a_slow_turn_keeps_its_lease() {
    let (store, clock): (Arc<dyn Store>, Arc<ManualClock>) =
        (Arc::new(Memory::new()), Arc::default());
    let runs = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&runs);
    let slow = Bot::new(()).otherwise(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async {
            sleep(LEASE * 4).await;
            "done"
        }
    });
    let slow = slow.store(Arc::clone(&store)).clock(Arc::clone(&clock));
    let other = workers(&store, &clock).pop().unwrap();
    let time_passes = async {
        for _ in 0..40 {
            sleep(LEASE / 10).await;
            clock.advance(LEASE / 10);
        }
    };
    let (first, copy, ()) =
        tokio::join!(slow.receive(message(1)), other.receive(message(1)), time_passes);
    assert_eq!(first.unwrap().messages()[0].body, "done");
    assert_eq!(copy.unwrap().messages()[0].body, "done");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn beyond_a_hundred_waiting_messages_there_is_a_503() {
    let gate = Arc::new(Notify::new());
    let order = Arc::new(Mutex::new(Vec::new()));
    let (opened, seen) = (Arc::clone(&gate), Arc::clone(&order));
    let bot = Bot::new(()).otherwise(move |Text(text): Text| {
        let (opened, seen) = (Arc::clone(&opened), Arc::clone(&seen));
        async move {
            if text == "0" {
                opened.notified().await;
            }
            seen.lock().unwrap().push(text);
            "ok"
        }
    });
    let answers = join_all((0..200).map(|number| bot.receive(message(number))));
    let opens = async {
        sleep(Duration::from_millis(20)).await;
        gate.notify_one();
    };
    let (answers, ()) = tokio::join!(answers, opens);
    let refused = answers.iter().filter(|answer| matches!(answer, Err(TurnError::Crowded)));
    assert_eq!(refused.count(), 99);
    assert!(answers.iter().flatten().count() == 101);
    assert!(answers.iter().filter_map(|a| a.as_ref().err()).all(TurnError::is_retryable));
    let expected: Vec<_> = (0..=100).map(|number: u32| number.to_string()).collect();
    assert_eq!(*order.lock().unwrap(), expected);
}
