//! The doors: from an HTTP request to a verified form, and from an answer to a response.

use std::{
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use axum::{
    body::{Body, to_bytes},
    extract::{OriginalUri, Request, State},
    http::{
        HeaderMap, Method, StatusCode, Uri,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::runtime::Handle;

use super::{
    Claim, FailedCall, FallbackHandler, InvalidParameter, Signed, StatusHandler, Validator,
    Verified,
    answer::{failed, respond},
    deadline::Turns,
    form::{self, Call},
    origin::{Origin, without_credentials},
    rejection::Rejection,
};
use crate::{
    dispatch::{Excess, Reply, Timers, TurnError},
    message::Parameters,
    outbound::{Courier, Ledger, Rounds},
};

/// Bytes of a request's body: Twilio's have a few kilobytes.
pub(super) const LARGEST_BODY: usize = 64 * 1024;
const SIGNATURE: &str = "x-twilio-signature";

/// What all doors share.
pub(super) struct House<S> {
    /// Turns are at work as long as the house stands.
    pub(super) turns: Arc<Turns<S>>,
    /// The bot's timers ring as long as the house stands.
    pub(super) timers: OnceLock<Timers>,
    /// What is said unasked leaves as long as the house stands, if there is a way out.
    pub(super) courier: Mutex<Option<Courier>>,
    pub(super) rounds: OnceLock<Rounds>,
    pub(super) ledger: Ledger,
    pub(super) validator: Validator,
    pub(super) origin: Origin,
    pub(super) statuses: Arc<dyn StatusHandler>,
    pub(super) fallback: Box<dyn FallbackHandler>,
}

/// A message.
pub(super) async fn message<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    house.wakes();
    let answer = pin!(async {
        match house.enter(request, form::call).await {
            Ok(Call::First(message)) => respond(house.turns.answer(message).await),
            Ok(Call::Second(call)) => house.tries_again(call).await,
            Err(refused) => refused,
        }
    });
    guarded(answer).await
}

/// A message again, after the first call failed.
pub(super) async fn fallback<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    let answer = pin!(async {
        match house.enter(request, form::failed_call).await {
            Ok(call) => house.tries_again(call).await,
            Err(refused) => refused,
        }
    });
    guarded(answer).await
}

/// What became of a message.
pub(super) async fn status<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    let answer = pin!(async {
        match house.enter(request, form::status).await {
            Ok(update) => {
                let delivery = house.ledger.report(&update).await.unwrap_or_else(|error| {
                    let (sid, error) = (update.sid, &error as &dyn std::error::Error);
                    tracing::error!(%sid, error, "a status is not kept; it is asked for later");
                    None
                });
                house.statuses.status(update, delivery).await;
                StatusCode::NO_CONTENT.into_response()
            }
            Err(refused) => refused,
        }
    });
    guarded(answer).await
}

/// A panic in a handler, a store or a clock is a 5xx too, and not a connection that breaks off.
///
/// The answer is pinned where it was made: it is large, and moving it costs as much as a signature.
async fn guarded(answer: Pin<&mut impl Future<Output = Response>>) -> Response {
    AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a handler, the store or the clock panicked");
        failed(StatusCode::INTERNAL_SERVER_ERROR)
    })
}

/// Says no, to the caller and in the log.
fn refuse(rejection: &Rejection, url: &str) -> Response {
    let status = rejection.status();
    tracing::warn!(status = status.as_u16(), url, reason = %rejection, "refused a webhook call");
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{rejection}\n"))
        .into_response()
}

impl<S: Send + Sync + 'static> House<S> {
    async fn tries_again(&self, call: FailedCall) -> Response {
        let message = call.message.clone();
        if self.turns.has_handed_off(&message) {
            return respond(Ok(Reply::silent()));
        }
        respond(match self.fallback.fallback(call).await {
            Some(reply) => reply.finished(&message.from, Excess::Refused).map_err(TurnError::Reply),
            None => self.turns.answer(message).await,
        })
    }

    /// Lets the bot's timers ring and its courier go round, from the first call in a runtime on.
    pub(super) fn wakes(&self) {
        if self.timers.get().is_some() || Handle::try_current().is_err() {
            return;
        }
        self.timers.get_or_init(|| {
            let courier = self.courier.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(courier) = courier {
                self.rounds.get_or_init(|| courier.run());
            }
            self.turns.bot.run_timers()
        });
    }
}

impl<S> House<S> {
    /// What is read out of the form that Twilio has signed, or the response that refuses it.
    async fn enter<T>(
        &self,
        request: Request,
        read: fn(Verified) -> Result<T, InvalidParameter>,
    ) -> Result<T, Response> {
        let (parts, body) = request.into_parts();
        // Nesting strips prefixes from the URI; Twilio signed the whole one.
        let uri = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(whole)) => whole,
            None => &parts.uri,
        };
        let urls = self.origin.urls(uri, &parts.headers);
        self.verified(&urls, uri, &parts, body)
            .await
            .and_then(|verified| Ok(read(verified)?))
            .map_err(|rejection| {
                refuse(&rejection, &urls.first().map_or_else(String::new, |url| for_logs(url)))
            })
    }

    async fn verified(
        &self,
        urls: &[String],
        uri: &Uri,
        parts: &Parts,
        body: Body,
    ) -> Result<Verified, Rejection> {
        let signature = signature(&parts.headers, &self.validator)?;
        let signed = signed(&parts.method, uri, &parts.headers, body).await?;
        let forged = match signed {
            Signed::Body(_) => Rejection::ForgedBody,
            Signed::Form(_) | Signed::Query(_) => Rejection::Forged,
        };
        self.validator.verify(Claim { urls, signature, signed }).ok_or(forged)
    }
}

/// Without the query, which holds the message of a GET request, and without credentials.
fn for_logs(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    without_credentials(url)
}

fn signature<'a>(headers: &'a HeaderMap, validator: &Validator) -> Result<&'a [u8], Rejection> {
    let mut given = headers.get_all(SIGNATURE).iter();
    match (given.next(), given.next()) {
        (Some(one), None) => Ok(one.as_bytes()),
        (Some(_), Some(_)) => Err(Rejection::SignedTwice),
        (None, _) if validator.is_unsigned() => Ok(b""),
        (None, _) => Err(Rejection::NotSigned),
    }
}

/// The parameters or the body, by method and content type.
async fn signed(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Result<Signed, Rejection> {
    if method != Method::POST {
        let query = uri.query().unwrap_or_default();
        return Ok(Signed::Query(Parameters::decode(query.as_bytes())?));
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind_of(content_type.unwrap_or_default()).ok_or(Rejection::ContentType)?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|bytes: usize| bytes > LARGEST_BODY) {
        return Err(Rejection::TooLarge(LARGEST_BODY));
    }
    let bytes = to_bytes(body, LARGEST_BODY).await.map_err(|error| {
        // The limit is the only thing that hyper does not report itself.
        let source = std::error::Error::source(&error);
        let is_limit = source.is_some_and(|source| source.to_string().contains("length limit"));
        if is_limit { Rejection::TooLarge(LARGEST_BODY) } else { Rejection::Interrupted }
    })?;
    Ok(match kind {
        Kind::Form => Signed::Form(Parameters::decode(&bytes)?),
        Kind::Json => Signed::Body(bytes.into()),
    })
}

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Form,
    Json,
}

/// What a body of this content type holds; `None` if it cannot be read.
fn kind_of(content_type: &str) -> Option<Kind> {
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next()?;
    let charset = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        (name.trim() == "charset").then(|| value.trim().trim_matches('"').to_owned())
    });
    if charset.is_some_and(|charset| charset != "utf-8" && charset != "utf8") {
        return None;
    }
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Some(Kind::Form),
        "application/json" => Some(Kind::Json),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_json_in_utf8_are_read() {
        for (content_type, read) in [
            ("application/x-www-form-urlencoded", Some(Kind::Form)),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", Some(Kind::Form)),
            ("application/x-www-form-urlencoded;charset=utf8;", Some(Kind::Form)),
            ("application/x-www-form-urlencoded ; x=y; charset = \"utf-8\"", Some(Kind::Form)),
            ("application/json", Some(Kind::Json)),
            ("application/x-www-form-urlencoded; charset=latin1", None),
            ("multipart/form-data; boundary=x", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(kind_of(content_type), read, "{content_type}");
        }
    }
}
