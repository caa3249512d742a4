//! What Twilio or WhatsApp would refuse, or drop without a word, is found before it is sent.

use std::time::Duration;

use super::Draft;
use crate::{
    conversation::clock::Timestamp,
    message::{ContentType, ErrorCode, LONGEST_BODY, MOST_MEDIA, Media, MediaKind, Outbound},
};

/// A scheduled message is at least this far ahead
/// (<https://www.twilio.com/docs/messaging/features/message-scheduling>).
pub const SOONEST: Duration = Duration::from_mins(15);
/// A scheduled message is at most this far ahead
/// (<https://www.twilio.com/docs/messaging/features/message-scheduling>).
pub const LATEST: Duration = Duration::from_hours(35 * 24);

/// Why a draft is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDraft {
    /// Neither an address of ours nor a Messaging Service: Twilio's error 21603.
    #[error("it has no sender; give it an address by from(..) or a Messaging Service")]
    NoSender,
    /// No words, no attachment and no template: Twilio's error 21619.
    #[error("it says nothing; give it a body, an attachment or a content template")]
    Empty,
    /// A body above 1,600 UTF-16 units: Twilio's error 21617.
    #[error("its body is longer than {LONGEST_BODY} characters; send it in parts")]
    TooLong,
    /// More attachments than the channel takes: one on WhatsApp, ten elsewhere (Twilio's error
    /// 21623). On WhatsApp Twilio would send the first and drop the others.
    #[error("it has {count} attachments and the channel takes {most}; send each of parts()")]
    TooManyMedia {
        /// How many it has.
        count: usize,
        /// How many it may have.
        most: usize,
    },
    /// WhatsApp would drop the body beside this attachment without an error.
    #[error("WhatsApp drops the body beside {0}; send each of parts()")]
    BodyDropped(ContentType),
    /// WhatsApp does not deliver this type: error 63021, long after the message was taken.
    #[error("WhatsApp does not deliver {0}; convert it, or send a link to it")]
    Unsupported(ContentType),
    /// Values without a template: Twilio's error 21654.
    #[error("it has values and no content template")]
    NoContent,
    /// Only Messaging Services schedule: Twilio's error 35118.
    #[error("only a Messaging Service sends later; set messaging_service")]
    NoService,
    /// Sooner than in 15 minutes.
    #[error("it is to be sent in less than 15 minutes; Twilio schedules nothing so soon")]
    TooSoon,
    /// Later than in 35 days.
    #[error("it is to be sent in more than 35 days; Twilio schedules nothing so late")]
    TooLate,
}

impl InvalidDraft {
    /// The code that Twilio would give it, where it would notice.
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        Some(ErrorCode(match self {
            Self::NoSender => 21603,
            Self::Empty => 21619,
            Self::TooLong => 21617,
            Self::TooManyMedia { .. } => 21623,
            Self::Unsupported(_) => 63021,
            Self::NoContent => 21654,
            Self::NoService => 35118,
            Self::TooSoon | Self::TooLate => 35114,
            Self::BodyDropped(_) => return None,
        }))
    }
}

impl Draft {
    /// Whether it can be sent at this moment. The client asks this before it sends anything.
    ///
    /// An attachment is known by its URL's ending; where that says nothing, it is believed.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn check(&self, now: Timestamp) -> Result<(), InvalidDraft> {
        if self.from.is_none() && self.messaging_service.is_none() {
            return Err(InvalidDraft::NoSender);
        }
        let text = Outbound::text(&*self.body);
        if text.is_empty() && self.media.is_empty() && self.content.is_none() {
            return Err(InvalidDraft::Empty);
        }
        if text.is_too_long() {
            return Err(InvalidDraft::TooLong);
        }
        if self.content.is_none() && !self.variables.is_empty() {
            return Err(InvalidDraft::NoContent);
        }
        self.check_media()?;
        self.check_time(now)
    }

    fn check_media(&self) -> Result<(), InvalidDraft> {
        let is_whatsapp = self.to.is_whatsapp();
        let most = if is_whatsapp { Media::MOST_ON_WHATSAPP } else { MOST_MEDIA };
        let count = self.media.len();
        if count > most {
            return Err(InvalidDraft::TooManyMedia { count, most });
        }
        let Some(url) = self.media.first().filter(|_| is_whatsapp) else { return Ok(()) };
        let media = Media::at(&**url);
        // An ending of 3GP may be sound, which is taken, or pictures, which are not.
        let is_known = media.kind() != MediaKind::Other && !media.content_type.is("video/3gpp");
        if is_known && !media.is_supported_on_whatsapp() {
            return Err(InvalidDraft::Unsupported(media.content_type));
        }
        if is_known && !media.takes_caption() && !Outbound::text(&*self.body).is_empty() {
            return Err(InvalidDraft::BodyDropped(media.content_type));
        }
        Ok(())
    }

    fn check_time(&self, now: Timestamp) -> Result<(), InvalidDraft> {
        let Some(time) = self.send_at else { return Ok(()) };
        if self.messaging_service.is_none() {
            return Err(InvalidDraft::NoService);
        }
        if time < now.after(SOONEST) {
            return Err(InvalidDraft::TooSoon);
        }
        if time > now.after(LATEST) {
            return Err(InvalidDraft::TooLate);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ContentSid, MessagingServiceSid};

    const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_000);

    fn draft() -> Draft {
        let [to, from] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        Draft::to(to.parse().unwrap()).from(from.parse().unwrap())
    }

    #[test]
    fn what_cannot_arrive_is_not_sent() {
        let check = |draft: Draft, expected: Result<(), InvalidDraft>| {
            assert_eq!(draft.check(NOON), expected, "{draft:?}");
        };
        let with = |url: &str| draft().media(format!("https://h/{url}"));
        let sms = Draft { to: "+15005550006".parse().unwrap(), ..draft() };
        check(draft().body("hi"), Ok(()));
        check(draft().content(ContentSid::new(1), [("1", "a")]), Ok(()));
        check(with("a.png").body("hi"), Ok(()));
        check(with("a.3gp").body("hi"), Ok(()));
        check(with("photo").body("hi"), Ok(()));
        check(with("a.pdf"), Ok(()));
        check(Draft { from: None, ..draft().body("hi") }, Err(InvalidDraft::NoSender));
        check(draft().body(" "), Err(InvalidDraft::Empty));
        check(draft().body("x".repeat(1_601)), Err(InvalidDraft::TooLong));
        check(with("a.pdf").body("hi"), Err(InvalidDraft::BodyDropped("application/pdf".into())));
        check(with("a.gif"), Err(InvalidDraft::Unsupported("image/gif".into())));
        let two = with("a.png").media("https://h/b.png");
        check(two.clone(), Err(InvalidDraft::TooManyMedia { count: 2, most: 1 }));
        check(Draft { media: two.media, ..sms }, Ok(()));
        let variables = [("1".to_owned(), "a".to_owned())].into();
        check(Draft { variables, ..draft().body("hi") }, Err(InvalidDraft::NoContent));
    }

    #[test]
    fn each_part_of_a_draft_can_be_sent() {
        let draft = draft().body("Our menu").media("https://h/a.pdf").media("https://h/b.png");
        let parts = draft.parts();
        assert_eq!(parts.len(), 3);
        for part in &parts {
            assert_eq!(part.check(NOON), Ok(()), "{part:?}");
            assert_eq!((&part.to, &part.from), (&draft.to, &draft.from));
        }
        assert_eq!(parts[2].body, "Our menu");
    }

    #[test]
    fn a_message_is_scheduled_fifteen_minutes_to_thirty_five_days_ahead() {
        let minutes = |minutes: u64| NOON.after(Duration::from_mins(minutes));
        for (time, expected) in [
            (minutes(14), Err(InvalidDraft::TooSoon)),
            (minutes(15), Ok(())),
            (minutes(35 * 24 * 60), Ok(())),
            (minutes(35 * 24 * 60 + 1), Err(InvalidDraft::TooLate)),
        ] {
            let service = Some(MessagingServiceSid::new(1));
            let draft = Draft { messaging_service: service, ..draft().body("hi").send_at(time) };
            assert_eq!(draft.check(NOON), expected);
        }
        let draft = draft().body("hi").send_at(minutes(20));
        assert_eq!(draft.check(NOON), Err(InvalidDraft::NoService));
    }
}
