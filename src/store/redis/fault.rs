//! What an error of Redis means: to be tried again, or a matter for a human.

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use super::super::StoreError;

/// What the caller is told about an error of the server at this place.
pub(super) fn explained(place: &str, error: RedisError) -> StoreError {
    match advice(&error) {
        None => StoreError::unavailable(error),
        Some(advice) => StoreError::unusable(format!("the Redis at {place} {advice}")),
    }
}

/// The rest of a sentence that says what a human must do; `None` if it may pass by itself.
fn advice(error: &RedisError) -> Option<String> {
    let advice = match error.kind() {
        ErrorKind::AuthenticationFailed => "refuses the password; correct it in the store's URL",
        ErrorKind::RESP3NotSupported => "is too old; chinwag needs version 7.0 or newer",
        ErrorKind::InvalidClientConfig => {
            "cannot be reached with this URL; correct the store's URL"
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            return Some(format!(
                "lets this user do too little ({}); give it scripts and the keys of its prefix",
                error.detail().unwrap_or("no permission")
            ));
        }
        ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) => {
            "is one node of a cluster and does not have all of its slots; name a server that has"
        }
        ErrorKind::Server(ServerErrorKind::CrossSlot) => {
            "keeps the keys of one conversation on different nodes; chinwag's hash tags were ignored"
        }
        ErrorKind::Server(ServerErrorKind::ResponseError) if is_wrong_database(error) => {
            "has no such database; correct the number at the end of the store's URL"
        }
        ErrorKind::Server(ServerErrorKind::ResponseError) => {
            return Some(format!(
                "does not do as it should: {}",
                error.detail().unwrap_or("error")
            ));
        }
        ErrorKind::Extension => match error.code()? {
            "NOAUTH" => "asks for a password; add it to the store's URL",
            "WRONGPASS" => "refuses the password; correct it in the store's URL",
            "WRONGTYPE" => {
                "has keys with chinwag's names that something else wrote; \
                 give this bot a prefix or a database of its own"
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(advice.to_owned())
}

/// Whether the server has answered this to a command, so that the connection is sound.
pub(super) fn is_an_answer(error: &RedisError) -> bool {
    match error.kind() {
        // On a server that was a primary before; a new connection may find the new one.
        ErrorKind::Server(ServerErrorKind::ReadOnly) => false,
        ErrorKind::Server(_) | ErrorKind::Extension => true,
        _ => false,
    }
}

/// Whether a connection that ended like this may be made in a moment.
pub(super) fn is_passing(error: &RedisError) -> bool {
    advice(error).is_none()
}

/// The crate says so while it connects, with the kind of an ordinary answer.
pub(super) fn is_wrong_database(error: &RedisError) -> bool {
    error.to_string().contains("switch database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_and_the_rest_is_told_to_a_human() {
        let answers = [
            ("OOM", None),
            ("MISCONF", None),
            ("BUSY", None),
            ("NOREPLICAS", None),
            ("NOAUTH", Some("asks for a password")),
            ("WRONGPASS", Some("refuses the password")),
            ("WRONGTYPE", Some("a prefix or a database of its own")),
        ];
        for (code, expected) in answers {
            let error = ::redis::make_extension_error(code.to_owned(), Some("detail".to_owned()));
            let told = explained("127.0.0.1:6379", error);
            match expected {
                None => assert!(told.is_unavailable(), "{code}: {told}"),
                Some(part) => {
                    let told = told.to_string();
                    assert!(told.starts_with("the Redis at 127.0.0.1:6379 "), "{told}");
                    assert!(told.contains(part), "{code}: {told}");
                }
            }
        }
    }
}
