//! Conversations in this process's memory: bounded, expiring, gone at its end.

mod answers;
mod bells;
mod ledger;
mod outbox;

use std::{
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use moka::{policy::EvictionPolicy, sync::Cache};

use self::{answers::Answers, bells::Bells, ledger::Ledger, outbox::Outbox};
use super::{
    Begun, Claim, Delivery, Lease, Outcome, Parcel, SILENCE_KEPT, Settled, Store, StoreError,
    TurnId, lanes::Lanes,
};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

/// Among which lanes are spread, so that conversations seldom wait for each other's lock.
const SHARDS: usize = 64;

/// Conversations in this process's memory, for tests and for trying out.
///
/// It may forget: the least used conversations beyond its capacity, those that were silent for
/// too long, answers beyond the newest thousand of a conversation, deliveries beyond a hundred
/// thousand, and all of it when the process ends. For anything that must be kept, take a durable store.
///
/// Conversations are told apart by a keyed hash of 128 bits, which is what makes one cost less
/// than 600 bytes beside what handlers remember. Among a million of them the odds that two share
/// one are below one in 2⁸⁸.
pub struct Memory {
    conversations: Cache<u128, Arc<Mutex<Slot>>>,
    silence: Duration,
    lanes: Box<[Mutex<Lanes<u128>>; SHARDS]>,
    bells: Mutex<Bells>,
    outbox: Mutex<Outbox>,
    /// Locked before the outbox, if both are.
    ledger: Mutex<Ledger>,
    hashers: [RandomState; 2],
}

/// Shows how many conversations there are, and none of them.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conversations = self.conversations.entry_count();
        f.debug_struct("Memory").field("conversations", &conversations).finish_non_exhaustive()
    }
}

/// One conversation as it was committed last.
#[derive(Default)]
struct Slot {
    record: Record,
    answers: Answers,
    committed: Timestamp,
}

impl Slot {
    /// Whether it was silent for too long, and will not speak by itself.
    fn is_over(&self, now: Timestamp, silence: Duration) -> bool {
        now.since(self.committed) > silence && self.record.due().is_none()
    }
}

impl Memory {
    /// Room for a million conversations, each kept for a year of silence.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(1_000_000, SILENCE_KEPT)
    }

    /// Room for this many conversations, each kept for this long after its last turn.
    #[must_use]
    pub fn with_limits(conversations: u64, silence: Duration) -> Self {
        let conversations = Cache::builder()
            .max_capacity(conversations)
            // Who writes for the first time is never refused for those who write often.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self {
            conversations,
            silence,
            lanes: Box::new(std::array::from_fn(|_| Mutex::default())),
            bells: Mutex::default(),
            outbox: Mutex::default(),
            ledger: Mutex::default(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    fn number(&self, of: impl Hash) -> u128 {
        let [high, low] = [&self.hashers[0], &self.hashers[1]].map(|hasher| hasher.hash_one(&of));
        u128::from(high) << 64 | u128::from(low)
    }

    fn lanes(&self, conversation: u128) -> MutexGuard<'_, Lanes<u128>> {
        let shard = usize::try_from(conversation >> 122).expect("six bits fit everywhere");
        lock(&self.lanes[shard])
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for Memory {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        let conversation = self.number(key);
        // First the lane: while the lease is ours, nobody else changes what is read then.
        let fence = self.lanes(conversation).ask(conversation, turn, now);
        let slot = self.conversations.get(&conversation);
        let slot = slot.as_ref().map(|slot| lock(slot));
        if let Some(answer) = slot.as_ref().and_then(|slot| slot.answers.to(self.number(turn))) {
            let mut lanes = self.lanes(conversation);
            match fence {
                Some(fence) => lanes.end(&conversation, fence),
                None => lanes.leave(&conversation, turn),
            }
            return Ok(Begun::Answered(answer));
        }
        let Some(fence) = fence else { return Ok(Begun::Wait) };
        let fresh = slot.filter(|slot| !slot.is_over(now, self.silence));
        let record = fresh.map(|slot| slot.record.clone()).unwrap_or_default();
        Ok(Begun::Turn(record, Lease { key: key.clone(), turn, fence }))
    }

    async fn commit(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = self.number(&lease.key);
        let turn = self.number(lease.turn);
        let slot = self.conversations.get_with(conversation, Arc::default);
        let mut slot = lock(&slot);
        if !self.lanes(conversation).holds(&conversation, lease.fence) {
            let is_done = slot.answers.to(turn).is_some();
            return if is_done { Ok(()) } else { Err(StoreError::conflict()) };
        }
        // A new slot may be that of a conversation that was forgotten, and its bell was not.
        let due = outcome.record.due();
        if due.is_some() || slot.record.due().is_some() || slot.committed == Timestamp::default() {
            lock(&self.bells).set(&lease.key, due);
        }
        if !outcome.parcels.is_empty() {
            lock(&self.outbox).post(&outcome.parcels);
        }
        slot.record = outcome.record.clone();
        slot.answers.push(turn, now, &outcome.answer);
        slot.committed = now;
        self.lanes(conversation).end(&conversation, lease.fence);
        Ok(())
    }

    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let conversation = self.number(&lease.key);
        let until = now.after(super::LEASE);
        let is_ours = self.lanes(conversation).extend(&conversation, lease.fence, until);
        if is_ours { Ok(()) } else { Err(StoreError::conflict()) }
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let conversation = self.number(&lease.key);
        self.lanes(conversation).end(&conversation, lease.fence);
        Ok(())
    }

    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        let conversation = self.number(key);
        self.lanes(conversation).leave(&conversation, turn);
        Ok(())
    }

    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        let slot = self.conversations.get(&self.number(key));
        let slot = slot.as_ref().map(|slot| lock(slot));
        let fresh = slot.filter(|slot| !slot.is_over(now, self.silence));
        Ok(fresh.map(|slot| slot.record.clone()).unwrap_or_default())
    }

    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        Ok(lock(&self.bells).ring(now, most))
    }

    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        lock(&self.outbox).post(parcels);
        Ok(())
    }

    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        Ok(lock(&self.outbox).claim(now, most))
    }

    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        let mut ledger = lock(&self.ledger);
        let mut outbox = lock(&self.outbox);
        if let Settled::Sent(sent) = &settled {
            let replacement = ledger.sent(&claim.parcel, sent);
            outbox.post(replacement.as_slice());
        }
        outbox.settle(claim, &settled)
    }

    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let mut ledger = lock(&self.ledger);
        let (delivery, replacement) = ledger.report(sid, status, error, now);
        lock(&self.outbox).post(replacement.as_slice());
        Ok(delivery)
    }

    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        Ok(lock(&self.ledger).delivery(sid))
    }

    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        Ok(lock(&self.ledger).unreported(now, most))
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.lanes.iter().for_each(|lanes| lock(lanes).sweep(now));
        lock(&self.ledger).sweep(now);
        let mut swept = 0;
        for (number, slot) in &self.conversations {
            let is_over = lock(&slot).is_over(now, self.silence);
            if is_over {
                self.conversations.invalidate(&*number);
                swept += 1;
            }
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0);

    async fn turn(store: &Memory, contact: &str, message: u128) {
        let sender = "whatsapp:+14155238886".parse().unwrap();
        let key = Key::new(&sender, &contact.parse().unwrap());
        let id = TurnId::message(None, MessageSid::new(message));
        let Begun::Turn(record, lease) = store.begin(&key, id, NOW).await.unwrap() else {
            panic!("it is new");
        };
        let outcome = Outcome { record, ..Outcome::default() };
        store.commit(&lease, &outcome, NOW).await.unwrap();
        store.conversations.run_pending_tasks();
        let again = store.begin(&key, id, NOW).await.unwrap();
        assert!(matches!(again, Begun::Answered(_)), "{contact}");
    }

    #[tokio::test]
    async fn a_full_store_takes_newcomers() {
        let store = Memory::with_limits(10, Duration::from_hours(1));
        for round in 0..20 {
            for number in 0..10 {
                turn(&store, &format!("+1000000{number}"), round).await;
            }
        }
        for number in 10..1_000 {
            turn(&store, &format!("+10000{number:04}"), 1).await;
        }
        assert!(store.conversations.entry_count() <= 10);
    }
}
