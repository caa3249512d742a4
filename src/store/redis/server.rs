//! A look at the server before it is trusted: its version, and what it may lose.

use std::collections::HashMap;

use ::redis::{ErrorKind, RedisError, ServerErrorKind, cmd};

use super::{super::StoreError, fault, link::Link};

/// The oldest version whose scripts say in advance what they need.
const OLDEST: u32 = 7;
/// What tells whether committed turns may be lost.
const SETTINGS: [&str; 3] = ["maxmemory-policy", "appendonly", "save"];

/// Refuses a server that is too old, and warns of one that forgets.
pub(super) async fn looked_at(link: &Link) -> Result<(), StoreError> {
    let explained = |error| fault::explained(link.place(), error);
    let about: Option<String> =
        allowed(link.ask(cmd("INFO").arg("server")).await).map_err(explained)?;
    if let Some(version) = about.as_deref().and_then(version).filter(|version| is_too_old(version))
    {
        return Err(StoreError::unusable(format!(
            "the Redis at {} has version {version}; chinwag needs 7.0 or newer",
            link.place()
        )));
    }
    let settings = link.ask(cmd("CONFIG").arg("GET").arg(&SETTINGS)).await;
    let settings: HashMap<String, String> =
        allowed(settings).map_err(explained)?.unwrap_or_default();
    if let Some(loss) = loss(&settings) {
        tracing::warn!(server = link.place(), "the store may lose what was committed: {loss}");
    }
    Ok(())
}

/// What was answered, if the user may ask: servers that somebody else runs forbid some questions.
fn allowed<T>(answer: Result<T, RedisError>) -> Result<Option<T>, RedisError> {
    match answer {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Server(ServerErrorKind::NoPerm | ServerErrorKind::ResponseError)
            ) && !fault::is_wrong_database(&error) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn version(about: &str) -> Option<&str> {
    about.lines().find_map(|line| line.strip_prefix("redis_version:")).map(str::trim)
}

fn is_too_old(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major < OLDEST)
}

/// What may be lost under these settings and what to set instead, as one line.
fn loss(settings: &HashMap<String, String>) -> Option<String> {
    let of = |name| settings.get(name).map(String::as_str);
    let mut losses = Vec::new();
    if let Some(policy) = of("maxmemory-policy").filter(|policy| *policy != "noeviction") {
        losses.push(format!(
            "maxmemory-policy {policy} drops conversations, answers and parcels when memory is \
             full (set noeviction)"
        ));
    }
    if of("appendonly") == Some("no") && of("save") == Some("") {
        losses
            .push("nothing is written to disk, so a restart loses all (set appendonly yes)".into());
    }
    (!losses.is_empty()).then(|| losses.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_that_forget_are_warned_of() {
        let cases = [
            (["noeviction", "yes", ""], &[][..]),
            (["noeviction", "no", "3600 1 300 100"], &[]),
            (["noeviction", "no", ""], &["a restart loses all"]),
            (["allkeys-lru", "yes", ""], &["allkeys-lru drops conversations"]),
            (["volatile-ttl", "no", ""], &["volatile-ttl drops", "a restart loses all"]),
        ];
        for (values, expected) in cases {
            let settings = SETTINGS.map(str::to_owned).into_iter().zip(values.map(str::to_owned));
            let loss = loss(&settings.collect()).unwrap_or_default();
            assert_eq!(loss.is_empty(), expected.is_empty(), "{loss}");
            assert!(expected.iter().all(|part| loss.contains(part)), "{loss}");
        }
        assert_eq!(loss(&HashMap::new()), None, "who may not ask is not warned");
    }

    #[test]
    fn servers_before_7_are_too_old() {
        for (about, too_old) in [
            ("# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n", false),
            ("redis_version:6.2.14\r\n", true),
            ("redis_version:8.2.0", false),
            ("redis_version:unknown", false),
            ("", false),
        ] {
            assert_eq!(version(about).is_some_and(is_too_old), too_old, "{about}");
        }
    }
}
