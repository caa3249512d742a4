//! How a store on Postgres is set up.

use std::{fmt, time::Duration};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;

use super::{
    super::{DELIVERIES_KEPT, SILENCE_KEPT, StoreError},
    Postgres, failure,
    link::Link,
    place::Place,
    schema,
};

/// How long it may take to be connected, or to have a connection given back by others.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Connections of one worker at most, if nothing else is said.
const CONNECTIONS: usize = 16;

/// What each connection is set to. No call looks at a whole table, whatever the server knows of
/// its size when the call is planned; and none is worth compiling.
const SETTINGS: &str = "SET statement_timeout = '3s'; SET enable_seqscan = off; \
                        SET plan_cache_mode = force_generic_plan; SET jit = off";

/// The settings of a [`Postgres`] store before it connects.
///
/// `Debug` hides the URL.
#[derive(Clone)]
#[must_use = "a builder does nothing until `connect` is called"]
pub struct Builder {
    url: String,
    schema: String,
    connections: usize,
    silence: Duration,
    deliveries: Duration,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("url", &"[hidden]")
            .field("schema", &self.schema)
            .field("connections", &self.connections)
            .field("silence", &self.silence)
            .field("deliveries", &self.deliveries)
            .finish()
    }
}

impl Builder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            schema: "chinwag".to_owned(),
            connections: CONNECTIONS,
            silence: SILENCE_KEPT,
            deliveries: DELIVERIES_KEPT,
        }
    }

    /// The schema that the tables are in, `chinwag` by default: up to 63 of `a`–`z`, `0`–`9` and
    /// `_`. Bots that share a database take one each.
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self { schema: schema.into(), ..self }
    }

    /// How many connections this worker holds at most, 16 by default and one at least. All workers
    /// together have to stay below the server's `max_connections`.
    pub fn connections(self, connections: usize) -> Self {
        Self { connections: connections.max(1), ..self }
    }

    /// How long a conversation is kept after its last turn, [`SILENCE_KEPT`] by default.
    pub fn silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// How long is kept what was sent, [`DELIVERIES_KEPT`] by default.
    pub fn deliveries(self, kept: Duration) -> Self {
        Self { deliveries: kept, ..self }
    }

    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    /// If the URL or what it names cannot be used, in one line that says what to do; if the server
    /// cannot be reached just now ([`is_unavailable`](StoreError::is_unavailable)).
    pub async fn connect(self) -> Result<Postgres, StoreError> {
        let (mut config, place) = Place::parse(&self.url, &self.schema)?;
        if config.get_application_name().is_none() {
            config.application_name("chinwag");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_WITHIN);
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(self.connections)
            .wait_timeout(Some(CONNECT_WITHIN))
            .create_timeout(Some(CONNECT_WITHIN))
            .recycle_timeout(Some(CONNECT_WITHIN))
            .runtime(Runtime::Tokio1)
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| place.unusable(error))?;

        let mut client =
            pool.get().await.map_err(|error| failure::Failure::Pool(error).explain(&place))?;
        schema::bring_up_to_date(&mut client, &place).await?;
        drop(client);
        let (silence, deliveries) = (self.silence, self.deliveries);
        Ok(Postgres { link: Link::new(pool, place), silence, deliveries })
    }
}
