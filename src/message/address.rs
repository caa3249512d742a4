//! Who a message is from or to: a channel and an id on it.

use std::{borrow::Borrow, fmt, str::FromStr};

/// The prefix of WhatsApp addresses.
const WHATSAPP: &str = "whatsapp:";
/// Digits of an E.164 number: country code and subscriber number together.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Longest address that is read, in bytes.
const LONGEST: usize = 256;

/// A channel and an id on it, as Twilio writes it in `From` and `To`.
///
/// | text | is |
/// | --- | --- |
/// | `whatsapp:+14155238886` | a WhatsApp user or sender with a visible number |
/// | `whatsapp:US.13491208655302741918` | a WhatsApp user who hides the number |
/// | `+14155238886` | a number for SMS |
/// | `messenger:1234` | another channel, kept as it is |
///
/// A number is E.164: `+`, no leading zero, 7 to 15 digits. `Debug` hides the middle of a number;
/// `Display` prints the whole address.
///
/// Source: <https://www.twilio.com/docs/whatsapp/key-concepts>.
///
/// ```
/// use chinwag::message::Address;
///
/// let ana: Address = "whatsapp:+15005550006".parse()?;
/// assert!(ana.is_whatsapp());
/// assert_eq!(ana.phone(), Some("+15005550006"));
/// assert_eq!(format!("{ana:?}"), "whatsapp:+1500•••0006");
/// # Ok::<(), chinwag::message::InvalidAddress>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(Box<str>);

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel<'a> {
    /// `whatsapp:`.
    WhatsApp,
    /// No prefix: SMS and MMS.
    Sms,
    /// Any other prefix, without its colon.
    Other(&'a str),
}

impl Address {
    /// The WhatsApp address of a number: `+` and 7 to 15 digits.
    ///
    /// # Errors
    /// If the text is not an E.164 number.
    pub fn whatsapp(number: &str) -> Result<Self, InvalidAddress> {
        check_number(number)?;
        Ok(Self(format!("{WHATSAPP}{number}").into()))
    }

    /// The channel that the prefix names.
    #[must_use]
    pub fn channel(&self) -> Channel<'_> {
        match self.0.split_once(':') {
            None => Channel::Sms,
            Some(("whatsapp", _)) => Channel::WhatsApp,
            Some((other, _)) => Channel::Other(other),
        }
    }

    /// Whether this is on WhatsApp.
    #[must_use]
    pub fn is_whatsapp(&self) -> bool {
        self.channel() == Channel::WhatsApp
    }

    /// What follows the channel's prefix: a number or another id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or(&*self.0, |(_, id)| id)
    }

    /// The phone number in E.164, if it is visible.
    #[must_use]
    pub fn phone(&self) -> Option<&str> {
        let known = !matches!(self.channel(), Channel::Other(_));
        (known && self.id().starts_with('+')).then(|| self.id())
    }

    /// The address as Twilio writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address for logs: the middle of the id is hidden.
    #[must_use]
    pub fn masked(&self) -> Masked<'_> {
        Masked(self)
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if text.is_empty() {
            return Err(InvalidAddress::Empty);
        }
        if text.len() > LONGEST {
            return Err(InvalidAddress::TooLong);
        }
        match text.split_once(':') {
            None => check_number(text)?,
            Some(("whatsapp", id)) if id.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                check_user_id(id)?;
            }
            Some(("whatsapp", number)) => check_number(number)?,
            Some((channel, id)) => check_other(channel, id)?,
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<&str> for Address {
    type Error = InvalidAddress;

    fn try_from(text: &str) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

fn check_number(number: &str) -> Result<(), InvalidAddress> {
    let Some(digits) = number.strip_prefix('+') else {
        return Err(if number.starts_with(' ') {
            InvalidAddress::SpaceForPlus
        } else {
            InvalidAddress::NoPlus
        });
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        Err(InvalidAddress::NotDigits)
    } else if !DIGITS.contains(&digits.len()) {
        Err(InvalidAddress::Length(digits.len()))
    } else if digits.starts_with('0') {
        Err(InvalidAddress::LeadingZero)
    } else {
        Ok(())
    }
}

/// `CC.id` or `CC.ENT.id`: two letters, a dot, up to 128 letters and digits.
fn check_user_id(id: &str) -> Result<(), InvalidAddress> {
    let known = id.split_once('.').is_some_and(|(country, rest)| {
        let id = rest.strip_prefix("ENT.").unwrap_or(rest);
        country.len() == 2
            && country.bytes().all(|b| b.is_ascii_uppercase())
            && (1..=128).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if known { Ok(()) } else { Err(InvalidAddress::UserId) }
}

fn check_other(channel: &str, id: &str) -> Result<(), InvalidAddress> {
    let name = channel.starts_with(|c: char| c.is_ascii_lowercase())
        && channel.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let plain = !id.is_empty() && id.chars().all(|c| !c.is_whitespace() && !c.is_control());
    if !name {
        Err(InvalidAddress::Channel)
    } else if !plain {
        Err(InvalidAddress::Id)
    } else {
        Ok(())
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// Nothing was given.
    #[error("an address must not be empty; write whatsapp:+ and the number with its country code")]
    Empty,
    /// More than 256 bytes.
    #[error("an address has at most 256 bytes")]
    TooLong,
    /// The number does not begin with `+`.
    #[error("a number must begin with + and its country code, as in +14155238886")]
    NoPlus,
    /// A `+` that was not percent-encoded in a form arrives as a space.
    #[error("a space stands where + belongs; encode + as %2B in forms and URLs")]
    SpaceForPlus,
    /// Something other than digits follows the `+`.
    #[error("a number has only digits after +, without spaces or dashes")]
    NotDigits,
    /// Fewer than 7 or more than 15 digits.
    #[error("a number has 7 to 15 digits after +, not {0}")]
    Length(usize),
    /// No country code begins with 0.
    #[error("a number begins with its country code, which never begins with 0")]
    LeadingZero,
    /// A WhatsApp id that is neither a number nor a user id.
    #[error("a WhatsApp id is + and a number, or a user id as in US.13491208655302741918")]
    UserId,
    /// The channel's name has other characters than lower-case letters, digits and dashes.
    #[error("a channel is named in lower-case letters, digits and dashes, as in whatsapp:")]
    Channel,
    /// Nothing, or white space, follows the channel's prefix.
    #[error("an id without spaces must follow the channel's prefix")]
    Id,
}

/// An [`Address`] whose id is shown only in part, for logs.
#[derive(Clone, Copy)]
pub struct Masked<'a>(&'a Address);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.id();
        f.write_str(&self.0.0[..self.0.0.len() - id.len()])?;
        let head = id.char_indices().nth(5).map_or(id.len(), |(at, _)| at);
        let tail = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        if tail > head {
            write!(f, "{}•••{}", &id[..head], &id[tail..])
        } else {
            f.write_str("•••")
        }
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.masked(), f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Address {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Address {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Address {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<(Channel<'_>, Option<&str>), InvalidAddress>) {
        let read = text.parse::<Address>();
        let seen = read.as_ref().map(|a| (a.channel(), a.phone())).map_err(|e| *e);
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn addresses_are_read_and_refused_for_a_reason() {
        check("whatsapp:+14155238886", Ok((Channel::WhatsApp, Some("+14155238886"))));
        check("+14155238886", Ok((Channel::Sms, Some("+14155238886"))));
        check("whatsapp:US.13491208655302741918", Ok((Channel::WhatsApp, None)));
        check("whatsapp:DE.ENT.1349a", Ok((Channel::WhatsApp, None)));
        check("messenger:1234", Ok((Channel::Other("messenger"), None)));
        check("rcs:+14155238886", Ok((Channel::Other("rcs"), None)));
        check("+1234567", Ok((Channel::Sms, Some("+1234567"))));
        check("+123456789012345", Ok((Channel::Sms, Some("+123456789012345"))));
        check("", Err(InvalidAddress::Empty));
        check("+123456", Err(InvalidAddress::Length(6)));
        check("+1234567890123456", Err(InvalidAddress::Length(16)));
        check("+04155238886", Err(InvalidAddress::LeadingZero));
        check("14155238886", Err(InvalidAddress::NoPlus));
        check("whatsapp:14155238886", Err(InvalidAddress::NoPlus));
        check("whatsapp: 14155238886", Err(InvalidAddress::SpaceForPlus));
        check("whatsapp:+1415 523", Err(InvalidAddress::NotDigits));
        check("whatsapp:+１４１５５２３８８８６", Err(InvalidAddress::NotDigits));
        check("whatsapp:", Err(InvalidAddress::NoPlus));
        check("whatsapp:USA.1", Err(InvalidAddress::UserId));
        check("whatsapp:US.", Err(InvalidAddress::UserId));
        check("WhatsApp:+14155238886", Err(InvalidAddress::Channel));
        check(":1", Err(InvalidAddress::Channel));
        check("messenger:", Err(InvalidAddress::Id));
        check("messenger:a b", Err(InvalidAddress::Id));
        check(&"1".repeat(257), Err(InvalidAddress::TooLong));
    }

    #[test]
    fn logs_never_show_a_whole_number() {
        let shown = |text: &str| format!("{:?}", text.parse::<Address>().unwrap());
        assert_eq!(shown("whatsapp:+14155238886"), "whatsapp:+1415•••8886");
        assert_eq!(shown("+1234567"), "•••");
        assert_eq!(shown("messenger:é"), "messenger:•••");
    }

    proptest! {
        #[test]
        fn any_text_is_kept_or_refused_without_a_panic(text in "\\PC{0,40}|[a-z]{1,9}:\\+?[0-9]{0,17}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert_eq!(address.as_str(), &text);
                let shown = format!("{address:?}");
                prop_assert!(shown.len() <= text.len() + 9);
                prop_assert!(address.phone().is_none_or(|p| p.starts_with('+')));
            }
        }
    }
}
