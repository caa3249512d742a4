//! From one URL to a store.

use std::sync::Arc;

use super::{Memory, Store, StoreError};

/// What a URL may be.
const KINDS: &str =
    "memory:, sqlite:PATH, postgres://USER@HOST/DATABASE or redis://HOST:PORT/NUMBER";

/// Opens the store at this URL: `memory:`, `sqlite:PATH`, `postgres://…` or `redis://…`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), chinwag::store::StoreError> {
/// let bot = chinwag::Bot::new(()).store(chinwag::store::open("memory:").await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If it is none of these, its feature (`sqlite`, `postgres`, `redis`) is not switched on, or the
/// store cannot be opened: one line that says what to do, without the URL's password.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    let (kind, rest) = url.split_once(':').unwrap_or((url, ""));
    match kind {
        "memory" if rest.is_empty() => Ok(Arc::new(Memory::new())),
        #[cfg(feature = "sqlite")]
        "sqlite" if !rest.is_empty() => Ok(Arc::new(super::Sqlite::open(rest)?)),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => Ok(Arc::new(super::Postgres::connect(url).await?)),
        #[cfg(feature = "redis")]
        "redis" | "rediss" => Ok(Arc::new(super::Redis::connect(url).await?)),
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => Err(switched_off("sqlite")),
        #[cfg(not(feature = "postgres"))]
        "postgres" | "postgresql" => Err(switched_off("postgres")),
        #[cfg(not(feature = "redis"))]
        "redis" | "rediss" => Err(switched_off("redis")),
        _ => Err(StoreError::unusable(format!("the store's URL is none; it must be {KINDS}"))),
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "redis")))]
fn switched_off(feature: &str) -> StoreError {
    StoreError::unusable(format!(
        "this program was built without the store {feature}; build it with the feature {feature:?}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_store_is_said_in_one_line() {
        assert!(open("memory:").await.is_ok());
        for url in ["", "memory:x", "sqlite:", "mysql://user:secret@host/db", "/var/lib/chinwag.db"]
        {
            let error = open(url).await.unwrap_err().to_string();
            assert!(
                error.starts_with("the store's URL is none; it must be memory:"),
                "{url}: {error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
