//! A bot's number, and where Twilio's side finds the bot.

use std::fmt;

use serde::Serialize;

use super::{
    number,
    sandbox::Sandbox,
    target::{InvalidUrl, Target},
};
use crate::{
    message::{Address, InvalidAddress},
    twiml::Method,
};

/// One bot's number on WhatsApp, with the webhooks that are configured for it.
///
/// Each URL is absolute and of http; its fragment may hold Twilio's connection overrides, as in
/// `http://127.0.0.1:5000/whatsapp#tt=3000`
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>).
///
/// ```
/// use chinwag::simulator::{Badge, Sender};
///
/// let echo = Sender::new("echo", "+14155238886", "http://127.0.0.1:5000/echo")
///     .badge(Badge::Verified)
///     .about("Says it back, formatted")
///     .try_(["hi", "*bold*"]);
/// assert!(echo.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// What the chat list shows.
    pub name: String,
    /// The number in E.164: `+` and 7 to 15 digits.
    pub number: String,
    /// What WhatsApp says about the business.
    pub badge: Badge,
    /// One line about the bot.
    pub about: String,
    /// What one may write to it, as suggestions on the page.
    #[serde(rename = "try")]
    pub try_: Vec<String>,
    /// Called with each message.
    pub webhook: String,
    /// How the webhook is called.
    #[serde(skip)]
    pub method: Method,
    /// Called by `POST` when the webhook fails.
    #[serde(skip)]
    pub fallback: Option<String>,
    /// Called by `POST` when the status of a message changes.
    #[serde(skip)]
    pub status_callback: Option<String>,
    /// Who may write to it and be written to, if that is not everybody.
    #[serde(skip)]
    pub sandbox: Option<Sandbox>,
}

/// What WhatsApp shows beside a business's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Badge {
    /// WhatsApp has verified the business: a mark beside the name.
    Verified,
    /// The display name is confirmed.
    Confirmed,
    /// Neither.
    #[default]
    Regular,
}

impl Sender {
    /// A sender of this number, with or without `whatsapp:` before it; without badge, suggestions and further callbacks, whose webhook gets `POST`s.
    pub fn new(
        name: impl Into<String>,
        number: impl Into<String>,
        webhook: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            number: number::bare(&number.into()).to_owned(),
            badge: Badge::default(),
            about: String::new(),
            try_: Vec::new(),
            webhook: webhook.into(),
            method: Method::Post,
            fallback: None,
            status_callback: None,
            sandbox: None,
        }
    }

    /// What WhatsApp says about the business.
    #[must_use]
    pub fn badge(self, badge: Badge) -> Self {
        Self { badge, ..self }
    }

    /// One line about the bot.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// What one may write to it; the page offers these.
    #[must_use]
    pub fn try_<T: Into<String>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        Self { try_: texts.into_iter().map(Into::into).collect(), ..self }
    }

    /// How the webhook is called: with `GET` the parameters stand in the query.
    #[must_use]
    pub fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// What is called when the webhook fails.
    #[must_use]
    pub fn fallback(self, url: impl Into<String>) -> Self {
        Self { fallback: Some(url.into()), ..self }
    }

    /// What is called when the status of a message changes.
    #[must_use]
    pub fn status_callback(self, url: impl Into<String>) -> Self {
        Self { status_callback: Some(url.into()), ..self }
    }

    /// Plays Twilio's sandbox: only who has joined it in the last 72 hours is heard and written to.
    #[must_use]
    pub fn sandbox(self, sandbox: Sandbox) -> Self {
        Self { sandbox: Some(sandbox), ..self }
    }

    /// Whether the simulator can play this sender's side.
    ///
    /// # Errors
    /// If the number is not E.164 or a URL cannot be called.
    pub fn check(&self) -> Result<(), InvalidSender> {
        Address::whatsapp(&self.number).map_err(InvalidSender::Number)?;
        let urls = [
            ("webhook", Some(&self.webhook)),
            ("fallback", self.fallback.as_ref()),
            ("status callback", self.status_callback.as_ref()),
        ];
        for (part, url) in urls {
            if let Some(url) = url {
                Target::read(url).map_err(|reason| InvalidSender::Url { part, reason })?;
            }
        }
        Ok(())
    }

    /// The address by which people write to it.
    pub(super) fn address(&self) -> Address {
        Address::whatsapp(&self.number).expect("the simulator took only senders that it checked")
    }
}

/// Why the simulator cannot play a sender's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSender {
    /// The number is not E.164.
    #[error("the number cannot be used: {0}")]
    Number(InvalidAddress),
    /// A URL cannot be called.
    #[error("the URL of the {part} cannot be used: {reason}")]
    Url {
        /// `webhook`, `fallback` or `status callback`.
        part: &'static str,
        /// Why.
        reason: InvalidUrl,
    },
}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Verified => "verified",
            Self::Confirmed => "confirmed",
            Self::Regular => "regular",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_checked_for_a_reason() {
        let check = |sender: &Sender, expected: &str| {
            let said = sender.check().map_or_else(|error| error.to_string(), |()| "fine".into());
            assert!(said.starts_with(expected), "{said}");
        };
        let sender = Sender::new("echo", "+14155238886", "http://127.0.0.1:1/echo#ct=100");
        check(&sender, "fine");
        assert_eq!(Sender::new("echo", "whatsapp:+14155238886", "").number, sender.number);
        check(&Sender { number: "14155238886".into(), ..sender.clone() }, "the number cannot");
        check(&Sender { webhook: "/echo".into(), ..sender.clone() }, "the URL of the webhook");
        check(&sender.clone().fallback("https://h/"), "the URL of the fallback");
        check(&sender.status_callback("http://a_b/"), "the URL of the status callback");
    }

    #[test]
    fn the_page_gets_what_it_shows() {
        let sender = Sender::new("echo", "+14155238886", "http://h/").try_(["hi"]);
        assert_eq!(
            serde_json::to_value(&sender).unwrap(),
            serde_json::json!({
                "name": "echo", "number": "+14155238886", "badge": "regular", "about": "",
                "try": ["hi"], "webhook": "http://h/",
            })
        );
    }
}
