//! Why a request did not get through a door: for the caller, and for the log.

use axum::http::StatusCode;

use super::InvalidParameter;
use crate::message::InvalidForm;

/// Why a request is not let in; the text shows neither secrets nor what a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejection {
    #[error("the X-Twilio-Signature header is missing; only Twilio may call this address")]
    NotSigned,
    #[error("there is more than one X-Twilio-Signature header")]
    SignedTwice,
    #[error(
        "the X-Twilio-Signature header does not fit; check the auth token and the public URL, \
         which must be the one that Twilio calls"
    )]
    Forged,
    #[error(
        "the X-Twilio-Signature header does not fit; a body that is no form needs its hash as \
         bodySHA256 in the URL, and the signature is over that URL alone"
    )]
    ForgedBody,
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the body did not arrive")]
    Interrupted,
    #[error("the content type must be application/x-www-form-urlencoded in UTF-8")]
    ContentType,
    #[error(transparent)]
    Form(#[from] InvalidForm),
    #[error(transparent)]
    Parameter(#[from] InvalidParameter),
}

impl Rejection {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotSigned | Self::SignedTwice | Self::Forged | Self::ForgedBody => {
                StatusCode::FORBIDDEN
            }
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Interrupted
            | Self::Form(_)
            | Self::Parameter(
                InvalidParameter::Missing(_)
                | InvalidParameter::Doubled(_)
                | InvalidParameter::Unreadable { .. }
                | InvalidParameter::NotAnObject,
            ) => StatusCode::BAD_REQUEST,
        }
    }
}
