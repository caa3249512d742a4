//! Which database, as it may be said aloud: without user's secrets.

use std::fmt;

use tokio_postgres::config::{Config, Host, SslMode};

use super::super::StoreError;

/// Where the tables are: `postgres at db.internal:5432, database bots, schema chinwag`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    server: String,
    user: String,
    database: String,
    schema: String,
}

/// Longest name that Postgres does not cut off, in bytes.
const LONGEST_NAME: usize = 63;

impl Place {
    /// The settings of this URL and this schema, and the place that they name.
    pub(super) fn parse(url: &str, schema: &str) -> Result<(Config, Self), StoreError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(unusable("it does not begin with postgres://"));
        }
        if ["sslmode=verify", "sslrootcert="].iter().any(|tls| url.contains(tls)) {
            return Err(without_tls());
        }
        // The error names parameters, and never says what they were set to.
        let config = url.parse::<Config>().map_err(|error| unusable(reason(&error)))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(without_tls());
        }
        let server = server(&config)?;
        let user = config.get_user().filter(|user| !user.is_empty());
        let user = user.ok_or_else(|| unusable("it names no user"))?.to_owned();
        let database = config.get_dbname().unwrap_or(&user).to_owned();
        // An unescaped `@` in a password moves the rest of it into the names behind.
        if [&server, &database].iter().any(|name| name.contains('@')) {
            return Err(unusable("write @ as %40 in its user and password"));
        }
        let begins = |first: char| first.is_ascii_lowercase() || first == '_';
        let goes_on = |c: char| begins(c) || c.is_ascii_digit();
        if schema.len() > LONGEST_NAME
            || !schema.starts_with(begins)
            || !schema.chars().all(goes_on)
            || schema.starts_with("pg_")
        {
            return Err(StoreError::unusable(format!(
                "{schema:?} cannot be the schema's name: take up to {LONGEST_NAME} of a-z, 0-9 and _"
            )));
        }
        let schema = schema.to_owned();
        Ok((config, Self { server, user, database, schema }))
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// An error that names this place.
    pub(super) fn unusable(&self, what: impl fmt::Display) -> StoreError {
        StoreError::unusable(format!("{self}: {what}"))
    }

    /// Something that only another hand can have written.
    pub(super) fn damaged(&self, what: &str) -> StoreError {
        self.unusable(format_args!("{what} is not as it was written; restore a backup"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, database, schema, .. } = self;
        write!(f, "postgres at {server}, database {database}, schema {schema}")
    }
}

/// All hosts with their ports, which have passed for names.
fn server(config: &Config) -> Result<String, StoreError> {
    let mut hosts: Vec<_> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        })
        .collect();
    if hosts.is_empty() {
        hosts = config.get_hostaddrs().iter().map(ToString::to_string).collect();
    }
    if hosts.iter().all(String::is_empty) {
        return Err(unusable("it names no host"));
    }
    let ports = config.get_ports();
    let port = |number: usize| ports.get(number).or(ports.first()).copied().unwrap_or(5432);
    let hosts = hosts.iter().enumerate().map(|(number, host)| format!("{host}:{}", port(number)));
    Ok(hosts.collect::<Vec<_>>().join(", "))
}

/// Why a URL cannot be read, as its parser says it.
fn reason(error: &tokio_postgres::Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(|| error.to_string(), ToString::to_string)
}

fn unusable(what: impl fmt::Display) -> StoreError {
    StoreError::unusable(format!(
        "the store's URL cannot be used: {what}; expected postgres://user:password@host:port/database"
    ))
}

fn without_tls() -> StoreError {
    StoreError::unusable(
        "the store's URL asks for TLS, which this store does not speak: \
         reach postgres through a private network or a TLS tunnel, with sslmode=disable",
    )
}
