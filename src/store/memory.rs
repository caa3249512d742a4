//! Conversations in this process's memory: bounded, expiring, gone at its end.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use moka::sync::Cache;

use super::{Answer, Begun, Lease, Store, StoreError};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::MessageSid,
};

/// Answers that are kept for copies, for each conversation: Twilio repeats a message within
/// seconds, so older ones are not asked for.
const ANSWERS: usize = 16;

/// Conversations in this process's memory, for tests and for trying out.
///
/// It may forget: the least used conversations beyond its capacity, those that were silent for
/// too long, and all of them when the process ends. For anything that must be kept, take a
/// durable store.
///
/// Conversations are told apart by a keyed hash of 128 bits, which is what makes one cost less
/// than 600 bytes beside what handlers remember. Among a million of them the odds that two share
/// one are below one in 2⁸⁸.
#[derive(Debug)]
pub struct Memory {
    conversations: Cache<u128, Arc<Mutex<Slot>>>,
    hashers: [RandomState; 2],
}

/// One conversation as it was committed last.
#[derive(Debug, Default)]
struct Slot {
    record: Record,
    revision: u64,
    answered: Answers,
}

impl Memory {
    /// Room for a million conversations, each kept for 30 days of silence.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(1_000_000, Duration::from_hours(30 * 24))
    }

    /// Room for this many conversations, each kept for this long after its last turn.
    #[must_use]
    pub fn with_limits(conversations: u64, silence: Duration) -> Self {
        let conversations =
            Cache::builder().max_capacity(conversations).time_to_idle(silence).build();
        Self { conversations, hashers: [RandomState::new(), RandomState::new()] }
    }

    fn number(&self, key: &Key) -> u128 {
        let [high, low] = [&self.hashers[0], &self.hashers[1]].map(|hasher| hasher.hash_one(key));
        u128::from(high) << 64 | u128::from(low)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for Memory {
    async fn begin(
        &self,
        key: &Key,
        message: MessageSid,
        _now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let lease = |revision| Lease { key: key.clone(), message, revision };
        let Some(slot) = self.conversations.get(&self.number(key)) else {
            return Ok(Begun::Turn(Record::default(), lease(0)));
        };
        let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match slot.answered.to(message) {
            Some(answer) => Begun::Answered(answer),
            None => Begun::Turn(slot.record.clone(), lease(slot.revision)),
        })
    }

    async fn commit(&self, lease: Lease, record: Record, answer: Answer) -> Result<(), StoreError> {
        let slot = self.conversations.get_with(self.number(&lease.key), Arc::default);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        // A blank slot stands for a conversation that was forgotten meanwhile.
        if slot.revision != lease.revision && slot.revision != 0 {
            return Err(StoreError::conflict());
        }
        slot.revision = lease.revision + 1;
        slot.record = record;
        slot.answered.push(lease.message, &answer);
        Ok(())
    }
}

/// The newest answers of one conversation in one piece: for each the message's sid, the answer's
/// length in four bytes, and the answer.
#[derive(Debug, Default)]
struct Answers(Box<[u8]>);

/// Bytes before each answer.
const HEAD: usize = MessageSid::BYTES + 4;

impl Answers {
    /// Each answer with its sid, oldest first.
    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (head, behind) = rest.split_at_checked(HEAD)?;
            let (sid, length) = head.split_at(MessageSid::BYTES);
            let length = u32::from_be_bytes(length.try_into().ok()?);
            let (answer, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
            rest = behind;
            Some((sid, answer))
        })
    }

    fn to(&self, message: MessageSid) -> Option<Answer> {
        let wanted = message.to_bytes();
        self.iter().find(|(sid, _)| *sid == wanted).map(|(_, answer)| Answer::new(answer))
    }

    /// Adds an answer, and drops the oldest when there are too many.
    fn push(&mut self, message: MessageSid, answer: &Answer) {
        let answer = answer.as_bytes();
        let length = u32::try_from(answer.len()).expect("replies are limited to 64 kB");
        let is_full = self.iter().count() >= ANSWERS;
        let oldest = self.iter().next().map_or(0, |(_, answer)| HEAD + answer.len());
        let kept = if is_full { &self.0[oldest..] } else { &self.0 };
        self.0 = [kept, &message.to_bytes(), &length.to_be_bytes(), answer].concat().into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(0);

    fn key(contact: &str) -> Key {
        let sender = "whatsapp:+14155238886".parse().unwrap();
        Key::new(&sender, &contact.parse().unwrap())
    }

    fn answer(text: &str) -> Answer {
        Answer::new(text.as_bytes())
    }

    async fn begin(store: &Memory, message: u128) -> Result<(Record, Lease), Answer> {
        let begun = store.begin(&key("+15005550006"), MessageSid::new(message), NOW).await;
        match begun.unwrap() {
            Begun::Turn(record, lease) => Ok((record, lease)),
            Begun::Answered(answer) => Err(answer),
        }
    }

    async fn turn(store: &Memory, message: u128) {
        let (mut record, lease) = begin(store, message).await.unwrap();
        record.heard(NOW);
        store.commit(lease, record, answer(&message.to_string())).await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_gets_the_first_answer() {
        let store = Memory::new();
        turn(&store, 1).await;
        turn(&store, 2).await;
        assert_eq!(begin(&store, 1).await.unwrap_err(), answer("1"));
        assert_eq!(begin(&store, 3).await.unwrap().0.messages(), 2);
    }

    #[tokio::test]
    async fn a_turn_without_a_commit_changes_nothing() {
        let store = Memory::new();
        turn(&store, 1).await;
        let (mut record, lease) = begin(&store, 2).await.unwrap();
        record.heard(NOW);
        drop((record, lease));
        assert_eq!(begin(&store, 2).await.unwrap().0.messages(), 1);
    }

    #[tokio::test]
    async fn the_second_of_two_turns_at_once_is_refused() {
        let store = Memory::new();
        for first in [1, 11] {
            let (record, lease) = begin(&store, first).await.unwrap();
            let (late_record, late) = begin(&store, first + 1).await.unwrap();
            store.commit(lease, record, answer("first")).await.unwrap();
            let refused = store.commit(late, late_record, answer("late")).await.unwrap_err();
            assert!(refused.is_conflict());
        }
    }

    #[tokio::test]
    async fn the_newest_answers_are_kept() {
        let store = Memory::new();
        for message in 0..=16 {
            turn(&store, message).await;
        }
        assert!(begin(&store, 0).await.is_ok());
        assert_eq!(begin(&store, 1).await.unwrap_err(), answer("1"));
    }

    #[tokio::test]
    async fn the_number_of_conversations_is_bounded() {
        let store = Memory::with_limits(10, Duration::from_mins(1));
        for number in 0..1_000_u32 {
            let key = key(&format!("+1{number:07}"));
            let lease = Lease { key, message: MessageSid::new(1), revision: 0 };
            store.commit(lease, Record::default(), answer("hi")).await.unwrap();
        }
        store.conversations.run_pending_tasks();
        assert!(store.conversations.entry_count() <= 10);
    }
}
