//! What became of a message: a ladder on which statuses only go up.

use std::{convert::Infallible, fmt, str::FromStr};

/// What became of a message.
///
/// Callbacks come late, twice and in any order, so statuses are ordered: the greater one is the
/// newer one, and [`max`](Ord::max) of all that came is the same whatever the order. A failure is
/// the greatest of all. A status that is not known here is the least: it never hides a known one.
///
/// Source: <https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks>.
///
/// ```
/// use chinwag::message::Status;
///
/// let came = ["read", "sent", "delivered", "sent"].map(Status::from);
/// assert_eq!(came.into_iter().max(), Some(Status::Read));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Status {
    /// A word that Twilio has added since; the text as it came.
    Other(String),
    /// An inbound message is on its way to us.
    Receiving,
    /// An inbound message has come.
    Received,
    /// It waits for its time.
    Scheduled,
    /// A Messaging Service is choosing the sender.
    Accepted,
    /// It waits for its turn.
    Queued,
    /// It is being handed to the channel.
    Sending,
    /// The channel took it. With a person who blocked the sender it stays so for ever.
    Sent,
    /// Some of the recipients have it; no longer in use.
    PartiallyDelivered,
    /// It is on the person's phone.
    Delivered,
    /// The person has seen it. Only with read receipts turned on.
    Read,
    /// It was called back before its time.
    Canceled,
    /// The channel took it and could not deliver it.
    Undelivered,
    /// It never left Twilio.
    Failed,
}

/// The known statuses in order.
static LADDER: [Status; 13] = [
    Status::Receiving,
    Status::Received,
    Status::Scheduled,
    Status::Accepted,
    Status::Queued,
    Status::Sending,
    Status::Sent,
    Status::PartiallyDelivered,
    Status::Delivered,
    Status::Read,
    Status::Canceled,
    Status::Undelivered,
    Status::Failed,
];

impl Status {
    /// Twilio's word for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) => text,
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Scheduled => "scheduled",
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Canceled => "canceled",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
        }
    }

    /// Its place on the ladder: 0 for a word that is not known, more for each later status. A new
    /// status may shift the numbers, so what is stored for long is the word.
    #[must_use]
    pub fn rank(&self) -> usize {
        LADDER.iter().position(|known| known == self).map_or(0, |at| at + 1)
    }

    /// All known statuses in order.
    #[allow(dead_code, reason = "only some stores ask for them")]
    pub(crate) fn known() -> &'static [Self] {
        &LADDER
    }

    /// Whether it moves a message forward that was at `earlier`. A repetition does not.
    #[must_use]
    pub fn follows(&self, earlier: &Self) -> bool {
        self > earlier
    }

    /// Whether Twilio's own order has nothing after it. `delivered` is not final: `read` may come.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Received | Self::Read | Self::Canceled) || self.is_failure()
    }

    /// Whether the message did not reach the person.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }

    /// Whether the message is on the person's phone.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        matches!(self, Self::Delivered | Self::Read)
    }
}

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        let known = LADDER.iter().find(|status| status.as_str() == text);
        known.cloned().unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl FromStr for Status {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ways that Twilio documents, from creation to end.
    const WAYS: &[&[Status]] = &[
        &[Status::Queued, Status::Sending, Status::Sent, Status::Delivered, Status::Read],
        &[Status::Accepted, Status::Queued, Status::Sent, Status::Delivered, Status::Read],
        &[Status::Scheduled, Status::Queued, Status::Sending, Status::Sent, Status::Delivered],
        &[Status::Scheduled, Status::Accepted, Status::Canceled],
        &[Status::Accepted, Status::Queued, Status::Sending, Status::Sent, Status::Undelivered],
        &[Status::Accepted, Status::Queued, Status::Sending, Status::Failed],
        &[Status::Queued, Status::Sent, Status::PartiallyDelivered, Status::Delivered],
        &[Status::Receiving, Status::Received],
    ];

    /// Where a message ends that hears these, one after the other.
    fn end<'a>(came: impl IntoIterator<Item = &'a Status>) -> Option<&'a Status> {
        came.into_iter().fold(None, |at, new| match at {
            Some(at) if !new.follows(at) => Some(at),
            _ => Some(new),
        })
    }

    #[test]
    fn every_order_and_repetition_of_a_way_ends_the_same() {
        for way in WAYS {
            let steps = way.len() + 1;
            for number in 0..way.len().pow(u32::try_from(steps).unwrap()) {
                let digit = |at: usize| number / way.len().pow(u32::try_from(at).unwrap());
                let came: Vec<_> = (0..steps).map(|at| &way[digit(at) % way.len()]).collect();
                let last = way.iter().rfind(|status| came.contains(status));
                assert_eq!(end(came.iter().copied()), last, "{came:?}");
            }
        }
    }

    #[test]
    fn statuses_are_read_as_twilio_writes_them_and_stand_in_order() {
        for (at, status) in LADDER.iter().enumerate() {
            assert_eq!(&Status::from(status.as_str()), status);
            assert_eq!(status.to_string().parse(), Ok(status.clone()));
            assert_eq!(status.rank(), at + 1);
        }
        assert!(LADDER.is_sorted());
        let new = Status::from("Seen twice");
        assert_eq!((new.to_string().as_str(), new.rank()), ("Seen twice", 0));
        assert!(Status::Receiving.follows(&new));
    }

    #[test]
    fn a_way_ends_where_nothing_follows() {
        let finals: Vec<_> = LADDER.iter().filter(|s| s.is_final()).map(Status::as_str).collect();
        assert_eq!(finals, ["received", "read", "canceled", "undelivered", "failed"]);
        for way in WAYS {
            let (_, before) = way.split_last().unwrap();
            assert!(before.iter().all(|status| !status.is_final()), "{way:?}");
        }
    }

    proptest! {
        #[test]
        fn any_statuses_end_at_the_greatest_in_any_order(
            (came, shuffled) in prop::collection::vec("[a-z_]{0,3}|sent|read|failed|queued|delivered", 0..12)
                .prop_map(|words| words.iter().map(|word| Status::from(word.as_str())).collect::<Vec<_>>())
                .prop_flat_map(|came| (Just(came.clone()), Just(came).prop_shuffle()))
        ) {
            prop_assert_eq!(end(&came), came.iter().max());
            prop_assert_eq!(end(&came), end(&shuffled));
        }
    }
}
