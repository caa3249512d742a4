//! A number on WhatsApp as people write it: bare, or as Twilio does, behind `whatsapp:`.

use crate::message::{Address, InvalidAddress};

/// The address that is meant by `+14155238886` or `whatsapp:+14155238886`.
pub(super) fn address(written: &str) -> Result<Address, InvalidAddress> {
    Address::whatsapp(bare(written))
}

/// The number without the channel.
pub(super) fn bare(written: &str) -> &str {
    written.strip_prefix("whatsapp:").unwrap_or(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_may_stand_before_a_number() {
        for (written, meant) in [
            ("+14155238886", Ok("whatsapp:+14155238886")),
            ("whatsapp:+14155238886", Ok("whatsapp:+14155238886")),
            ("whatsapp:14155238886", Err(InvalidAddress::NoPlus)),
            ("14155238886", Err(InvalidAddress::NoPlus)),
            ("messenger:+14155238886", Err(InvalidAddress::NoPlus)),
            ("whatsapp:whatsapp:+14155238886", Err(InvalidAddress::NoPlus)),
            ("", Err(InvalidAddress::NoPlus)),
        ] {
            let read = address(written);
            assert_eq!(read.as_ref().map(Address::as_str).map_err(|error| *error), meant);
        }
    }

    #[test]
    fn an_error_asks_for_no_more_than_is_missing() {
        let said = address("14155238886").unwrap_err().to_string();
        assert_eq!(said, "a number must begin with + and its country code, as in +14155238886");
    }
}
