//! Why a store could not do what it was asked.

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StoreError {
    kind: Kind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("another turn of this conversation was begun meanwhile; handle the message again")]
    Conflict,
    #[error("the store cannot be reached")]
    Unavailable,
    #[error("{0}")]
    Unusable(String),
}

impl StoreError {
    /// The lease has gone to another turn of the conversation.
    #[must_use]
    pub fn conflict() -> Self {
        Self { kind: Kind::Conflict, source: None }
    }

    /// The store cannot be reached just now, and why.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Unavailable, source: Some(source.into()) }
    }

    /// The store cannot be used until somebody does something: one line that names it and says what.
    pub fn unusable(what: impl Into<String>) -> Self {
        Self { kind: Kind::Unusable(what.into()), source: None }
    }

    /// Whether the lease has gone to another turn of the conversation.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind == Kind::Conflict
    }

    /// Whether the store may be there again in a moment.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }
}
