//! Lists of messages, a page at a time.

use serde::Deserialize;

use super::message::Message;
use crate::{
    conversation::clock::Timestamp,
    message::{Address, Parameters},
};

/// Which messages a list has, newest first.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Only those to this address.
    pub to: Option<Address>,
    /// Only those from this address.
    pub from: Option<Address>,
    /// Only those that were sent at this moment or later.
    pub sent_since: Option<Timestamp>,
    /// Only those that were sent at this moment or earlier.
    pub sent_until: Option<Timestamp>,
    /// How many a page has, from 1 to 1,000; 50 if it is not said.
    pub page_size: Option<u16>,
}

impl Search {
    /// The query.
    pub(super) fn query(&self) -> String {
        let mut query = Parameters::new();
        let address = |address: &Address| address.as_str().to_owned();
        // The comparison is part of the name: `DateSent>=…` in the words of the documentation.
        for (name, value) in [
            ("To", self.to.as_ref().map(address)),
            ("From", self.from.as_ref().map(address)),
            ("DateSent>", self.sent_since.map(|time| time.to_string())),
            ("DateSent<", self.sent_until.map(|time| time.to_string())),
            ("PageSize", self.page_size.map(|size| size.to_string())),
        ] {
            if let Some(value) = value {
                query.push(name, &value);
            }
        }
        query.encode()
    }
}

/// Some messages of a list, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// The messages, newest first.
    pub messages: Vec<Message>,
    #[serde(rename = "next_page_uri")]
    pub(super) next: Option<String>,
}

impl Page {
    /// Whether the list goes on behind these.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.next.is_some()
    }
}
