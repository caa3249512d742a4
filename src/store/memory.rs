//! Conversations in this process's memory: bounded, expiring, gone at its end.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use moka::{policy::EvictionPolicy, sync::Cache};

use super::{Answer, Begun, Lease, Store, StoreError};
use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::MessageSid,
};

/// How long an answer is surely kept for copies: Twilio gives up after 15 seconds, and a copy may
/// have waited behind other messages.
const ANSWER_KEPT: Duration = Duration::from_mins(1);
/// Answers that are kept beyond that time, for each conversation.
const FEW_ANSWERS: u32 = 16;
/// Answers that are kept at most: more than messages can wait at once.
const MOST_ANSWERS: u32 = 128;

/// Conversations in this process's memory, for tests and for trying out.
///
/// It may forget: the least used conversations beyond its capacity, those that were silent for
/// too long, and all of them when the process ends. For anything that must be kept, take a
/// durable store.
///
/// Conversations are told apart by a keyed hash of 128 bits, which is what makes one cost less
/// than 600 bytes beside what handlers remember. Among a million of them the odds that two share
/// one are below one in 2⁸⁸.
pub struct Memory {
    conversations: Cache<u128, Arc<Mutex<Slot>>>,
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
        let conversations = Cache::builder()
            .max_capacity(conversations)
            .time_to_idle(silence)
            // Who writes for the first time is never refused for those who write often.
            .eviction_policy(EvictionPolicy::lru())
            .build();
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
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let lease = |revision| Lease { key: key.clone(), message, revision, began: now };
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
        slot.answered.push(lease.message, lease.began, &answer);
        Ok(())
    }
}

/// The newest answers of one conversation in one piece: for each the message's sid, the moment in
/// eight bytes, the answer's length in four, and the answer.
#[derive(Default)]
struct Answers {
    bytes: Box<[u8]>,
    count: u32,
}

/// Bytes before each answer.
const HEAD: usize = MessageSid::BYTES + 8 + 4;

/// One of them.
struct Kept<'a> {
    sid: &'a [u8],
    began: Timestamp,
    answer: &'a [u8],
}

impl Answers {
    /// All of them, oldest first.
    fn iter(&self) -> impl Iterator<Item = Kept<'_>> {
        let mut rest = &*self.bytes;
        std::iter::from_fn(move || {
            let (sid, behind) = rest.split_at_checked(MessageSid::BYTES)?;
            let (began, behind) = behind.split_first_chunk()?;
            let (length, behind) = behind.split_first_chunk()?;
            let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
            let (answer, behind) = behind.split_at_checked(length)?;
            rest = behind;
            let began = Timestamp::from_millis(i64::from_be_bytes(*began));
            Some(Kept { sid, began, answer })
        })
    }

    fn to(&self, message: MessageSid) -> Option<Answer> {
        let wanted = message.to_bytes();
        self.iter().find(|kept| kept.sid == wanted).map(|kept| Answer::new(kept.answer))
    }

    /// Adds an answer, and drops those that are old or too many.
    fn push(&mut self, message: MessageSid, began: Timestamp, answer: &Answer) {
        let answer = answer.as_bytes();
        let length = u32::try_from(answer.len()).expect("replies are limited to 64 kB");
        let (mut left, mut dropped) = (self.count, 0);
        for kept in self.iter() {
            let is_old = began.since(kept.began) > ANSWER_KEPT;
            if left < FEW_ANSWERS || (left < MOST_ANSWERS && !is_old) {
                break;
            }
            left -= 1;
            dropped += HEAD + kept.answer.len();
        }
        self.count = left + 1;
        self.bytes = [
            &self.bytes[dropped..],
            &message.to_bytes(),
            &began.as_millis().to_be_bytes(),
            &length.to_be_bytes(),
            answer,
        ]
        .concat()
        .into();
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

    fn ana() -> Key {
        key("+15005550006")
    }

    fn answer(text: &str) -> Answer {
        Answer::new(text.as_bytes())
    }

    async fn begin(store: &Memory, message: u128) -> Result<(Record, Lease), Answer> {
        let begun = store.begin(&ana(), MessageSid::new(message), NOW).await;
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

    /// Which of these messages are known, after a turn for each at this pace.
    async fn known(messages: u32, pace: Duration) -> Vec<u32> {
        let store = Memory::new();
        let mut now = NOW;
        for message in 0..messages {
            let sid = MessageSid::new(message.into());
            let Begun::Turn(record, lease) = store.begin(&ana(), sid, now).await.unwrap() else {
                panic!("{message} is new");
            };
            store.commit(lease, record, answer(&message.to_string())).await.unwrap();
            now = now.after(pace);
        }
        let mut known = Vec::new();
        for message in 0..messages {
            let sid = MessageSid::new(message.into());
            if let Begun::Answered(kept) = store.begin(&ana(), sid, now).await.unwrap() {
                assert_eq!(kept, answer(&message.to_string()));
                known.push(message);
            }
        }
        known
    }

    #[tokio::test]
    async fn answers_are_kept_for_a_minute_and_the_newest_for_longer() {
        let seconds = Duration::from_secs;
        assert_eq!(known(20, seconds(3600)).await, (4..20).collect::<Vec<_>>());
        assert_eq!(known(60, seconds(1)).await, (0..60).collect::<Vec<_>>());
        assert_eq!(known(100, seconds(1)).await[0], 39);
        assert_eq!(known(200, Duration::ZERO).await, (72..200).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_full_store_takes_newcomers() {
        let store = Memory::with_limits(10, Duration::from_hours(1));
        for round in 0..20 {
            for number in 0..10 {
                let key = key(&format!("+1000000{number}"));
                let sid = MessageSid::new(round);
                if let Begun::Turn(record, lease) = store.begin(&key, sid, NOW).await.unwrap() {
                    store.commit(lease, record, answer("old")).await.unwrap();
                }
            }
        }
        for number in 10..50 {
            let key = key(&format!("+100000{number}"));
            let begin = || store.begin(&key, MessageSid::new(1), NOW);
            let Begun::Turn(record, lease) = begin().await.unwrap() else { panic!("it is new") };
            store.commit(lease, record, answer("new")).await.unwrap();
            store.conversations.run_pending_tasks();
            assert!(matches!(begin().await.unwrap(), Begun::Answered(_)), "{number}");
        }
    }

    #[tokio::test]
    async fn the_number_of_conversations_is_bounded() {
        let store = Memory::with_limits(10, Duration::from_mins(1));
        for number in 0..1_000_u32 {
            let key = key(&format!("+1{number:07}"));
            let message = MessageSid::new(1);
            let lease = Lease { key, message, revision: 0, began: NOW };
            store.commit(lease, Record::default(), answer("hi")).await.unwrap();
        }
        store.conversations.run_pending_tasks();
        assert!(store.conversations.entry_count() <= 10);
    }
}
