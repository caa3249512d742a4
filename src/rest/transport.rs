//! What carries a request to Twilio: one method, so that tests need no network.

use std::{error::Error, fmt, time::Duration};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;

use crate::message::Parameters;

/// Carries requests.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Carries one request there and its answer back, whatever its status.
    ///
    /// # Errors
    /// If no whole answer came.
    async fn exchange(&self, request: Request) -> Result<Response, Lost>;
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is done.
    pub method: Method,
    /// Where, query included.
    pub url: String,
    /// The value of the header `Authorization`.
    pub authorization: SecretString,
    /// What a [`Method::Post`] says.
    pub payload: Payload,
}

/// What a request says.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// Nothing.
    Empty,
    /// A form, as Twilio's older APIs read it.
    Form(Parameters),
    /// JSON, as the Content API reads it.
    Json(Value),
}

impl Payload {
    /// What the header `Content-Type` says of it, and the text of the body.
    #[must_use]
    pub fn encode(&self) -> (&'static str, String) {
        match self {
            Self::Empty => ("application/x-www-form-urlencoded", String::new()),
            Self::Form(form) => ("application/x-www-form-urlencoded", form.encode()),
            Self::Json(value) => ("application/json", value.to_string()),
        }
    }
}

/// The methods that Twilio's API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes or changes.
    Post,
    /// Removes.
    Delete,
}

/// One answer; `Debug` hides the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// What the header `Retry-After` says, if it is in seconds.
    pub retry_after: Option<Duration>,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The request did not reach anybody.
    #[error("no connection: {0}")]
    NotSent(Box<dyn Error + Send + Sync>),
    /// The request may have been heeded.
    #[error("no answer: {0}")]
    Unknown(Box<dyn Error + Send + Sync>),
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    async fn exchange(&self, request: Request) -> Result<Response, Lost> {
        (**self).exchange(request).await
    }
}
