//! What is said outside of a turn, only with proof that it may be: notifications, and free-form text.

use std::{pin::Pin, sync::Arc, time::Duration};

use super::apart::{Apart, apart};
use crate::{
    conversation::{
        Consent, Key, OpenSession, OptIn, Record, SESSION_MARGIN, Uninvited,
        clock::{Clock, Timestamp},
        permitted,
    },
    message::{IntoFilled, InvalidValues, Outbound},
    store::{Store, StoreError, TurnId},
};

/// Says something outside of a turn: a job's reminder, what a website has to tell.
///
/// A [`Consent`] is asked for each notification, and an [`OpenSession`] for free-form text; only
/// what is remembered of the conversation gives them. What is said waits in the store's outbox and
/// is sent by a [`Courier`](super::Courier), which looks again when it sends: after STOP nothing
/// goes, and outside of the session nothing but a template.
///
/// Each has a name of the author's, such as `reminder 17`: under one name nothing is said twice in a
/// conversation within a day, so that a job may run twice.
///
/// ```
/// use chinwag::{conversation::Key, message::Template, outbound::{Notification, Notifier}};
///
/// # async fn run(notifier: Notifier, key: Key) -> chinwag::Result<()> {
/// let ready = Template::new("ready", "Your order {{1}} is ready.")?;
/// let notification = Notification::new("ready 17", ready.fill(["17"])?)?.or_say("It is ready!");
///
/// let consent = notifier.consent(&key).await?;
/// notifier.notify(&consent, notification).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Notifier {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) margin: Duration,
}

/// A template that is to be sent, under a name that makes it go out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    name: String,
    message: Outbound,
    due: Option<Timestamp>,
}

/// Why something was not taken to be said; nothing leaves then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unsaid {
    /// The contact does not want it, or it may not be said now.
    #[error(transparent)]
    Uninvited(#[from] Uninvited),
    /// There is nothing in it.
    #[error("there is nothing to say; give it a text or a template")]
    Empty,
    /// Handlers of this conversation were at work all the time.
    #[error("the conversation was busy; try again, under the same name")]
    Busy,
    /// The store failed; under the same name it may be said again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was to be written could not be.
    #[error("the export cannot be written")]
    Write(#[from] std::io::Error),
}

/// Whether something is said now that was not said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It waits in the outbox.
    Now,
    /// It was said before under this name.
    Before,
}

/// Something on its way into the outbox.
///
/// It is a type of its own, and no `async fn`, so that a proof that is none is one error of the
/// compiler.
pub type Saying<'a> = Pin<Box<dyn Future<Output = Result<Said, Unsaid>> + Send + 'a>>;

/// What proves that the session is open: an `&OpenSession`, and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not prove that the session is open",
    label = "needs an `&OpenSession`",
    note = "ask for one: let session = notifier.session(&key).await?; then say(&session, ..)",
    note = "outside of the session only templates may be sent: notify(&consent, ..)"
)]
pub trait ProvesSession: proof::Sealed {
    /// Of which conversation.
    #[doc(hidden)]
    fn conversation(self) -> Key;
}

/// What proves that the contact has opted in: a `&Consent`, and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not prove that the contact has opted in",
    label = "needs a `&Consent`",
    note = "ask for one: let consent = notifier.consent(&key).await?; then notify(&consent, ..)"
)]
pub trait ProvesConsent: proof::Sealed {
    /// Of which conversation.
    #[doc(hidden)]
    fn conversation(self) -> Key;
}

mod proof {
    /// Nobody else's type proves anything.
    pub trait Sealed {}
}

impl proof::Sealed for &OpenSession {}
impl proof::Sealed for &Consent {}

impl ProvesSession for &OpenSession {
    fn conversation(self) -> Key {
        self.key().clone()
    }
}

impl ProvesConsent for &Consent {
    fn conversation(self) -> Key {
        self.key().clone()
    }
}

impl Notification {
    /// This template, under this name.
    ///
    /// # Errors
    /// If WhatsApp would refuse a value of the template.
    pub fn new(name: impl Into<String>, template: impl IntoFilled) -> Result<Self, InvalidValues> {
        let message = Outbound::template(template.into_filled()?);
        Ok(Self { name: name.into(), message, due: None })
    }

    /// While the session is open, this text is sent in place of the template.
    #[must_use]
    pub fn or_say(self, text: impl Into<String>) -> Self {
        Self { message: self.message.with_body(text), ..self }
    }

    /// In quiet hours too: what the contact waits for, such as a one-time code.
    #[must_use]
    pub fn at_any_hour(self) -> Self {
        Self { message: Outbound { at_any_hour: true, ..self.message }, ..self }
    }

    /// Not before this moment.
    #[must_use]
    pub fn at(self, due: Timestamp) -> Self {
        Self { due: Some(due), ..self }
    }
}

impl Notifier {
    /// A notifier for the conversations of this store: the one that the bot has, and its clock.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, margin: SESSION_MARGIN }
    }

    /// How long before its end a session counts as closed, in place of [`SESSION_MARGIN`].
    #[must_use]
    pub fn margin(self, margin: Duration) -> Self {
        Self { margin, ..self }
    }

    /// The proof that free-form text may be sent.
    ///
    /// # Errors
    /// If the session is closed or about to be, the contact has said STOP, or the store fails.
    pub async fn session(&self, key: &Key) -> Result<OpenSession, Unsaid> {
        let now = self.clock.now();
        let record = self.store.read(key, now).await?;
        Ok(OpenSession::of(key, &record, now, self.margin)?)
    }

    /// The proof that the contact has opted in.
    ///
    /// # Errors
    /// If there is no opt-in, the contact has said STOP since, or the store fails.
    pub async fn consent(&self, key: &Key) -> Result<Consent, Unsaid> {
        let record = self.store.read(key, self.clock.now()).await?;
        Ok(Consent::of(key, &record)?)
    }

    /// Says this in the open session, once under this name.
    ///
    /// # Errors
    /// If the session has closed meanwhile or the contact has said STOP, there is nothing in the
    /// message, or the store fails.
    pub fn say<P: ProvesSession>(
        &self,
        session: P,
        name: &str,
        message: impl Into<Outbound>,
    ) -> Saying<'_> {
        let message = Outbound { template: None, ..message.into() };
        self.post(session.conversation(), name, message, None)
    }

    /// Sends a notification, once under its name.
    ///
    /// # Errors
    /// If the contact has said STOP meanwhile, or the store fails.
    pub fn notify<P: ProvesConsent>(&self, consent: P, notification: Notification) -> Saying<'_> {
        let Notification { name, message, due } = notification;
        self.post(consent.conversation(), &name, message, due)
    }

    fn post(&self, key: Key, name: &str, message: Outbound, due: Option<Timestamp>) -> Saying<'_> {
        let turn = TurnId::named(&key, &format!("say {name}"));
        Box::pin(async move {
            if message.is_empty() {
                return Err(Unsaid::Empty);
            }
            let is_done = apart(self, &key, turn, |record, now| {
                permitted(&message, &key, record, now, self.margin)?;
                Ok(vec![(due.unwrap_or(now), message.clone())])
            });
            Ok(match is_done.await? {
                Apart::Done => Said::Now,
                Apart::Before => Said::Before,
            })
        })
    }

    /// Keeps an opt-in that was given elsewhere, such as on a web form; the name makes it one, as
    /// with [`notify`](Self::notify).
    ///
    /// # Errors
    /// If the contact has said STOP, which only they can end, or the store fails.
    pub async fn opts_in(&self, key: &Key, name: &str, opt_in: OptIn) -> Result<Consent, Unsaid> {
        let kept =
            apart(self, key, TurnId::named(key, &format!("opt in {name}")), |record, now| {
                if record.stopped().is_some() {
                    return Err(Uninvited::Stopped);
                }
                record.opts_in(opt_in.clone(), now);
                Ok(Vec::new())
            });
        kept.await?;
        self.consent(key).await
    }

    /// Keeps that the contact wants no more, said elsewhere than in this conversation.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stops(&self, key: &Key, words: &str) -> Result<(), Unsaid> {
        let now = self.clock.now();
        let stopped = apart(
            self,
            key,
            TurnId::named(key, &format!("stop {now}")),
            |record: &mut Record, now| {
                record.stops(words, now);
                Ok(Vec::new())
            },
        );
        stopped.await.map(drop)
    }
}
