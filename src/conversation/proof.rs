//! Whether the bot may write: values that prove it, and which form of a message may go.

use std::time::Duration;

use super::{Key, Record, clock::Timestamp};
use crate::message::Outbound;

/// How long before its end a session counts as closed for what is sent unasked: clocks differ, and a
/// message waits in Twilio's queue.
pub const SESSION_MARGIN: Duration = Duration::from_mins(5);

/// Proves that the session of a conversation is open and its contact has not said STOP.
///
/// Only chinwag makes one, from what is remembered; ask a
/// [`Notifier`](crate::outbound::Notifier::session) for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    key: Key,
    until: Option<Timestamp>,
}

/// Proves that the contact of a conversation has opted in and has not said STOP since.
///
/// Only chinwag makes one, from what is remembered; ask a
/// [`Notifier`](crate::outbound::Notifier::consent) for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    key: Key,
}

/// Why the bot may not write unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Uninvited {
    /// The contact has said STOP.
    #[error("the contact has said STOP; nothing is sent before they say START")]
    Stopped,
    /// No opt-in is kept.
    #[error("the contact has not opted in; ask them, and keep the answer as an OptIn")]
    NoConsent,
    /// Free-form text or media, and the session is closed or about to be.
    #[error("the session is closed; send a template, or wait until the contact writes")]
    SessionClosed,
}

impl OpenSession {
    pub(crate) fn of(
        key: &Key,
        record: &Record,
        now: Timestamp,
        margin: Duration,
    ) -> Result<Self, Uninvited> {
        if record.stopped().is_some() {
            return Err(Uninvited::Stopped);
        }
        Self::of_anybody(key, record, now, margin)
    }

    /// The same for somebody who may have said STOP.
    fn of_anybody(
        key: &Key,
        record: &Record,
        now: Timestamp,
        margin: Duration,
    ) -> Result<Self, Uninvited> {
        // Other channels know no session.
        if !key.contact().starts_with("whatsapp:") {
            return Ok(Self { key: key.clone(), until: None });
        }
        let session = record.session().filter(|session| session.is_open(now.after(margin)));
        let session = session.ok_or(Uninvited::SessionClosed)?;
        Ok(Self { key: key.clone(), until: Some(session.closes().before(margin)) })
    }

    /// The conversation.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Until when, with the margin before WhatsApp's own end; `None` on channels that know no
    /// session.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }
}

impl Consent {
    pub(crate) fn of(key: &Key, record: &Record) -> Result<Self, Uninvited> {
        if record.stopped().is_some() {
            return Err(Uninvited::Stopped);
        }
        if record.opt_ins().is_empty() {
            return Err(Uninvited::NoConsent);
        }
        Ok(Self { key: key.clone() })
    }

    /// The conversation.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }
}

/// What of this message may be sent now: its text and attachments, or its template.
pub(crate) fn permitted(
    message: &Outbound,
    key: &Key,
    record: &Record,
    now: Timestamp,
    margin: Duration,
) -> Result<Outbound, Uninvited> {
    let session = OpenSession::of(key, record, now, margin);
    let Some(template) = &message.template else {
        return session.map(|_| message.clone());
    };
    Consent::of(key, record)?;
    let free_form = Outbound { template: None, ..message.clone() };
    if session.is_ok() && !free_form.is_empty() {
        return Ok(free_form);
    }
    Ok(Outbound::template(template.clone()))
}

/// Whether what confirms a STOP may be sent now.
pub(crate) fn confirmed(
    confirmation: &Outbound,
    key: &Key,
    record: &Record,
    now: Timestamp,
    margin: Duration,
) -> Result<Outbound, Uninvited> {
    OpenSession::of_anybody(key, record, now, margin).map(|_| confirmation.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::OptIn, message::Templates};

    const DAY: u64 = 24 * 60 * 60;

    fn key(contact: &str) -> Key {
        Key::new(&"whatsapp:+14155238886".parse().unwrap(), &contact.parse().unwrap())
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000).after(Duration::from_secs(second))
    }

    /// What goes: the first letter of the form, `-` for nothing.
    fn goes(record: &Record, second: u64) -> String {
        let filled = Templates::sandbox().get("code").unwrap().fill(["a", "b"]).unwrap();
        let template = Outbound::template(filled);
        let both = template.clone().with_body("free");
        let messages = [Outbound::text("free"), template, both];
        let forms = messages.iter().map(|message| {
            let ana = key("whatsapp:+15005550006");
            match permitted(message, &ana, record, at(second), SESSION_MARGIN) {
                Ok(Outbound { template: Some(_), body, .. }) if body.is_empty() => 't',
                Ok(Outbound { template: None, .. }) => 'f',
                Ok(_) => '?',
                Err(Uninvited::Stopped) => 's',
                Err(Uninvited::NoConsent) => 'n',
                Err(Uninvited::SessionClosed) => 'c',
            }
        });
        forms.collect()
    }

    #[test]
    fn session_and_consent_decide_what_goes() {
        let margin = SESSION_MARGIN.as_secs();
        let mut record = Record::default();
        assert_eq!(goes(&record, 0), "cnn");
        record.heard(at(0));
        assert_eq!(goes(&record, 0), "fnn");
        record.opts_in(OptIn::with("yes"), at(0));
        assert_eq!(goes(&record, 0), "ftf");
        assert_eq!(goes(&record, DAY - margin - 1), "ftf");
        assert_eq!(goes(&record, DAY - margin), "ctt");
        record.stops("stop", at(1));
        assert_eq!(goes(&record, 1), "sss");
        record.starts("start", at(2));
        assert_eq!(goes(&record, 2), "ftf");
    }

    #[test]
    fn a_channel_without_sessions_asks_for_consent_all_the_same() {
        let mut record = Record::default();
        let sms = key("+15005550006");
        let session = OpenSession::of(&sms, &record, at(0), SESSION_MARGIN).unwrap();
        assert_eq!((session.key(), session.until()), (&sms, None));
        assert_eq!(Consent::of(&sms, &record), Err(Uninvited::NoConsent));
        record.stops("stop", at(0));
        let session = OpenSession::of(&sms, &record, at(0), SESSION_MARGIN);
        assert_eq!(session, Err(Uninvited::Stopped));
    }
}
