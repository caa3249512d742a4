//! Errors of the REST API, in the shape that Twilio's libraries read.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::message::ErrorCode;

/// Why a request is refused at once.
///
/// Source: <https://www.twilio.com/docs/usage/twilios-response>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    pub(super) code: ErrorCode,
    message: String,
}

impl Problem {
    fn with(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        Self { status, code: ErrorCode(code), message: message.into() }
    }

    /// Something in the request is wrong.
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self::with(StatusCode::BAD_REQUEST, code, message)
    }

    /// A parameter cannot be used, and there is no code of its own for it.
    pub(super) fn parameter(message: impl Into<String>) -> Self {
        Self::new(20422, message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::with(StatusCode::NOT_FOUND, 20404, message)
    }

    pub(super) fn conflict(message: impl Into<String>) -> Self {
        Self::with(StatusCode::CONFLICT, 20409, message)
    }

    pub(super) fn method() -> Self {
        Self::with(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed")
    }

    /// Neither the account nor its token.
    pub(super) fn stranger() -> Self {
        let text = "Authenticate: use the simulator's account SID and auth token";
        Self::with(StatusCode::UNAUTHORIZED, 20003, text)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, message } = self;
        let body = Json(json!({
            "code": code.number(),
            "message": message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", code.number()),
            "status": status.as_u16(),
        }));
        if status == StatusCode::UNAUTHORIZED {
            let asks = [(header::WWW_AUTHENTICATE, "Basic realm=\"Twilio API\"")];
            return (status, asks, body).into_response();
        }
        (status, body).into_response()
    }
}
