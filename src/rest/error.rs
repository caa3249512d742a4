//! Why a request failed, in Twilio's code, and what is known of what it asked for.

use std::{error::Error, fmt, time::Duration};

use serde_json::Value;

use super::{
    check::InvalidDraft,
    content_check::InvalidContent,
    transport::{Lost, Response},
};
use crate::{
    message::ErrorCode,
    outbound::{Fault, Unsent},
};

/// Wrong credentials and accounts that may not send: no fault of the message, which waits until
/// that is put right (<https://www.twilio.com/docs/api/errors>).
const ACCOUNT_AT_FAULT: [u32; 5] = [10001, 20003, 20005, 20006, 20403];

/// Why a request to Twilio failed.
///
/// What it prints holds neither numbers nor words of people; what Twilio wrote may, and is only in
/// [`message`](Self::message).
#[derive(Debug)]
pub struct RestError {
    kind: Kind,
    fault: Fault,
    after: Option<Duration>,
}

#[derive(Debug)]
enum Kind {
    Answer { status: u16, code: Option<ErrorCode>, message: Option<String>, errors: Vec<String> },
    Draft(InvalidDraft),
    Content(InvalidContent),
    Lost(Lost),
    Unreadable { status: u16, reason: String },
    InvalidApi(String),
    Setup(Box<dyn Error + Send + Sync>),
}

impl RestError {
    /// Reads an answer that is none of success. Its body need not be Twilio's.
    ///
    /// Source: <https://www.twilio.com/docs/usage/twilios-response>.
    pub(super) fn answered(response: &Response) -> Self {
        let Response { status, retry_after, ref body } = *response;
        let told: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = told.get("code").and_then(Value::as_u64).and_then(|code| code.try_into().ok());
        let code = code.map(ErrorCode);
        // Older errors have a message, newer ones, after RFC 9457, a title and perhaps a detail.
        let names = ["message", "detail", "title"];
        let message = names.iter().find_map(|name| told.get(name)?.as_str().map(str::to_owned));
        let fault = fault(status, code);
        let errors = errors(&told);
        Self { kind: Kind::Answer { status, code, message, errors }, fault, after: retry_after }
    }

    /// An answer of success that cannot be read: what was asked for is done, or seems to be.
    pub(super) fn unreadable(status: u16, reason: impl fmt::Display) -> Self {
        let kind = Kind::Unreadable { status, reason: reason.to_string() };
        Self { kind, fault: Fault::Unknown, after: None }
    }

    pub(super) fn invalid_api(api: &str) -> Self {
        Self { kind: Kind::InvalidApi(api.to_owned()), fault: Fault::Refused, after: None }
    }

    pub(super) fn setup(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Setup(source.into()), fault: Fault::NotSent, after: None }
    }

    /// Twilio's code, if it gave one.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self.kind {
            Kind::Answer { code, .. } => code,
            Kind::Draft(ref invalid) => invalid.code(),
            Kind::Content(ref invalid) => invalid.code(),
            _ => None,
        }
    }

    /// What was wrong with the draft, if it was not even sent.
    #[must_use]
    pub const fn invalid_draft(&self) -> Option<&InvalidDraft> {
        match &self.kind {
            Kind::Draft(invalid) => Some(invalid),
            _ => None,
        }
    }

    /// What was wrong with the content template, if it was not even sent.
    #[must_use]
    pub const fn invalid_content(&self) -> Option<&InvalidContent> {
        match &self.kind {
            Kind::Content(invalid) => Some(invalid),
            _ => None,
        }
    }

    /// The single mistakes that Twilio names, where it names them: newer APIs do, as RFC 9457 has
    /// it. They may name people.
    #[must_use]
    pub fn errors(&self) -> &[String] {
        match &self.kind {
            Kind::Answer { errors, .. } => errors,
            _ => &[],
        }
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Answer { status, .. } | Kind::Unreadable { status, .. } => Some(status),
            _ => None,
        }
    }

    /// What Twilio wrote about it; it may name people.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match &self.kind {
            Kind::Answer { message, .. } => message.as_deref(),
            _ => None,
        }
    }

    /// What is known of what the request asked for.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        self.fault
    }

    /// How long Twilio asks to be left alone.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.after
    }

    /// Whether what the request was about is not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.status() == Some(404)
    }
}

/// The members of `errors`, each a text or an object with one.
fn errors(told: &Value) -> Vec<String> {
    let each = told.get("errors").and_then(Value::as_array).into_iter().flatten();
    let text = |error: &Value| {
        let names = ["detail", "message", "title"];
        let named = || names.iter().find_map(|name| error.get(name)?.as_str());
        error.as_str().or_else(named).map(str::to_owned)
    };
    each.filter_map(text).collect()
}

/// What is known of a request that was answered so.
fn fault(status: u16, code: Option<ErrorCode>) -> Fault {
    match (status, code) {
        (401 | 429, _) | (503, Some(_)) => Fault::NotSent,
        (500..=599, _) => Fault::Unknown,
        (400..=499, Some(code)) if !code.is_retryable() && !ACCOUNT_AT_FAULT.contains(&code.0) => {
            Fault::Refused
        }
        // Another redirect or refusal than Twilio's: this is not the API.
        _ => Fault::NotSent,
    }
}

impl From<Lost> for RestError {
    fn from(lost: Lost) -> Self {
        let fault = match lost {
            Lost::NotSent(_) => Fault::NotSent,
            Lost::Unknown(_) => Fault::Unknown,
        };
        Self { kind: Kind::Lost(lost), fault, after: None }
    }
}

/// It was not even sent, and never will be.
impl From<InvalidDraft> for RestError {
    fn from(invalid: InvalidDraft) -> Self {
        Self { kind: Kind::Draft(invalid), fault: Fault::Refused, after: None }
    }
}

/// It was not even sent, and never will be.
impl From<InvalidContent> for RestError {
    fn from(invalid: InvalidContent) -> Self {
        Self { kind: Kind::Content(invalid), fault: Fault::Refused, after: None }
    }
}

impl From<RestError> for Unsent {
    fn from(error: RestError) -> Self {
        let (fault, code, after) = (error.fault, error.code(), error.after);
        let mut unsent = Self::new(fault, error);
        (unsent.code, unsent.after) = (code, after);
        unsent
    }
}

impl Error for RestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Setup(source) => Some(&**source),
            Kind::Draft(invalid) => Some(invalid),
            Kind::Content(invalid) => Some(invalid),
            _ => None,
        }
    }
}

impl fmt::Display for RestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Answer { status, code: Some(code), .. } => {
                write!(f, "Twilio answered {status}, {code}")
            }
            Kind::Answer { status, .. } => {
                write!(f, "the API answered {status} and not as Twilio does; check its address")
            }
            Kind::Draft(invalid) => write!(f, "the message is not sent: {invalid}"),
            Kind::Content(invalid) => write!(f, "the content template is not sent: {invalid}"),
            Kind::Lost(lost) => lost.fmt(f),
            Kind::Unreadable { status, reason } => {
                write!(f, "the answer with status {status} cannot be read: {reason}")
            }
            Kind::InvalidApi(api) => {
                let example = "as in https://api.twilio.com";
                write!(f, "the API's address {api:?} is none; write scheme and host, {example}")
            }
            Kind::Setup(source) => write!(f, "the client cannot be set up: {source}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> RestError {
        let retry_after = (status == 429).then_some(Duration::from_secs(3));
        RestError::answered(&Response { status, retry_after, body: body.into() })
    }

    #[test]
    fn each_answer_says_what_became_of_the_message() {
        for (status, body, fault, code) in [
            (400, r#"{"code":21211,"message":"no +1","status":400}"#, Fault::Refused, Some(21211)),
            (400, r#"{"code":63007,"message":"x","status":400}"#, Fault::Refused, Some(63007)),
            (400, r#"{"code":20429,"message":"x","status":400}"#, Fault::NotSent, Some(20429)),
            (401, r#"{"code":20003,"message":"x","status":401}"#, Fault::NotSent, Some(20003)),
            (404, r#"{"code":20404,"message":"x","status":404}"#, Fault::Refused, Some(20404)),
            (403, r#"{"code":20403,"message":"x","status":403}"#, Fault::NotSent, Some(20403)),
            (403, r#"{"code":21610,"message":"x","status":403}"#, Fault::Refused, Some(21610)),
            (429, r#"{"code":20429,"message":"x","status":429}"#, Fault::NotSent, Some(20429)),
            (503, r#"{"code":20503,"message":"x","status":503}"#, Fault::NotSent, Some(20503)),
            (503, "<html>", Fault::Unknown, None),
            (500, r#"{"code":20500,"message":"x","status":500}"#, Fault::Unknown, Some(20500)),
            (502, "", Fault::Unknown, None),
            (404, "<html>", Fault::NotSent, None),
            (302, "", Fault::NotSent, None),
            (
                400,
                r#"{"type":"a","title":"b","detail":"c","status":400,"code":20422}"#,
                Fault::Refused,
                Some(20422),
            ),
        ] {
            let error = answered(status, body);
            assert_eq!(error.fault(), fault, "{status} {body}");
            assert_eq!(error.code().map(ErrorCode::number), code, "{status} {body}");
        }
        assert_eq!(answered(429, "").retry_after(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn what_is_printed_names_nobody() {
        let error = answered(400, r#"{"code":21211,"message":"The number +15005550001 is bad"}"#);
        assert!(error.to_string().starts_with("Twilio answered 400, 21211: "), "{error}");
        assert!(!error.to_string().contains("+1500"), "{error}");
        assert_eq!(error.message(), Some("The number +15005550001 is bad"));
        let other = answered(
            400,
            r#"{"title":"b","detail":"c","code":20422,"errors":[{"detail":"d"},"e",{"x":1}]}"#,
        );
        assert_eq!(
            (other.message(), other.errors()),
            (Some("c"), &["d", "e"].map(String::from)[..])
        );
        let unsent = Unsent::from(error);
        assert_eq!((unsent.fault, unsent.code), (Fault::Refused, Some(ErrorCode(21211))));
    }
}
