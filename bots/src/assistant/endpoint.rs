//! A language model behind OpenAI's chat completions, wherever it runs.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{StatusCode, header::CONTENT_TYPE};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use serde::Deserialize;
use serde_json::{Value, json};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take: models on small machines think for long.
const TOTAL: Duration = Duration::from_mins(3);
/// Where no model is named.
const MODEL: &str = "default";

/// A language model that is asked by OpenAI's API
/// (<https://platform.openai.com/docs/api-reference/chat>); many others speak it too.
#[derive(Clone)]
pub struct Endpoint {
    url: String,
    model: String,
    key: Option<String>,
    client: reqwest::Client,
}

/// Why an address is no endpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// It is no address.
    #[error("the address {0:?} is none; write scheme and host, as in http://127.0.0.1:11434/v1")]
    Url(String),
    /// The system's certificates cannot be read.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The client cannot be made.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// Why there is no answer; nothing that was said is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It is asked too much.
    #[error("the model is busy")]
    Busy,
    /// The question is too long, with all that was said before.
    #[error("the question is too long for the model")]
    TooLong,
    /// It refuses us.
    #[error("the model's endpoint answered {0}")]
    Refused(StatusCode),
    /// It says something else than an answer.
    #[error("the model's endpoint gave no answer that can be read")]
    Unreadable,
    /// Nobody is there.
    #[error("the model's endpoint could not be reached, or took too long")]
    Away,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Endpoint {
    /// The endpoint at this address, which ends where `/chat/completions` begins.
    ///
    /// # Errors
    /// If the address is none, or TLS cannot be set up.
    pub fn new(
        url: &str,
        model: Option<String>,
        key: Option<String>,
    ) -> Result<Self, InvalidEndpoint> {
        let url = url.trim().trim_end_matches('/');
        let is_plain = url.starts_with("http://");
        if !is_plain && !url.starts_with("https://") || reqwest::Url::parse(url).is_err() {
            return Err(InvalidEndpoint::Url(url.to_owned()));
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(is_plain)?)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(TOTAL);
        let client = if is_plain { client.no_proxy() } else { client };
        Ok(Self {
            url: format!("{url}/chat/completions"),
            model: model.unwrap_or_else(|| MODEL.to_owned()),
            key,
            client: client.build()?,
        })
    }

    /// What the model says to these messages, in Markdown.
    pub(super) async fn complete(&self, messages: Vec<Value>) -> Result<String, Trouble> {
        let body = json!({"model": self.model, "messages": messages}).to_string();
        let request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json");
        let request = match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let answer = request.body(body).send().await.map_err(|_| Trouble::Away)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                return Err(Trouble::Busy);
            }
            StatusCode::PAYLOAD_TOO_LARGE => return Err(Trouble::TooLong),
            status => return Err(Trouble::Refused(status)),
        }
        let body = answer.bytes().await.map_err(|_| Trouble::Away)?;
        let completion: Completion =
            serde_json::from_slice(&body).map_err(|_| Trouble::Unreadable)?;
        let first = completion.choices.into_iter().next().and_then(|choice| choice.message.content);
        first.filter(|words| !words.trim().is_empty()).ok_or(Trouble::Unreadable)
    }
}

/// TLS with the certificates that the system trusts; where none is needed, with none.
fn tls(is_plain: bool) -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = if is_plain {
        config.with_root_certificates(RootCertStore::empty())
    } else {
        config.with_platform_verifier()?
    };
    Ok(config.with_no_client_auth())
}

/// Shows no key, and nothing of the address but its host.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = reqwest::Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default();
        f.debug_struct("Endpoint")
            .field("host", &host)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}
