//! A message whose reply took too long for its caller, as the outbox keeps it until it is done.

use super::{InvalidForm, Parameters};

/// What the bytes begin with; those of an [`Outbound`](super::Outbound) are JSON and never do.
const MARK: &[u8] = b"handed off:";

/// A message whose reply took too long for its caller: the parameters that it came with.
///
/// As bytes it lies in the outbox beside messages to people, and is told apart from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOff(pub Parameters);

impl HandedOff {
    /// The bytes that [`read`](Self::read) reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [MARK, self.0.encode().as_bytes()].concat()
    }

    /// What these bytes are; `None` if they are something else.
    ///
    /// # Errors
    /// If the parameters are damaged.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Result<Self, InvalidForm>> {
        Some(Parameters::decode(bytes.strip_prefix(MARK)?).map(Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Outbound;

    #[test]
    fn it_is_read_back_and_told_apart_from_what_is_to_be_sent() {
        let form: Parameters =
            [("Body", "a & b=c 🐟"), ("From", "+1"), ("", "x")].into_iter().collect();
        let handed_off = HandedOff(form);
        assert_eq!(HandedOff::read(&handed_off.to_bytes()), Some(Ok(handed_off)));
        let outbound = serde_json::to_vec(&Outbound::text("handed off:a=b")).unwrap();
        assert_eq!(HandedOff::read(&outbound), None);
        assert!(matches!(HandedOff::read(b"handed off:a=%ff"), Some(Err(_))));
    }
}
