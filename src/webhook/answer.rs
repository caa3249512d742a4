//! From a reply to what Twilio reads.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use crate::{
    dispatch::{Reply, TurnError},
    twiml,
};

/// The reply as TwiML, or a 5xx, which makes Twilio call the fallback URL.
pub(super) fn respond(answer: Result<Reply, TurnError>) -> Response {
    match answer {
        Ok(reply) => match document(reply).to_xml() {
            Ok(xml) => ([(CONTENT_TYPE, "text/xml")], xml).into_response(),
            Err(error) => {
                tracing::error!(%error, "the reply cannot be written as TwiML");
                failed(StatusCode::INTERNAL_SERVER_ERROR)
            }
        },
        Err(error) => {
            tracing::error!(error = %Chain(&error), "the message is not answered");
            failed(if error.is_retryable() {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            })
        }
    }
}

pub(super) fn failed(status: StatusCode) -> Response {
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], "the bot failed\n").into_response()
}

fn document(reply: Reply) -> twiml::Response {
    reply.into_messages().into_iter().fold(twiml::Response::new(), |response, outbound| {
        let mut message = twiml::Message::new(outbound.body);
        message.media = outbound.media;
        response.message(message)
    })
}

/// An error with its causes, in one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
