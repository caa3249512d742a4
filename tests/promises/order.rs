//! Promise 3: in order for each conversation, also across workers.

use std::{sync::Arc, time::Duration};

use chinwag::{
    Bot, Remembered, Text,
    conversation::Key,
    store::Store,
    testkit::{Cluster, Faulty, RuntimeClock},
};
use tokio::time::sleep;

use super::{
    bots::{Said, message},
    is_full, runtime,
    stores::stores,
};

const WORKERS: usize = 3;

/// Remembers each message, and takes its time, which differs.
fn slow_diary() -> Bot {
    Bot::new(()).otherwise(async |Text(text), Remembered(Said(mut said)): Remembered<Said>| {
        let number: u64 = text.parse()?;
        sleep(Duration::from_millis(number * 7 % 23)).await;
        said.push(text);
        chinwag::Result::<_>::Ok(((), Remembered(Said(said))))
    })
}

/// Messages of each conversation come to any of the workers, each after the one before has its
/// place in the store's lane, long before that is done.
async fn inversions(store: Arc<dyn Store>, conversations: u64, messages: u64) -> u64 {
    let store: Arc<dyn Store> = Arc::new(Faulty::new(store, |_| None));
    let cluster =
        Arc::new(Cluster::of(WORKERS, slow_diary).on(Arc::clone(&store)).in_tokios_time());
    let talks = (0..conversations).map(|person| {
        let cluster = Arc::clone(&cluster);
        tokio::spawn(async move {
            let mut turns = Vec::new();
            for number in 0..messages {
                let sid = u128::from(person) << 32 | u128::from(number);
                let message = message(sid, person, &number.to_string());
                let worker = usize::try_from((person * 31 + number * number * 7) % 3).unwrap();
                let bot = cluster.worker(worker);
                turns.push(tokio::spawn(async move { bot.receive(message).await }));
                sleep(Duration::from_millis(5)).await;
            }
            for turn in turns {
                drop(turn.await.unwrap().unwrap());
            }
        })
    });
    for talk in talks.collect::<Vec<_>>() {
        talk.await.unwrap();
    }
    let mut inversions = 0;
    for person in 0..conversations {
        let key = Key::of(&message(0, person, ""));
        let now = chinwag::conversation::clock::Clock::now(&RuntimeClock::new());
        let record = store.read(&key, now).await.unwrap();
        let said: Said = serde_json::from_str(record.remembered("said").unwrap()).unwrap();
        assert_eq!(u64::try_from(said.0.len()), Ok(messages), "each is handled once");
        let numbers: Vec<u64> = said.0.iter().map(|text| text.parse().unwrap()).collect();
        inversions += numbers.windows(2).filter(|pair| pair[0] > pair[1]).count() as u64;
    }
    inversions
}

#[test]
fn messages_of_a_conversation_are_handled_in_their_order() {
    for (kind, store) in stores() {
        let few = if kind.part == 1 { 60 } else { 12 };
        let (conversations, messages) = if is_full() { (1_000, 100) } else { (few, 30) };
        let name = kind.name;
        let inversions = runtime().block_on(inversions(store, conversations, messages));
        println!(
            "{name}: {WORKERS} workers, {conversations} × {messages}: {inversions} inversions"
        );
        assert_eq!(inversions, 0, "{name}");
    }
}
