//! FIRST: where conversations are kept, and that a turn is a transaction.
//!
//! A turn is [`begin`](Store::begin) and [`commit`](Store::commit), and nothing else touches a
//! record. [`Memory`] is the store for tests and for trying out.

mod memory;

use std::{fmt, sync::Arc};

use async_trait::async_trait;

use crate::{
    conversation::{Key, Record, clock::Timestamp},
    message::MessageSid,
};

pub use memory::Memory;

/// Keeps conversations.
///
/// What every store does: `begin` changes nothing that another turn can see. `commit` writes the
/// record and the answer together or not at all. An answered message is known for at least a
/// minute: Twilio repeats one within 15 seconds.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// Begins the turn of this message, or says what was answered to it.
    ///
    /// # Errors
    /// If the store cannot be reached; the message may be tried again.
    async fn begin(
        &self,
        key: &Key,
        message: MessageSid,
        now: Timestamp,
    ) -> Result<Begun, StoreError>;

    /// Ends a turn: what is remembered now, and what is answered.
    ///
    /// # Errors
    /// If another turn of the conversation was committed since `begin`
    /// ([`is_conflict`](StoreError::is_conflict)), or the store cannot be reached. Nothing has
    /// changed then.
    async fn commit(&self, lease: Lease, record: Record, answer: Answer) -> Result<(), StoreError>;
}

/// How a turn begins.
#[derive(Debug)]
pub enum Begun {
    /// The message is new: this is the conversation so far, blank at first.
    Turn(Record, Lease),
    /// The message is a copy: this was answered.
    Answered(Answer),
}

/// The right to commit one turn.
#[derive(Debug)]
pub struct Lease {
    /// The conversation.
    pub key: Key,
    /// The message that is being answered.
    pub message: MessageSid,
    /// Which state of the conversation the turn began from; the store's own count.
    pub revision: u64,
    /// When the turn began.
    pub began: Timestamp,
}

/// What was answered to one message, as bytes that only the dispatcher reads; `Debug` hides them.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer(Arc<[u8]>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} bytes)", self.0.len())
    }
}

impl Answer {
    /// An answer of these bytes.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The very bytes that were committed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Why a store could not begin or commit a turn.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StoreError {
    kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("another turn of this conversation was committed first; handle the message again")]
    Conflict,
    #[error("the store cannot be reached")]
    Unavailable,
}

impl StoreError {
    /// Another turn of the conversation was committed first.
    #[must_use]
    pub fn conflict() -> Self {
        Self { kind: Kind::Conflict, source: None }
    }

    /// The store cannot be reached, and why.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Unavailable, source: Some(source.into()) }
    }

    /// Whether another turn of the conversation was committed first.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind == Kind::Conflict
    }
}
