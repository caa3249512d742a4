//! Where all ids come from: one seeded source, so that a run can be repeated.

use sha1::{Digest, Sha1};

use crate::message::{ContentSid, MessageSid};

/// Gives ids that look random and are the same for the same seed.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    given: u64,
}

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, given: 0 }
    }

    fn bits(&mut self) -> u128 {
        self.given += 1;
        let hash = Sha1::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(self.given.to_be_bytes())
            .finalize();
        hash.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    }

    /// A message's id: `MM` with media, `SM` without.
    pub(super) fn message(&mut self, has_media: bool) -> MessageSid {
        let bits = self.bits();
        if has_media { MessageSid::with_media(bits) } else { MessageSid::new(bits) }
    }

    /// A content template's id.
    pub(super) fn content(&mut self) -> ContentSid {
        ContentSid::new(self.bits())
    }

    /// A recorded request's id: `RQ` and 32 hexadecimal digits.
    pub(super) fn request(&mut self) -> String {
        format!("RQ{:032x}", self.bits())
    }

    /// A random UUID (version 4), as `I-Twilio-Idempotency-Token` has it.
    pub(super) fn token(&mut self) -> String {
        let bits = self.bits() & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let run = |seed| {
            let mut ids = Ids::new(seed);
            [ids.message(false).to_string(), ids.message(true).to_string(), ids.request()]
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        let [text, media, request] = run(7);
        assert!(text.starts_with("SM") && media.starts_with("MM") && request.starts_with("RQ"));
        assert_ne!(text[2..], media[2..]);
    }

    #[test]
    fn tokens_are_uuids_of_version_4() {
        let mut ids = Ids::new(1);
        for _ in 0..100 {
            let token = ids.token();
            let lengths: Vec<_> = token.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12]);
            assert_eq!(&token[14..15], "4");
            assert!("89ab".contains(&token[19..20]), "{token}");
        }
    }
}
