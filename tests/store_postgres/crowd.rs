//! Many workers, many conversations, all at once: nothing is lost, and the order is kept.

use std::{sync::Arc, time::Duration};

use chinwag::{
    conversation::clock::Timestamp,
    store::{Begun, Parcel, ParcelId, Postgres, Settled, Store},
};
use tokio::{task::JoinSet, time::sleep};

use super::{NOW, Server, heard, history, key, new_schema, open, turn};

const CONVERSATIONS: u32 = 24;
const MESSAGES: u32 = 10;

/// Numbers without an order, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Asks until it is this message's turn, and takes it; a copy may have been faster.
async fn handle(store: Arc<Postgres>, conversation: u32, message: u32, first: Option<Begun>) {
    let key = key(conversation);
    let mut begun = first;
    loop {
        match begun.take() {
            Some(Begun::Turn(record, lease)) => {
                let mut outcome = heard(record, message);
                let id = ParcelId::of(turn(message), conversation);
                let body = message.to_be_bytes().into();
                outcome.parcels = vec![Parcel { id, key: key.clone(), due: NOW, body }];
                return store.commit(&lease, &outcome, NOW).await.unwrap();
            }
            Some(Begun::Answered(answer)) => {
                return assert_eq!(answer.as_bytes(), message.to_be_bytes());
            }
            Some(Begun::Wait) => sleep(Duration::from_millis(2)).await,
            None => {}
        }
        begun = Some(store.begin(&key, turn(message), NOW).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_workers_keep_every_message_and_its_place() {
    // One that waits for the disk, which gives workers time to meet.
    let Some(server) = Server::start() else { return };
    let schema = new_schema();
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(Arc::new(open(&server, &schema).await));
    }
    let mut dice = Dice(2_018);
    let mut next = vec![0; CONVERSATIONS as usize];
    let mut handlers = JoinSet::new();
    let mut left: Vec<u32> = (0..CONVERSATIONS).collect();
    while !left.is_empty() {
        let at = dice.below(u32::try_from(left.len()).unwrap()) as usize;
        let conversation = left[at];
        let message = next[conversation as usize];
        next[conversation as usize] += 1;
        if message + 1 == MESSAGES {
            left.swap_remove(at);
        }
        let mut worker = || Arc::clone(&workers[dice.below(3) as usize]);
        let (first, second) = (worker(), worker());
        // Places are taken in the order of asking; the rest happens in any order, with a copy.
        let begun = first.begin(&key(conversation), turn(message), NOW).await.unwrap();
        handlers.spawn(handle(first, conversation, message, Some(begun)));
        if message.is_multiple_of(3) {
            handlers.spawn(handle(second, conversation, message, None));
        }
    }
    while let Some(handled) = handlers.join_next().await {
        handled.unwrap();
    }
    let all: Vec<_> = (0..MESSAGES).map(|message| format!(" {message}")).collect();
    let all = all.concat();
    for conversation in 0..CONVERSATIONS {
        assert_eq!(history(&*workers[0], &key(conversation)).await, all, "{conversation}");
    }
    sends_all_in_order(&workers).await;
}

/// Three couriers send what was posted; some tries fail.
async fn sends_all_in_order(workers: &[Arc<Postgres>]) {
    let mut couriers = JoinSet::new();
    for (number, store) in workers.iter().map(Arc::clone).enumerate() {
        couriers.spawn(async move {
            let (mut sent, mut dice) = (Vec::new(), Dice(number as u64 + 1));
            let mut idle = 0;
            while idle < 20 {
                let claims = store.claim(NOW, 7).await.unwrap();
                idle = if claims.is_empty() { idle + 1 } else { 0 };
                for claim in claims {
                    let settled = if dice.below(4) == 0 {
                        Settled::Again(NOW)
                    } else {
                        let message = u32::from_be_bytes(claim.parcel.body[..].try_into().unwrap());
                        sent.push((tokio::time::Instant::now(), claim.parcel.key.clone(), message));
                        Settled::Done
                    };
                    store.settle(&claim, settled).await.unwrap();
                }
                sleep(Duration::from_millis(1)).await;
            }
            sent
        });
    }
    let mut sent = couriers.join_all().await.concat();
    sent.sort_by_key(|(when, ..)| *when);
    for conversation in 0..CONVERSATIONS {
        let key = key(conversation);
        let messages = sent.iter().filter(|(_, to, _)| *to == key).map(|(.., message)| *message);
        assert!(messages.eq(0..MESSAGES), "{conversation}");
    }
    let later: Timestamp = NOW.after(Duration::from_hours(1));
    assert_eq!(workers[0].claim(later, 1_000).await.unwrap(), []);
}
