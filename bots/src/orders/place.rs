//! Where an order goes: over the counter, or to somebody's door.

use chinwag::{
    markup::{Rich, bold},
    message::{Content, Inbound},
};
use serde::{Deserialize, Serialize};

use super::menu::euros;

/// What it costs to bring an order, in cents.
const FEE: u32 = 250;
/// Letters of an address: a street with a number, and what a driver can read.
const FEWEST: usize = 5;
const MOST: usize = 120;

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Place {
    /// It is fetched.
    Counter,
    /// It is brought to this address.
    Door(String),
}

impl Place {
    /// The door that a message names, by words or by a location; or what is wrong with it.
    pub(super) fn told_by(message: &Inbound) -> Result<Self, &'static str> {
        if let Content::Location(place) = &message.content {
            let name = place.address.as_ref().or(place.label.as_ref());
            let at = || format!("{:.4}, {:.4}", place.latitude, place.longitude);
            return Ok(Self::Door(name.cloned().unwrap_or_else(at)));
        }
        let address = message.text().split_whitespace().collect::<Vec<_>>().join(" ");
        match address.chars().count() {
            0 => Err("Please write the address, or send your location."),
            1..FEWEST => Err("Street and number, please, or send your location."),
            FEWEST..=MOST => Ok(Self::Door(address)),
            _ => Err("That is too long for the driver. Street and number, please."),
        }
    }

    /// In cents.
    pub(super) fn fee(&self) -> u32 {
        match self {
            Self::Counter => 0,
            Self::Door(_) => FEE,
        }
    }

    /// What bringing it costs, if it is brought.
    pub(super) fn shown(&self) -> Option<Rich> {
        match self {
            Self::Counter => None,
            Self::Door(address) => {
                Some("We bring it to " + bold(address) + format!(", {}", euros(FEE)))
            }
        }
    }

    /// When there will be something to eat.
    pub(super) fn promise(&self) -> Rich {
        match self {
            Self::Counter => "It is ready in 20 minutes; you pay when you fetch it.".into(),
            Self::Door(address) => {
                "We are at " + bold(address) + " in 40 minutes; you pay at the door."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chinwag::message::{Location, MessageSid};

    use super::*;

    fn told_by(content: impl Into<Content>) -> Result<Place, &'static str> {
        let [from, to] =
            ["whatsapp:+15005550006", "whatsapp:+14155238886"].map(|a| a.parse().unwrap());
        Place::told_by(&Inbound::new(MessageSid::new(1), from, to, content.into()))
    }

    #[test]
    fn an_address_is_written_or_sent_as_a_location() {
        let at = |address: &str| Ok(Place::Door(address.to_owned()));
        let here = Location { latitude: 52.52, longitude: 13.405, ..Location::default() };
        let hall = Location { label: Some("Town hall".into()), ..here.clone() };
        let street = Location { address: Some("Main street 1".into()), ..hall.clone() };
        assert_eq!(told_by("Hill  Road\n5"), at("Hill Road 5"));
        assert_eq!(told_by(here), at("52.5200, 13.4050"));
        assert_eq!(told_by(hall), at("Town hall"));
        assert_eq!(told_by(street), at("Main street 1"));
        for (words, why) in [(" ", "Please write"), ("home", "Street"), (&*"x".repeat(121), "That")]
        {
            assert!(told_by(words).unwrap_err().starts_with(why), "{words}");
        }
    }
}
