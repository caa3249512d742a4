//! WhatsApp's session: 24 hours after the contact's newest message.

use std::time::Duration;

use super::clock::Timestamp;

/// How long free-form messages may be sent after a message of the contact.
///
/// Source: <https://www.twilio.com/docs/whatsapp/key-concepts>.
pub const SESSION: Duration = Duration::from_hours(24);

/// The time in which free-form text and media may be sent; outside it only templates.
///
/// It opens with each message of the contact and closes [`SESSION`] later, to the millisecond:
/// at that moment it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    opened: Timestamp,
}

impl Session {
    /// The session that a message of the contact opened at this moment.
    #[must_use]
    pub const fn opened_at(opened: Timestamp) -> Self {
        Self { opened }
    }

    /// When the contact's newest message came.
    #[must_use]
    pub const fn opened(self) -> Timestamp {
        self.opened
    }

    /// The first moment at which the session is closed.
    #[must_use]
    pub fn closes(self) -> Timestamp {
        self.opened.after(SESSION)
    }

    /// Whether free-form messages may be sent.
    #[must_use]
    pub fn is_open(self, now: Timestamp) -> bool {
        now < self.closes()
    }

    /// How long free-form messages may still be sent; zero when the session is closed.
    #[must_use]
    pub fn remaining(self, now: Timestamp) -> Duration {
        self.closes().since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_closes_at_the_second() {
        let opened = Timestamp::from_millis(1_000_000);
        let session = Session::opened_at(opened);
        let day = 24 * 60 * 60;
        for second in (0..=300).chain(day - 300..=day + 300) {
            let now = opened.after(Duration::from_secs(second));
            assert_eq!(session.is_open(now), second < day, "second {second}");
            assert_eq!(session.remaining(now).as_secs(), day.saturating_sub(second));
        }
        let last = Timestamp::from_millis(session.closes().as_millis() - 1);
        assert!(session.is_open(last));
    }
}
