//! Twilio's ids (SIDs): two letters and 32 hexadecimal digits, one type for each kind.

use std::{fmt, str::FromStr};

/// Why a text is not a SID of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} is {prefixes} and 32 hexadecimal digits")]
pub struct InvalidSid {
    /// With its article.
    kind: &'static str,
    prefixes: &'static str,
}

/// The two letters and the 128 bits that follow them.
fn read(text: &str, prefixes: &[&'static str]) -> Option<(u8, u128)> {
    let (prefix, digits) = text.split_at_checked(2)?;
    let kind = prefixes.iter().position(|known| *known == prefix)?;
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((u8::try_from(kind).ok()?, u128::from_str_radix(digits, 16).ok()?))
}

macro_rules! sid {
    ($(#[$doc:meta])* $name:ident $text:literal $first:literal $(or $other:literal)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            // Bytes and not a u128: seventeen of them, where alignment would make thirty-two.
            digits: [u8; 16],
            kind: u8,
        }

        impl $name {
            const PREFIXES: &'static [&'static str] = &[$first $(, $other)*];

            #[doc = concat!("The id `", $first, "` with these 128 bits as its 32 digits.")]
            #[must_use]
            pub const fn new(digits: u128) -> Self {
                Self { digits: digits.to_be_bytes(), kind: 0 }
            }

            /// Bytes of an id in its shortest form.
            pub const BYTES: usize = 17;

            /// The shortest form: the kind and the 128 bits behind it.
            #[must_use]
            pub fn to_bytes(self) -> [u8; Self::BYTES] {
                let mut bytes = [self.kind; Self::BYTES];
                bytes[1..].copy_from_slice(&self.digits);
                bytes
            }
        }

        impl FromStr for $name {
            type Err = InvalidSid;

            fn from_str(text: &str) -> Result<Self, InvalidSid> {
                let (kind, digits) = read(text, Self::PREFIXES).ok_or(InvalidSid {
                    kind: $text,
                    prefixes: concat!($first $(, " or ", $other)*),
                })?;
                Ok(Self { digits: digits.to_be_bytes(), kind })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let digits = u128::from_be_bytes(self.digits);
                write!(f, "{}{digits:032x}", Self::PREFIXES[usize::from(self.kind)])
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

sid! {
    /// The id of a message: `SM`, or `MM` with media, and 32 hexadecimal digits.
    ///
    /// It is the natural key against copies of a webhook
    /// (<https://www.twilio.com/docs/messaging/guides/webhook-request>).
    MessageSid "a message sid" "SM" or "MM"
}
sid! {
    /// The id of a Twilio account: `AC` and 32 hexadecimal digits.
    AccountSid "an account sid" "AC"
}
sid! {
    /// The id of a Messaging Service, a pool of senders: `MG` and 32 hexadecimal digits.
    MessagingServiceSid "a messaging service sid" "MG"
}
sid! {
    /// The id of one attachment: `ME` and 32 hexadecimal digits.
    MediaSid "a media sid" "ME"
}
sid! {
    /// The id of a content template: `HX` and 32 hexadecimal digits.
    ContentSid "a content sid" "HX"
}

impl MessageSid {
    /// The id `MM`, of a message with media, with these 128 bits as its 32 digits.
    #[must_use]
    pub const fn with_media(digits: u128) -> Self {
        Self { digits: digits.to_be_bytes(), kind: 1 }
    }

    /// The id that a store has kept as [`to_bytes`](Self::to_bytes); `None` if it is damaged.
    #[allow(dead_code, reason = "only some stores keep bytes")]
    pub(crate) fn revive(bytes: &[u8]) -> Option<Self> {
        let (kind, digits) = bytes.split_first()?;
        let is_kind = usize::from(*kind) < Self::PREFIXES.len();
        Some(Self { digits: digits.try_into().ok()?, kind: *kind }).filter(|_| is_kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sid_reads_what_it_prints() {
        for text in ["SM000000000000000000000000000000ff", "MMffffffffffffffffffffffffffffffff"] {
            assert_eq!(text.parse::<MessageSid>().unwrap().to_string(), text);
        }
        let media = MessageSid::with_media(7);
        assert_eq!(MessageSid::revive(&media.to_bytes()), Some(media));
        assert_eq!(MessageSid::revive(&[2; 17]), None);
        assert_eq!(MessageSid::revive(&[0; 16]), None);
        assert_eq!(MessageSid::with_media(1).to_string(), "MM00000000000000000000000000000001");
    }

    #[test]
    fn other_kinds_lengths_and_digits_are_refused() {
        let digits = "0".repeat(32);
        for text in ["", "SM", "S", "é", "SM+0000000000000000000000000000001"] {
            assert!(text.parse::<MessageSid>().is_err(), "{text}");
        }
        assert!(format!("SM{digits}0").parse::<MessageSid>().is_err());
        assert!(format!("sm{digits}").parse::<MessageSid>().is_err());
        let error = format!("AC{digits}").parse::<MessageSid>().unwrap_err();
        assert_eq!(error.to_string(), "a message sid is SM or MM and 32 hexadecimal digits");
        let error = "AC1".parse::<AccountSid>().unwrap_err();
        assert_eq!(error.to_string(), "an account sid is AC and 32 hexadecimal digits");
    }
}
