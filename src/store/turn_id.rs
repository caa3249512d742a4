//! Which turn: the key against copies.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    conversation::{Key, clock::Timestamp},
    message::{AccountSid, Inbound, MessageSid},
};

/// Which turn: an account and a message, or a moment at which timers ring.
///
/// Two calls with the same id are copies: effects once, the same answer to each. It is 34 bytes
/// without a meaning to stores; `Debug` tells them for people.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TurnId([u8; Self::BYTES]);

/// The first byte of the id of a turn that a timer begins, of one that has a name, and of one whose
/// message came without an account; with an account it is 0.
const TIMER: u8 = b't';
const NAMED: u8 = b'n';
const NO_ACCOUNT: u8 = b'-';

impl TurnId {
    /// Bytes of an id.
    pub const BYTES: usize = 2 * MessageSid::BYTES;

    /// The turn of this message of this account; a message may come without an account.
    #[must_use]
    pub fn message(account: Option<AccountSid>, message: MessageSid) -> Self {
        let mut bytes = [NO_ACCOUNT; Self::BYTES];
        if let Some(account) = account {
            bytes[..MessageSid::BYTES].copy_from_slice(&account.to_bytes());
        }
        bytes[MessageSid::BYTES..].copy_from_slice(&message.to_bytes());
        Self(bytes)
    }

    /// The turn that answers this message.
    #[must_use]
    pub fn of(message: &Inbound) -> Self {
        Self::message(message.account(), message.sid)
    }

    /// The turn of the timers of this conversation that are due at this moment.
    #[must_use]
    pub fn timer(key: &Key, due: Timestamp) -> Self {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = TIMER;
        bytes[1..9].copy_from_slice(&due.as_millis().to_be_bytes());
        bytes[9..].copy_from_slice(&Sha256::digest(key.as_str())[..Self::BYTES - 9]);
        Self(bytes)
    }

    /// The turn of this name in this conversation, for what is done there without a message.
    #[must_use]
    pub fn named(key: &Key, name: &str) -> Self {
        let digest = Sha256::new().chain_update(key.as_str()).chain_update("\n");
        let digest = digest.chain_update(name).finalize();
        let mut bytes = [NAMED; Self::BYTES];
        bytes[Self::BYTES - digest.len()..].copy_from_slice(&digest);
        Self(bytes)
    }

    /// All of it.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl From<[u8; Self::BYTES]> for TurnId {
    fn from(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for TurnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0[0] {
            TIMER => "timer ",
            NAMED => "named ",
            _ => "message ",
        })?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_turns_have_different_ids() {
        let sender = "whatsapp:+14155238886".parse().unwrap();
        let key = |contact: &str| Key::new(&sender, &contact.parse().unwrap());
        let (ana, ben) = (key("+15005550006"), key("+15005550007"));
        let at = Timestamp::from_millis;
        let ids = [
            TurnId::message(None, MessageSid::new(1)),
            TurnId::message(None, MessageSid::with_media(1)),
            TurnId::message(Some(AccountSid::new(0)), MessageSid::new(1)),
            TurnId::message(Some(AccountSid::new(1)), MessageSid::new(1)),
            TurnId::timer(&ana, at(1)),
            TurnId::timer(&ana, at(2)),
            TurnId::timer(&ben, at(1)),
            TurnId::named(&ana, "a"),
            TurnId::named(&ana, "b"),
            TurnId::named(&ben, "a"),
        ];
        for (number, id) in ids.iter().enumerate() {
            assert!(!ids[..number].contains(id), "{id:?}");
            assert_eq!(TurnId::from(*id.as_bytes()), *id);
        }
    }
}
