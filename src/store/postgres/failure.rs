//! What a failure of the server or of the way to it means.

use std::{error::Error as _, fmt, io};

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::{Error, error::SqlState};

use super::{super::StoreError, place::Place};

/// Why a call has failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no connection to be had.
    Pool(PoolError),
    /// It was made, and failed.
    Call(Error),
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Another connection may be whole.
    Reconnect,
    /// Others were in the way; the server has undone the call.
    Repeat,
    /// Nothing, just now.
    Tell,
}

impl Failure {
    pub(super) fn remedy(&self) -> Remedy {
        let Self::Call(error) = self else { return Remedy::Tell };
        match error.code() {
            None if is_broken(error) => Remedy::Reconnect,
            Some(code) if is_shutdown(code) => Remedy::Reconnect,
            Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => {
                Remedy::Repeat
            }
            _ => Remedy::Tell,
        }
    }

    /// The error for the store's caller.
    pub(super) fn explain(self, place: &Place) -> StoreError {
        match self {
            Self::Call(error)
            | Self::Pool(
                PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)),
            ) => explain(&error, place),
            Self::Pool(error) => StoreError::unavailable(Reason(error.to_string())),
        }
    }
}

/// The error for the store's caller.
pub(super) fn explain(error: &Error, place: &Place) -> StoreError {
    let Some(code) = error.code() else {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        let reason = format!("{error}{cause}");
        return if is_broken(error) {
            StoreError::unavailable(Reason(reason))
        } else {
            place.unusable(reason)
        };
    };
    let (user, schema) = (place.user(), place.schema());
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => place
            .unusable(format_args!(
                "the server does not let the user {user} in; check user and password in the \
                 store's URL, and that the server's pg_hba.conf allows them without TLS"
            )),
        SqlState::INVALID_CATALOG_NAME => {
            place.unusable("there is no such database; create it, or correct the store's URL")
        }
        SqlState::INSUFFICIENT_PRIVILEGE => place.unusable(format_args!(
            "the user {user} may not do what is needed; let an administrator run \
             CREATE SCHEMA {schema} AUTHORIZATION {user}, or grant the use of all that is in it"
        )),
        SqlState::UNDEFINED_FUNCTION
        | SqlState::UNDEFINED_TABLE
        | SqlState::INVALID_SCHEMA_NAME => place.unusable(
            "a part of the schema is missing; start again to create it anew, or restore a backup",
        ),
        _ if may_pass(code) => StoreError::unavailable(Reason(format!("{}", Told(error)))),
        _ => place.unusable(format_args!(
            "the server has refused a call with the code {}; see its log",
            code.code()
        )),
    }
}

/// Whether the way to the server is broken, rather than what was said on it.
fn is_broken(error: &Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<io::Error>)
}

fn is_shutdown(code: &SqlState) -> bool {
    [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(code)
}

/// Whether it may be otherwise in a moment: connections (08), resources (53), operators (57),
/// objects in use (55), other transactions (40), a standby that is not promoted yet (25006).
fn may_pass(code: &SqlState) -> bool {
    let classes = ["08", "40", "53", "55", "57"];
    *code == SqlState::READ_ONLY_SQL_TRANSACTION || classes.contains(&&code.code()[..2])
}

/// What the server said, in one line and without the details, which may quote values.
struct Told<'a>(&'a Error);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.0.as_db_error().map_or("", |told| told.message());
        write!(f, "{}", message.lines().next().unwrap_or_default())
    }
}

/// A reason in one line.
#[derive(Debug, thiserror::Error)]
#[error("postgres: {0}")]
pub(super) struct Reason(pub(super) String);
