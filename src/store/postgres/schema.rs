//! The tables and functions in the server, and how they are brought up to date.

use deadpool_postgres::{Client, Transaction};
use tokio_postgres::Error;

use super::{super::StoreError, failure::explain, place::Place};

/// What each version adds to the one before, from the first on. `{schema}` is the schema's name.
/// What has been released here is never changed: a newer version is a newer line.
const MIGRATIONS: &[&[&str]] = &[&[
    include_str!("sql/tables.sql"),
    include_str!("sql/turns.sql"),
    include_str!("sql/outbox.sql"),
    include_str!("sql/deliveries.sql"),
    include_str!("sql/upkeep.sql"),
]];

/// Workers that start at the same time bring it up to date one after the other. The number means
/// nothing but chinwag.
const BEFORE: &str = "SET LOCAL statement_timeout = '60s'; \
                      SELECT pg_advisory_xact_lock(7236836217)";

/// Brings the schema to the newest version that this crate knows: all of it, or nothing. Dropping
/// the future closes the connection, which undoes it.
pub(super) async fn bring_up_to_date(client: &mut Client, place: &Place) -> Result<(), StoreError> {
    let explained = |error| explain(&error, place);
    let newest = i32::try_from(MIGRATIONS.len()).expect("there are few");
    let transaction = client.transaction().await.map_err(explained)?;
    transaction.batch_execute(BEFORE).await.map_err(explained)?;
    let version = version(&transaction, place.schema()).await.map_err(explained)?;
    if version > newest {
        return Err(place.unusable(format_args!(
            "it is of version {version}, and this chinwag knows {newest}; run the newer chinwag"
        )));
    }
    if version == newest {
        return Ok(());
    }
    let done = usize::try_from(version).unwrap_or(0);
    for step in MIGRATIONS[done..].iter().copied().flatten() {
        let step = step.replace("{schema}", place.schema());
        transaction.batch_execute(&step).await.map_err(explained)?;
    }
    let note = format!("UPDATE {}.version SET version = {newest}", place.schema());
    transaction.batch_execute(&note).await.map_err(explained)?;
    transaction.commit().await.map_err(explained)
}

/// The version that the schema has; 0 if it is new, and then it is there afterwards.
async fn version(transaction: &Transaction<'_>, schema: &str) -> Result<i32, Error> {
    let look = "SELECT to_regnamespace($1) IS NULL, to_regclass($1 || '.version') IS NULL";
    let row = transaction.query_one(look, &[&schema]).await?;
    let (is_missing, is_empty): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    // Asked only when it is missing: the right to create it is not needed later.
    if is_missing {
        transaction.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
    }
    if is_empty {
        let table = format!(
            "CREATE TABLE {schema}.version (version integer NOT NULL); \
             INSERT INTO {schema}.version VALUES (0)"
        );
        transaction.batch_execute(&table).await?;
    }
    transaction.query_one(&format!("SELECT version FROM {schema}.version"), &[]).await?.try_get(0)
}
