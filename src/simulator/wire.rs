//! What is sent in one webhook call, headers and signature included.

use serde::Serialize;

use super::{message::as_text, request::as_pairs, target::Target};
use crate::{message::Parameters, twiml::Method, webhook::Signer};

/// What is sent in one webhook call.
///
/// Headers after what Twilio sends
/// (<https://www.twilio.com/docs/messaging/guides/webhook-request>).
#[derive(Debug, Clone, Serialize)]
pub(super) struct Wire {
    #[serde(serialize_with = "as_text")]
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    #[serde(serialize_with = "as_pairs")]
    pub(super) parameters: Parameters,
    pub(super) signature: String,
    #[serde(skip)]
    pub(super) target: Target,
    /// The same in each attempt at one request.
    #[serde(skip)]
    pub(super) token: String,
}

impl Wire {
    /// A call of this target: with `POST` the parameters stand in the body, with `GET` in the
    /// query.
    pub(super) fn new(
        signer: &Signer,
        target: Target,
        method: Method,
        parameters: Parameters,
        token: &str,
    ) -> Self {
        let (target, signature) = match method {
            Method::Post => {
                let signature = signer.sign(&target.url, &parameters);
                (target, signature)
            }
            Method::Get => {
                let target = target.with_query(&parameters);
                let signature = signer.sign(&target.url, &Parameters::new());
                (target, signature)
            }
        };
        let mut headers = headers(&target, token, &signature);
        if method == Method::Post {
            let length = parameters.encode().len().to_string();
            headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
            headers.push(("Content-Length", length));
        }
        Self {
            method,
            url: target.url.clone(),
            headers,
            parameters,
            signature,
            target,
            token: token.to_owned(),
        }
    }

    /// Sends these cookies along.
    pub(super) fn with_cookies(mut self, cookies: Option<String>) -> Self {
        self.headers.extend(cookies.map(|cookies| ("Cookie", cookies)));
        self
    }

    /// The bytes of the body.
    pub(super) fn body(&self) -> String {
        match self.method {
            Method::Post => self.parameters.encode(),
            Method::Get => String::new(),
        }
    }
}

/// What is the same in each call, whatever its method.
fn headers(target: &Target, token: &str, signature: &str) -> Vec<(&'static str, String)> {
    [
        ("Host", target.authority()),
        ("User-Agent", "TwilioProxy/1.1"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip"),
        ("I-Twilio-Idempotency-Token", token),
        ("X-Home-Region", "us1"),
        ("X-Twilio-Signature", signature),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}
