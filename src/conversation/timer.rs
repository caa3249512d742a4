//! What is to happen in a conversation without a message, and when.

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// What is to happen in a conversation without a message, and when.
///
/// It is part of the conversation's record, so it is set and cancelled by commits like all that is
/// remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// One of each name in a conversation.
    pub name: String,
    /// When.
    pub due: Timestamp,
}

impl Timer {
    /// A timer of this name for this moment.
    pub fn new(name: impl Into<String>, due: Timestamp) -> Self {
        Self { name: name.into(), due }
    }
}
