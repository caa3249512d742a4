//! A reply as it leaves: in the form that the contact's channel shows, in parts that fit, within
//! Twilio's limits.

use super::{InvalidReply, Reply};
use crate::{
    markup::{Limit, Rich},
    message::{Address, LARGEST_REPLY, MOST_MEDIA, MOST_REPLIES, Outbound},
};

/// What becomes of a reply that Twilio would not take in one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// Nothing sends it: the whole reply is refused.
    Refused,
    /// It goes out by way of the outbox.
    Posted,
}

impl Reply {
    /// What this contact gets, or why Twilio would refuse it.
    ///
    /// WhatsApp gets markup; channels that show no markup get plain text. What is longer than a
    /// message may be becomes several, with every style whole in each; an attachment stays with
    /// the first. What WhatsApp would drop beside an attachment follows by itself. What is empty
    /// goes.
    pub(crate) fn finished(
        mut self,
        contact: &Address,
        excess: Excess,
    ) -> Result<Self, InvalidReply> {
        let mut raw = std::mem::take(&mut self.raw).into_iter().peekable();
        let mut finished = Vec::with_capacity(self.messages.len());
        for (number, mut message) in std::mem::take(&mut self.messages).into_iter().enumerate() {
            // TwiML knows no templates, and inside of the session the words will do.
            if let Some(template) = message.template.take()
                && message.is_empty()
            {
                template.text().clone_into(&mut message.body);
            }
            let document = raw.next_if(|(of, _)| *of == number).map(|(_, document)| document);
            if !contact.is_whatsapp() {
                let document = document.unwrap_or_else(|| Rich::parse(&message.body));
                message.body = document.to_plain();
            }
            let messages =
                if contact.is_whatsapp() { message.for_whatsapp() } else { vec![message] };
            for message in messages {
                if message.is_too_long() {
                    finished.extend(parts(message, contact.is_whatsapp()));
                } else if !message.is_empty() {
                    finished.push(message);
                }
            }
        }
        self.messages = finished;
        self.check(excess)?;
        Ok(self)
    }

    /// Keeps what one answer has room for; the others, in their order.
    pub(super) fn split_off_excess(&mut self) -> Vec<Outbound> {
        let mut bytes = 0;
        let fits = |message: &&Outbound| {
            bytes += message.size();
            bytes <= LARGEST_REPLY
        };
        let count = self.messages.iter().take(MOST_REPLIES).take_while(fits).count();
        self.messages.split_off(count)
    }

    fn check(&self, excess: Excess) -> Result<(), InvalidReply> {
        if excess == Excess::Refused && self.messages.len() > MOST_REPLIES {
            return Err(InvalidReply::TooMany(self.messages.len()));
        }
        for (number, message) in (1..).zip(&self.messages) {
            let is_blank = |url: &String| url.chars().all(|c| c.is_whitespace() || c.is_control());
            if message.media.len() > MOST_MEDIA || message.media.iter().any(is_blank) {
                return Err(InvalidReply::Media(number));
            }
            if message.is_too_long() {
                return Err(InvalidReply::TooLong(number));
            }
        }
        let size = || self.messages.iter().map(Outbound::size).sum::<usize>();
        if excess == Excess::Refused && size() > LARGEST_REPLY {
            return Err(InvalidReply::TooLarge);
        }
        Ok(())
    }
}

/// The message in parts that fit; the first keeps the attachments.
fn parts(message: Outbound, has_markup: bool) -> impl Iterator<Item = Outbound> {
    let Outbound { body, mut media, .. } = message;
    // Plain text is raw text: nothing in it is a mark.
    let document = if has_markup { Rich::parse(&body) } else { Rich::from(body) };
    document.split(Limit::TWILIO).into_iter().map(move |part| {
        let body = if has_markup { part.to_string() } else { part.to_plain() };
        Outbound { body, media: std::mem::take(&mut media), ..Outbound::default() }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{markup::bold, message::LONGEST_BODY};

    const WHATSAPP: &str = "whatsapp:+15005550006";
    const SMS: &str = "+15005550006";

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn finish(reply: impl Into<Reply>, contact: &str) -> Result<Vec<String>, InvalidReply> {
        let finished = reply.into().finished(&address(contact), Excess::Refused);
        let bodies = |reply: Reply| reply.messages.into_iter().map(|message| message.body);
        finished.map(|reply| bodies(reply).collect())
    }

    #[test]
    fn what_twilio_would_refuse_is_refused_before_anything_is_sent() {
        let count = |reply: Reply| finish(reply, WHATSAPP).map(|bodies| bodies.len());
        let many = |count| (0..count).fold(Reply::silent(), |all, _| all.and("hi"));
        assert_eq!(count(many(10)), Ok(10));
        assert_eq!(count(many(11)), Err(InvalidReply::TooMany(11)));
        assert_eq!(count(Reply::text("word ".repeat(4_000))), Err(InvalidReply::TooMany(13)));
        assert_eq!(count(Reply::media(" ")), Err(InvalidReply::Media(1)));
        let heavy = (0..10).fold(Reply::silent(), |all, _| all.and("& ".repeat(799)));
        assert_eq!(count(heavy), Ok(10));
        let heavy = (0..10).fold(Reply::silent(), |all, _| all.and("&".repeat(1_600)));
        assert_eq!(count(heavy), Err(InvalidReply::TooLarge));
    }

    #[test]
    fn what_one_answer_has_no_room_for_is_split_off_in_order() {
        let check = |body: &str, count: usize, first: usize| {
            let many =
                (0..count).fold(Reply::silent(), |all, number| all.and(format!("{number} {body}")));
            let mut reply = many.finished(&address(WHATSAPP), Excess::Posted).unwrap();
            let all = reply.messages.clone();
            let excess = reply.split_off_excess();
            assert_eq!((reply.messages.len(), excess.len()), (first, count - first));
            assert_eq!(reply.into_messages().into_iter().chain(excess).collect::<Vec<_>>(), all);
        };
        check("hi", 10, 10);
        check("hi", 25, 10);
        check(&"&".repeat(1_590), 10, 7);
        let unusable = Reply::media(" ").finished(&address(WHATSAPP), Excess::Posted);
        assert_eq!(unusable, Err(InvalidReply::Media(1)));
    }

    #[test]
    fn a_long_text_becomes_several_with_its_styles_whole() {
        let text = format!("*{}* end", "word ".repeat(500).trim_end());
        let bodies = finish(text.as_str(), WHATSAPP).unwrap();
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0].starts_with("*word") && bodies[0].ends_with("word*"));
        assert!(bodies[1].starts_with("*word") && bodies[1].ends_with("word* end"));
    }

    #[test]
    fn an_attachment_stays_with_the_first_part() {
        let reply = Reply::media("https://a.example/b").caption("word ".repeat(400));
        let reply = reply.finished(&address(WHATSAPP), Excess::Refused).unwrap();
        let media: Vec<_> = reply.messages().iter().map(|message| message.media.len()).collect();
        assert_eq!(media, [1, 0]);
    }

    #[test]
    fn what_whatsapp_drops_beside_a_document_follows_by_itself() {
        let reply = || Reply::media("https://a.example/menu.pdf").caption("Our menu");
        let seen = |contact: &str| {
            let reply = reply().finished(&address(contact), Excess::Refused).unwrap();
            let seen = reply.messages.into_iter().map(|one| (one.media.len(), one.body));
            seen.collect::<Vec<_>>()
        };
        assert_eq!(seen(WHATSAPP), [(1, String::new()), (0, "Our menu".to_owned())]);
        assert_eq!(seen(SMS), [(1, "Our menu".to_owned())]);
    }

    #[test]
    fn sms_gets_plain_text_from_the_raw_text() {
        let rich = "Rated " + bold("5*") + " of 2*3";
        let reply = || Reply::from(rich.clone()).and("*bold* and `code`").and("");
        assert_eq!(finish(reply(), WHATSAPP).unwrap()[1], "*bold* and `code`");
        assert_eq!(finish(reply(), SMS).unwrap(), ["Rated 5* of 2*3", "bold and code"]);
        assert_eq!(finish(reply(), "messenger:1").unwrap()[1], "bold and code");
        let captioned = Reply::from(rich.clone()).caption("*x*");
        assert_eq!(finish(captioned, SMS).unwrap(), ["x"]);
        let joined = Reply::text("*a*").and(rich.clone());
        assert_eq!(finish(joined, SMS).unwrap(), ["a", "Rated 5* of 2*3"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_part_fits_on_every_channel(
            text in "([a-z*_~` >\\n🐟é]{0,9}|[a-z]{0,40} ){0,300}",
            channel in prop::sample::select(vec![WHATSAPP, SMS]),
        ) {
            if let Ok(bodies) = finish(text.as_str(), channel) {
                prop_assert!(bodies.iter().all(|body| body.encode_utf16().count() <= LONGEST_BODY));
            }
        }
    }
}
