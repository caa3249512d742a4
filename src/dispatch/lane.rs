//! One message at a time for each conversation, first come, first served.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::conversation::Key;

/// Messages of one conversation that may wait at once.
pub(super) const MOST_WAITING: usize = 100;
/// Locks among which conversations are spread, so that they seldom wait for each other's.
const SHARDS: usize = 64;

/// The lanes of all conversations that are being talked in just now.
///
/// Lanes are told apart by a keyed hash of 64 bits. If two conversations ever shared one, the
/// second would wait for the first: slower, and still right.
pub(super) struct Lanes {
    shards: Arc<[Mutex<Waiting>; SHARDS]>,
    hasher: RandomState,
}

/// Who waits behind each message at work. A lane is here as long as one is at work.
type Waiting = HashMap<u64, VecDeque<oneshot::Sender<Place>>, Direct>;

/// The lane is ours until this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    shards: Arc<[Mutex<Waiting>; SHARDS]>,
    lane: u64,
}

/// Too many messages of one conversation wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowded;

impl Lanes {
    pub(super) fn new() -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { shards: Arc::new(shards), hasher: RandomState::new() }
    }

    /// Takes the lane when all that entered earlier are done.
    ///
    /// The place in the queue is taken at once, before anything is awaited. Giving up at any
    /// moment frees it for the next.
    pub(super) fn enter(&self, key: &Key) -> Result<impl Future<Output = Place> + use<>, Crowded> {
        let lane = self.hasher.hash_one(key);
        let queued = {
            let mut waiting = lock(&self.shards, lane);
            match waiting.get_mut(&lane) {
                None => {
                    waiting.insert(lane, VecDeque::new());
                    Err(Place { shards: Arc::clone(&self.shards), lane })
                }
                Some(queue) => {
                    queue.retain(|waiter| !waiter.is_closed());
                    if queue.len() >= MOST_WAITING {
                        return Err(Crowded);
                    }
                    let (waiter, turn) = oneshot::channel();
                    queue.push_back(waiter);
                    Ok(turn)
                }
            }
        };
        Ok(async move {
            match queued {
                Err(place) => place,
                Ok(turn) => turn.await.expect("a waiter leaves the queue only with the place"),
            }
        })
    }
}

impl Drop for Place {
    /// Hands the lane to the next that waits.
    fn drop(&mut self) {
        let next = {
            let mut waiting = lock(&self.shards, self.lane);
            let next = waiting.get_mut(&self.lane).and_then(VecDeque::pop_front);
            if next.is_none() {
                waiting.remove(&self.lane);
            }
            next
        };
        if let Some(next) = next {
            let place = Self { shards: Arc::clone(&self.shards), lane: self.lane };
            // Who has given up does not take the place; dropping it again serves the one behind,
            // at most as often as messages may wait.
            drop(next.send(place));
        }
    }
}

fn lock(shards: &[Mutex<Waiting>; SHARDS], lane: u64) -> std::sync::MutexGuard<'_, Waiting> {
    let shard = usize::try_from(lane >> 58).expect("six bits fit everywhere");
    shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lanes' numbers are hashes already.
#[derive(Debug, Default, Clone, Copy)]
struct Direct;

impl BuildHasher for Direct {
    type Hasher = Hashed;

    fn build_hasher(&self) -> Hashed {
        Hashed(0)
    }
}

#[derive(Debug)]
struct Hashed(u64);

impl std::hash::Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only whole numbers are hashed")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::{FutureExt, poll};

    use super::*;

    fn key(contact: &str) -> Key {
        let sender = "whatsapp:+14155238886".parse().unwrap();
        Key::new(&sender, &contact.parse().unwrap())
    }

    fn len(lanes: &Lanes) -> usize {
        lanes.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }

    #[tokio::test]
    async fn messages_of_one_conversation_go_in_order() {
        let lanes = Lanes::new();
        let key = key("+15005550006");
        let first = lanes.enter(&key).unwrap().await;
        let mut second = pin!(lanes.enter(&key).unwrap());
        let mut third = pin!(lanes.enter(&key).unwrap());
        assert!(poll!(&mut second).is_pending() && poll!(&mut third).is_pending());
        drop(first);
        assert!(poll!(&mut third).is_pending());
        drop(second.await);
        drop(third.await);
        assert_eq!(len(&lanes), 0);
    }

    #[tokio::test]
    async fn other_conversations_are_not_held_up() {
        let lanes = Lanes::new();
        let _first = lanes.enter(&key("+15005550006")).unwrap().await;
        assert!(lanes.enter(&key("+15005550007")).unwrap().now_or_never().is_some());
    }

    #[tokio::test]
    async fn those_who_give_up_are_passed_over() {
        let lanes = Lanes::new();
        let key = key("+15005550006");
        let first = lanes.enter(&key).unwrap().await;
        let mut last = pin!(lanes.enter(&key).unwrap());
        {
            let mut gone = pin!(lanes.enter(&key).unwrap());
            assert!(poll!(&mut gone).is_pending());
            assert!(poll!(&mut last).is_pending());
        }
        drop(first);
        drop(last.await);
        assert_eq!(len(&lanes), 0);
    }

    #[tokio::test]
    async fn a_place_that_nobody_fetches_goes_on_to_the_next() {
        let lanes = Lanes::new();
        let key = key("+15005550006");
        let first = lanes.enter(&key).unwrap().await;
        let mut last = pin!(lanes.enter(&key).unwrap());
        {
            let mut late = pin!(lanes.enter(&key).unwrap());
            assert!(poll!(&mut late).is_pending());
            assert!(poll!(&mut last).is_pending());
            drop(first);
        }
        assert!(last.now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_crowd_is_turned_away() {
        let lanes = Lanes::new();
        let key = key("+15005550006");
        let first = lanes.enter(&key).unwrap().await;
        let mut crowd: Vec<_> =
            (0..MOST_WAITING).map(|_| Box::pin(lanes.enter(&key).unwrap())).collect();
        for waiter in &mut crowd {
            assert!(poll!(waiter).is_pending());
        }
        assert!(matches!(lanes.enter(&key), Err(Crowded)));
        crowd.clear();
        drop(first);
        assert!(lanes.enter(&key).unwrap().now_or_never().is_some());
    }
}
