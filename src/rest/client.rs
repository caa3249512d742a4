//! Twilio's messages: made, fetched, listed, redacted, cancelled, deleted.

use std::{borrow::Cow, sync::Arc};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{
    Account, Draft, Message, Network, Page, RestError, Search,
    transport::{Method, Payload, Request, Response, Transport},
};
use crate::{
    conversation::clock::{Clock, SystemClock},
    message::{MessageSid, Parameters},
};

/// Calls Twilio's REST API for one account. It is cheap to clone.
///
/// It tries nothing twice: an error says by its [`fault`](RestError::fault) whether that is safe,
/// and the courier heeds it.
///
/// ```no_run
/// use chinwag::rest::{Account, Client, Draft};
///
/// # async fn run(token: String) -> chinwag::Result<()> {
/// let account = Account::new("AC0123456789abcdef0123456789abcdef".parse()?, token);
/// let client = Client::new(account)?;
/// let draft = Draft::to("whatsapp:+15005550006".parse()?).from("whatsapp:+14155238886".parse()?);
/// let message = client.send(&draft.body("It is ready.")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    account: Account,
    authorization: SecretString,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// A client over the network.
    ///
    /// # Errors
    /// If the API's address is none, or the system's certificates cannot be read.
    pub fn new(account: Account) -> Result<Self, RestError> {
        let network = Network::to(account.api())?;
        Ok(Self::over(account, network))
    }

    /// A client over another transport, such as a [`Recorder`](super::Recorder).
    pub fn over(account: Account, transport: impl Transport) -> Self {
        let authorization = account.authorization();
        let (transport, clock) = (Arc::new(transport), Arc::new(SystemClock));
        Self { account, authorization, transport, clock }
    }

    /// The same client with another clock, by which it knows what can be scheduled.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// As whom Twilio is called.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Makes a message. That it was taken does not say that it arrives: what becomes of it comes as
    /// statuses.
    ///
    /// # Errors
    /// If it cannot arrive whole ([`RestError::invalid_draft`]), was not taken, or that is not
    /// known.
    pub async fn send(&self, draft: &Draft) -> Result<Message, RestError> {
        self.make(draft).await
    }

    /// The same, for who asks for nothing but its name.
    pub(super) async fn take(&self, draft: &Draft) -> Result<MessageSid, RestError> {
        self.make(draft).await.map(|taken: Taken| taken.sid)
    }

    async fn make<T: DeserializeOwned>(&self, draft: &Draft) -> Result<T, RestError> {
        draft.check(self.clock.now())?;
        let form = Payload::Form(draft.form());
        self.read(Method::Post, self.account.url("/Messages.json"), form).await
    }

    /// The message as it is now.
    ///
    /// # Errors
    /// If there is none ([`is_missing`](RestError::is_missing)), or it cannot be told.
    pub async fn fetch(&self, sid: MessageSid) -> Result<Message, RestError> {
        self.read(Method::Get, self.of(sid), Payload::Empty).await
    }

    /// The first page of the messages that are searched for.
    ///
    /// # Errors
    /// If it cannot be told.
    pub async fn list(&self, search: &Search) -> Result<Page, RestError> {
        let query = search.query();
        let mark = if query.is_empty() { "" } else { "?" };
        let url = self.account.url(&format!("/Messages.json{mark}{query}"));
        self.read(Method::Get, url, Payload::Empty).await
    }

    /// The page behind this one, if there is one.
    ///
    /// # Errors
    /// If it cannot be told.
    pub async fn next(&self, page: &Page) -> Result<Option<Page>, RestError> {
        let Some(next) = &page.next else { return Ok(None) };
        if !next.starts_with('/') {
            // The credentials go nowhere but to the API.
            return Err(RestError::unreadable(200, "the next page is at another address"));
        }
        let url = format!("{}{next}", self.account.api());
        self.read(Method::Get, url, Payload::Empty).await.map(Some)
    }

    /// Takes the words out of Twilio's copy of a message. The person's phone keeps them.
    ///
    /// # Errors
    /// If there is no such message, or it is still on its way.
    pub async fn redact(&self, sid: MessageSid) -> Result<Message, RestError> {
        self.change(sid, "Body", "").await
    }

    /// Calls a scheduled message back.
    ///
    /// # Errors
    /// If there is no such message, or it is not scheduled.
    pub async fn cancel(&self, sid: MessageSid) -> Result<Message, RestError> {
        self.change(sid, "Status", "canceled").await
    }

    /// Removes Twilio's copy of a message. The person's phone keeps it.
    ///
    /// # Errors
    /// If there is no such message, or it is still on its way.
    pub async fn delete(&self, sid: MessageSid) -> Result<(), RestError> {
        self.exchange(Method::Delete, self.of(sid), Payload::Empty).await.map(drop)
    }

    fn of(&self, sid: MessageSid) -> String {
        self.account.url(&format!("/Messages/{sid}.json"))
    }

    async fn change(&self, sid: MessageSid, name: &str, value: &str) -> Result<Message, RestError> {
        let mut form = Parameters::new();
        form.push(name, value);
        self.read(Method::Post, self.of(sid), Payload::Form(form)).await
    }

    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        method: Method,
        url: String,
        payload: Payload,
    ) -> Result<T, RestError> {
        let response = self.exchange(method, url, payload).await?;
        // What stands in the body is not told: only where it went wrong.
        serde_json::from_slice(&response.body).map_err(|error| {
            let place = format!("line {}, column {}", error.line(), error.column());
            RestError::unreadable(response.status, place)
        })
    }

    pub(super) async fn exchange(
        &self,
        method: Method,
        url: String,
        payload: Payload,
    ) -> Result<Response, RestError> {
        let authorization = self.authorization.clone();
        let request = Request { method, url, authorization, payload };
        let response = (*self.transport).exchange(request).await?;
        match response.status {
            200..=299 => Ok(response),
            _ => Err(RestError::answered(&response)),
        }
    }
}

/// As much of an answer as says that a message was taken.
#[derive(Deserialize)]
struct Taken {
    #[serde(deserialize_with = "sid")]
    sid: MessageSid,
}

fn sid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MessageSid, D::Error> {
    let text = <Cow<'_, str>>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
