//! What Twilio takes in one response, and what is said when a response is beyond it.

use super::{
    Message, Response, Verb,
    characters::{is_blank, units},
};
use crate::message::{LONGEST_BODY, MOST_MEDIA, MOST_REPLIES};

/// Most messages in answer to one inbound message
/// (<https://www.twilio.com/docs/api/errors/14109>).
pub const MAX_MESSAGES: usize = MOST_REPLIES;
/// Longest body, in UTF-16 units; Twilio says characters and does not say which, so the smaller
/// reading is taken (<https://www.twilio.com/docs/api/errors/14103>,
/// <https://www.twilio.com/docs/api/errors/21617>).
pub const MAX_BODY: usize = LONGEST_BODY;
/// Most media in one message (<https://www.twilio.com/docs/messaging/twiml/message>).
pub const MAX_MEDIA: usize = MOST_MEDIA;
/// Longest document, in bytes; Twilio says 64 kB, of which this is the smaller reading
/// (<https://www.twilio.com/docs/api/errors/11750>).
pub const MAX_DOCUMENT: usize = 64_000;

/// Why a response cannot be sent as TwiML. Messages are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitError {
    /// More than [`MAX_MESSAGES`].
    #[error(
        "the response has {count} messages and Twilio takes {MAX_MESSAGES}; \
         send the others through the REST API"
    )]
    Messages {
        /// How many there are.
        count: usize,
    },
    /// A body above [`MAX_BODY`].
    #[error(
        "the body of message {message} has {units} UTF-16 units and Twilio takes {MAX_BODY}; \
         split it"
    )]
    Body {
        /// Which message.
        message: usize,
        /// How long its body is, in UTF-16 units.
        units: usize,
    },
    /// Neither media nor a body with anything but white space: Twilio has nothing to send.
    #[error("message {message} has neither body nor media; leave it out to say nothing")]
    Nothing {
        /// Which message.
        message: usize,
    },
    /// More than [`MAX_MEDIA`].
    #[error("message {message} has {count} media and Twilio takes {MAX_MEDIA}; send several")]
    Media {
        /// Which message.
        message: usize,
        /// How many there are.
        count: usize,
    },
    /// A URL of a message is empty.
    #[error("the {part} URL of message {message} is empty; leave it out or name a URL")]
    Url {
        /// Which message.
        message: usize,
        /// `Media`, `action` or `statusCallback`.
        part: &'static str,
    },
    /// The URL of a redirect is empty.
    #[error("the URL of a redirect is empty; name the document to go on with")]
    Redirect,
    /// A document above [`MAX_DOCUMENT`].
    #[error(
        "the response has {bytes} bytes and Twilio takes {MAX_DOCUMENT}; \
         send some messages through the REST API"
    )]
    Document {
        /// How long it is, in bytes.
        bytes: usize,
    },
}

impl LimitError {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Messages { .. } => 14109,
            Self::Body { .. } | Self::Nothing { .. } => 14103,
            Self::Media { .. } => 21623,
            Self::Url { part: "statusCallback", .. } => 14105,
            Self::Url { .. } | Self::Redirect => 11100,
            Self::Document { .. } => 11750,
        }
    }
}

impl Response {
    /// Looks at everything but the length of the whole document, which only writing shows.
    pub(super) fn check(&self) -> Result<(), LimitError> {
        let count = self.messages().count();
        if count > MAX_MESSAGES {
            return Err(LimitError::Messages { count });
        }
        let mut message = 0;
        for verb in &self.verbs {
            match verb {
                Verb::Message(said) => {
                    message += 1;
                    said.check(message)?;
                }
                Verb::Redirect(to) if is_blank(&to.url) => return Err(LimitError::Redirect),
                Verb::Redirect(_) => {}
            }
        }
        Ok(())
    }
}

impl Message {
    fn check(&self, message: usize) -> Result<(), LimitError> {
        // No text has more UTF-16 units than bytes, so that short ones need not be counted.
        if self.body.len() > MAX_BODY {
            let units = units(&self.body);
            if units > MAX_BODY {
                return Err(LimitError::Body { message, units });
            }
        }
        if self.media.is_empty() && is_blank(&self.body) {
            return Err(LimitError::Nothing { message });
        }
        if self.media.len() > MAX_MEDIA {
            return Err(LimitError::Media { message, count: self.media.len() });
        }
        let media = self.media.iter().map(|url| ("Media", url));
        let action = self.action.iter().map(|url| ("action", url));
        let callback = self.status_callback.iter().map(|url| ("statusCallback", url));
        match media.chain(action).chain(callback).find(|(_, url)| is_blank(url)) {
            Some((part, _)) => Err(LimitError::Url { message, part }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_twilio_would_refuse_is_not_written() {
        let long = "é".repeat(MAX_BODY);
        assert!(Response::from(long.clone()).to_xml().is_ok());
        let many = |count| (0..count).map(|_| "hi").collect::<Response>();
        let pictures =
            |count| (0..count).fold(Message::default(), |message, _| message.media("/1.jpg"));
        assert!(many(MAX_MESSAGES).to_xml().is_ok());
        assert!(Response::from(pictures(MAX_MEDIA)).to_xml().is_ok());
        let escaped = (0..10).map(|_| "&".repeat(MAX_BODY)).collect::<Response>();
        for (response, code, message) in [
            (many(11), 14109, "the response has 11 messages and Twilio takes 10; send the others"),
            (
                Response::from("hi").message(long + "é"),
                14103,
                "the body of message 2 has 1601 UTF-16 units and Twilio takes 1600; split it",
            ),
            ("🎈".repeat(801).into(), 14103, "the body of message 1 has 1602 UTF-16 units"),
            (Response::new().message(" \u{1}\n"), 14103, "message 1 has neither body nor media"),
            (pictures(11).into(), 21623, "message 1 has 11 media and Twilio takes 10"),
            (Message::default().media("\t").into(), 11100, "the Media URL of message 1 is empty"),
            (Message::new("a").action("").into(), 11100, "the action URL of message 1 is empty"),
            (
                Message::new("a").status_callback("").into(),
                14105,
                "the statusCallback URL of message 1 is empty",
            ),
            (Response::new().redirect(""), 11100, "the URL of a redirect is empty"),
            (escaped, 11750, "the response has 80249 bytes and Twilio takes 64000"),
        ] {
            let mut out = String::from("before");
            let error = response.write_xml(&mut out).unwrap_err();
            assert_eq!((error.code(), out.as_str()), (code, "before"));
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
}
