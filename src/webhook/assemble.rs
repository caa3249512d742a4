//! How a webhook is put together, and what stops it at start.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use axum::{Router, routing::get};
use secrecy::SecretString;

use super::{
    FallbackHandler, LogStatus, Shelf, StatusHandler, TryAgain, Validator,
    deadline::{DEADLINE, Returns, Turns},
    door::{self, House},
    late::Late,
    media_door,
    origin::{Origin, check_public, without_credentials},
    outliving::Tasks,
};
use crate::{
    dispatch::Bot,
    message::StatusUpdate,
    outbound::{Courier, Gateway, Ledger, Notifier, QuietHours, Rate},
    store::Delivery,
};

/// A bot behind Twilio's webhooks: three doors on one axum router.
///
/// | path | Twilio's setting |
/// | --- | --- |
/// | `/whatsapp` | when a message comes in |
/// | `/whatsapp/fallback` | when that fails |
/// | `/whatsapp/status` | status callback URL |
///
/// All take POST and GET, at most 64 KiB, and only what Twilio has signed.
///
/// ```
/// use chinwag::{Bot, Webhook};
///
/// let bot = Bot::new(()).otherwise(async || "Hello!");
/// let app: axum::Router = Webhook::new(bot)
///     .auth_token("0123456789abcdef0123456789abcdef")
///     .public_url("https://bot.example.com")
///     .router()?;
/// # Ok::<(), chinwag::webhook::InvalidWebhook>(())
/// ```
#[must_use = "a webhook does nothing until its router is served"]
pub struct Webhook<S = ()> {
    bot: Bot<S>,
    tokens: Vec<SecretString>,
    is_unsigned: bool,
    origin: Result<Origin, InvalidWebhook>,
    path: String,
    statuses: Arc<dyn StatusHandler>,
    fallback: Box<dyn FallbackHandler>,
    gateway: Option<Arc<dyn Gateway>>,
    rate: Rate,
    quiet: Option<QuietHours>,
    deadline: Duration,
    shows_typing: bool,
    shelf: Option<Shelf>,
}

/// Why a webhook does not start.
///
/// `Debug` is the same sentence as `Display`: a `main` that returns it prints `Debug`.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidWebhook {
    /// Nothing says with which token Twilio signs.
    #[error(
        "no auth token is configured; set TWILIO_AUTH_TOKEN and give it to auth_token(..), \
         or call unsigned() to let anyone write to this bot"
    )]
    NoToken,
    /// A token is empty.
    #[error("an auth token is empty; set TWILIO_AUTH_TOKEN")]
    EmptyToken,
    /// There are tokens, and the webhook was told not to check signatures.
    #[error("auth_token(..) and unsigned() exclude each other; leave one out")]
    TokenAndUnsigned,
    /// The public URL is none.
    #[error("the public URL {url:?} is not usable: {reason}")]
    PublicUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The path does not begin with `/`, or is a pattern.
    #[error("the path {0:?} is not usable: it must begin with / and be plain text")]
    Path(String),
}

impl<S: Send + Sync + 'static> Webhook<S> {
    /// Puts the bot behind the doors. It needs an [`auth_token`](Self::auth_token) to start.
    pub fn new(bot: Bot<S>) -> Self {
        Self {
            bot,
            tokens: Vec::new(),
            is_unsigned: false,
            origin: Ok(Origin::Host),
            path: "/whatsapp".to_owned(),
            statuses: Arc::new(LogStatus),
            fallback: Box::new(TryAgain),
            gateway: None,
            rate: Rate::default(),
            quiet: None,
            deadline: DEADLINE,
            shows_typing: false,
            shelf: None,
        }
    }

    /// The account's primary auth token; call it again for another one, while one is replaced.
    pub fn auth_token(mut self, token: impl Into<SecretString>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Several tokens at once, as in `TWILIO_AUTH_TOKEN` while one is replaced.
    pub fn auth_tokens<T: Into<SecretString>>(self, tokens: impl IntoIterator<Item = T>) -> Self {
        tokens.into_iter().fold(self, Self::auth_token)
    }

    /// Checks no signatures: anyone who finds the address can write to the bot as anyone.
    pub fn unsigned(self) -> Self {
        Self { is_unsigned: true, ..self }
    }

    /// The address under which Twilio calls, such as `https://bot.example.com`: scheme and host,
    /// and the path's beginning if a proxy takes it away.
    ///
    /// Without it the `Host` header is taken, which is right unless a proxy changes it.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        let url = url.into();
        let origin = match check_public(&url) {
            Ok(base) => Ok(Origin::Public(base)),
            Err(reason) => {
                Err(InvalidWebhook::PublicUrl { url: without_credentials(&url), reason })
            }
        };
        Self { origin, ..self }
    }

    /// Takes scheme and host from `X-Forwarded-Proto` and `X-Forwarded-Host`.
    ///
    /// Only for a proxy that sets both itself and lets no caller do so.
    pub fn behind_proxy(self) -> Self {
        Self { origin: Ok(Origin::Forwarded), ..self }
    }

    /// The path of the message door, in place of `/whatsapp`; the others stand below it.
    pub fn at(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Hears what became of outbound messages, also of those that Twilio never called about and the
    /// courier has asked for; by default failures are logged.
    pub fn on_status(self, statuses: impl StatusHandler) -> Self {
        Self { statuses: Arc::new(statuses), ..self }
    }

    /// Answers fallback calls; by default the bot gets the message again.
    pub fn on_fallback(self, fallback: impl FallbackHandler) -> Self {
        Self { fallback: Box::new(fallback), ..self }
    }

    /// Sends what the bot says unasked, such as a dialogue's reminder, and replies that come after
    /// the [deadline](Self::deadline) or are too large for one answer: through a client for Twilio's
    /// API, which is there with the feature `client`, or any other [`Gateway`].
    ///
    /// Without it what is said unasked waits in the store's outbox, and a handler that is too slow
    /// for Twilio loses its reply.
    pub fn sends_through(self, gateway: impl Gateway) -> Self {
        Self { gateway: Some(Arc::new(gateway)), ..self }
    }

    /// How fast each sender may send, in place of [`Rate::WHATSAPP`].
    pub fn rate(self, rate: Rate) -> Self {
        Self { rate, ..self }
    }

    /// When notifications wait; replies never do.
    pub fn quiet_hours(self, quiet: QuietHours) -> Self {
        Self { quiet: Some(quiet), ..self }
    }

    /// How long Twilio waits for a reply; 10 seconds if nothing is said. Twilio itself gives up after
    /// 15 or what the [connection override][1] `rt` says: stay well below.
    ///
    /// A handler that takes longer goes on; what it replies is sent when it comes, in order and once,
    /// also if this process ends before. That needs a [way to send](Self::sends_through) and a
    /// durable store.
    ///
    /// [1]: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Shows people on WhatsApp that an answer is being written while a handler takes longer than a
    /// moment; this marks their message as read. It needs a [way to send](Self::sends_through).
    pub fn shows_typing(self) -> Self {
        Self { shows_typing: true, ..self }
    }

    /// What says something outside of a turn, in the bot's conversations; it is sent as what timers say
    /// is.
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        let (store, clock) = self.bot.outbox();
        Notifier::new(store, clock)
    }

    /// Serves the shelf's attachments below `/media`, to whoever has one of its addresses.
    pub fn serves_media(self, shelf: &Shelf) -> Self {
        Self { shelf: Some(shelf.clone()), ..self }
    }

    /// The doors as a router, to be served, merged or nested. Nested ones still verify, because
    /// the signature is checked over the whole path.
    ///
    /// As long as there is a clone of the router, the bot's timers ring, and what they say is sent:
    /// from now on if this is called in a tokio runtime, and otherwise from the first message on.
    ///
    /// # Errors
    /// If there is no usable token and the webhook was not told to run unsigned, or if the public
    /// URL or the path is none.
    pub fn router(self) -> Result<Router, InvalidWebhook> {
        let validator = validator(&self.tokens, self.is_unsigned)?;
        let path = self.path.trim_end_matches('/');
        let is_path = path.is_empty() || path.starts_with('/');
        let is_odd = |c: char| "{}*?#".contains(c) || c.is_whitespace() || c.is_control();
        if !is_path || path.contains(is_odd) || path.contains("/:") {
            return Err(InvalidWebhook::Path(self.path));
        }
        let (store, clock) = self.bot.outbox();
        let ledger = Ledger::new(Arc::clone(&store), Arc::clone(&clock));
        let bot = match &self.gateway {
            Some(_) => self.bot.with_courier(),
            None => self.bot.without_courier(),
        };
        let turns = Arc::new(Turns {
            bot: Arc::new(bot.prepared()),
            deadline: self.deadline,
            has_courier: self.gateway.is_some(),
            typing: self.gateway.clone().filter(|_| self.shows_typing),
            late: Arc::new(Late::default()),
            tasks: Tasks::default(),
            is_warned: AtomicBool::new(false),
        });
        let (returns, statuses) = (Returns(Arc::downgrade(&turns)), Arc::clone(&self.statuses));
        let courier = self.gateway.map(|gateway| {
            let courier = Courier::new(store, clock, gateway).returns_to(returns).rate(self.rate);
            let courier = match self.quiet {
                Some(quiet) => courier.quiet_hours(quiet),
                None => courier,
            };
            courier.tells(move |delivery| {
                let statuses = Arc::clone(&statuses);
                async move { statuses.status(asked(&delivery), Some(delivery)).await }
            })
        });
        let house = Arc::new(House {
            turns,
            timers: OnceLock::new(),
            courier: Mutex::new(courier),
            rounds: OnceLock::new(),
            ledger,
            validator,
            origin: self.origin?,
            statuses: self.statuses,
            fallback: self.fallback,
        });
        house.wakes();
        let messages = if path.is_empty() { "/" } else { path };
        let media = self.shelf.map(media_door::router).unwrap_or_default();
        Ok(Router::new()
            .route(messages, get(door::message::<S>).post(door::message::<S>))
            .route(&format!("{path}/fallback"), get(door::fallback::<S>).post(door::fallback::<S>))
            .route(&format!("{path}/status"), get(door::status::<S>).post(door::status::<S>))
            .with_state(house)
            .merge(media))
    }
}

/// What Twilio would have called to say.
fn asked(delivery: &Delivery) -> StatusUpdate {
    let mut update = StatusUpdate::new(delivery.sid, delivery.status.clone());
    update.error = delivery.error;
    update.from = delivery.key.sender().parse().ok();
    update.to = delivery.key.contact().parse().ok();
    update
}

fn validator(tokens: &[SecretString], is_unsigned: bool) -> Result<Validator, InvalidWebhook> {
    match (tokens, is_unsigned) {
        ([], true) => {
            tracing::warn!("this webhook checks no signatures: anyone can write to the bot");
            Ok(Validator::unsigned())
        }
        ([], false) => Err(InvalidWebhook::NoToken),
        (_, true) => Err(InvalidWebhook::TokenAndUnsigned),
        (tokens, false) => Validator::new(tokens).ok_or(InvalidWebhook::EmptyToken),
    }
}

impl fmt::Debug for InvalidWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<S> fmt::Debug for Webhook<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("bot", &self.bot)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
