//! What confirms a STOP to a person, as the outbox keeps it where its caller did not wait.

/// What the bytes begin with; those of an [`Outbound`](super::Outbound) are JSON and never do.
const MARK: &[u8] = b"confirms:";

/// What confirms a STOP, as JSON: the only thing that may leave after it.
///
/// As bytes it lies in the outbox beside other messages, and is told apart from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation<'a>(pub &'a [u8]);

impl<'a> Confirmation<'a> {
    /// The bytes that [`read`](Self::read) reads.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        [MARK, self.0].concat()
    }

    /// What these bytes are; `None` if they are something else.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        bytes.strip_prefix(MARK).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_and_told_apart_from_what_is_to_be_sent() {
        let bytes = Confirmation(b"{}").to_bytes();
        assert_eq!(Confirmation::read(&bytes), Some(Confirmation(b"{}")));
        assert_eq!(Confirmation::read(br#"{"body":"confirms:{}"}"#), None);
    }
}
