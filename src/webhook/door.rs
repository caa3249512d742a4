//! The doors: from an HTTP request to a verified form, and from an answer to a response.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header::CONTENT_LENGTH, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

use super::{
    Claim, FallbackHandler, Signed, StatusHandler, Validator, Verified,
    answer::{failed, respond},
    form,
    origin::Origin,
    rejection::Rejection,
};
use crate::{dispatch::Bot, message::Parameters};

/// Bytes of a request's body: Twilio's have a few kilobytes.
pub(super) const LARGEST_BODY: usize = 64 * 1024;
const SIGNATURE: &str = "x-twilio-signature";

/// What all doors share.
pub(super) struct House<S> {
    pub(super) bot: Bot<S>,
    pub(super) validator: Validator,
    pub(super) origin: Origin,
    pub(super) statuses: Box<dyn StatusHandler>,
    pub(super) fallback: Box<dyn FallbackHandler>,
}

/// A message.
pub(super) async fn message<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    let message = match house.enter(request).await {
        Ok(verified) => form::inbound(verified).map_err(|error| refuse(error.into(), "")),
        Err(refused) => Err(refused),
    };
    match message {
        Ok(message) => respond(house.bot.receive(message).await),
        Err(refused) => refused,
    }
}

/// A message again, after the first call failed.
pub(super) async fn fallback<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    let call = match house.enter(request).await {
        Ok(verified) => form::failed_call(verified).map_err(|error| refuse(error.into(), "")),
        Err(refused) => Err(refused),
    };
    let call = match call {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    let message = call.message.clone();
    let answer = AssertUnwindSafe(async { house.fallback.fallback(call).await });
    match answer.catch_unwind().await {
        Ok(Some(reply)) => respond(Ok(reply)),
        Ok(None) => respond(house.bot.receive(message).await),
        Err(_) => panicked("fallback"),
    }
}

/// What became of a message.
pub(super) async fn status<S: Send + Sync + 'static>(
    State(house): State<Arc<House<S>>>,
    request: Request,
) -> Response {
    let update = match house.enter(request).await {
        Ok(verified) => form::status(verified).map_err(|error| refuse(error.into(), "")),
        Err(refused) => Err(refused),
    };
    let update = match update {
        Ok(update) => update,
        Err(refused) => return refused,
    };
    let heard = AssertUnwindSafe(async { house.statuses.status(update).await });
    match heard.catch_unwind().await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => panicked("status"),
    }
}

fn panicked(handler: &str) -> Response {
    tracing::error!(handler, "the handler panicked");
    failed(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Says no, to the caller and in the log.
fn refuse(rejection: Rejection, url: &str) -> Response {
    let status = rejection.status().as_u16();
    tracing::warn!(status, url, reason = %rejection, "refused a webhook call");
    rejection.into_response()
}

impl<S> House<S> {
    /// What Twilio has signed, or the response that refuses it.
    async fn enter(&self, request: Request) -> Result<Verified, Response> {
        let (parts, body) = request.into_parts();
        // Nesting strips prefixes from the URI; Twilio signed the whole one.
        let uri = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(whole)) => whole,
            None => &parts.uri,
        };
        let urls = self.origin.urls(uri, &parts.headers);
        let refused = |rejection| {
            // The query of a GET request holds the message.
            let url = urls.first().and_then(|url| url.split('?').next());
            refuse(rejection, url.unwrap_or("no host is named"))
        };
        let signature = signature(&parts.headers, &self.validator).map_err(refused)?;
        let signed = signed(&parts.method, uri, &parts.headers, body).await.map_err(refused)?;
        let claim = Claim { urls: &urls, signature, signed };
        self.validator.verify(claim).ok_or_else(|| refused(Rejection::Forged))
    }
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
    let form = is_form(content_type.unwrap_or_default()).ok_or(Rejection::ContentType)?;
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
    Ok(if form { Signed::Form(Parameters::decode(&bytes)?) } else { Signed::Body(bytes.into()) })
}

/// Whether the content type is a form's in UTF-8, or else JSON; `None` for all others.
fn is_form(content_type: &str) -> Option<bool> {
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters.trim().to_ascii_lowercase();
    let is_utf8 = matches!(&*charset, "" | "charset=utf-8" | "charset=\"utf-8\"");
    match essence.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" if is_utf8 => Some(true),
        "application/json" if is_utf8 => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_json_in_utf8_are_read() {
        for (content_type, read) in [
            ("application/x-www-form-urlencoded", Some(true)),
            ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", Some(true)),
            ("application/json", Some(false)),
            ("application/x-www-form-urlencoded; charset=latin1", None),
            ("multipart/form-data; boundary=x", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(is_form(content_type), read, "{content_type}");
        }
    }
}
