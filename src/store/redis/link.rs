//! The connection to the server: shared by all calls, bounded in time, made anew when it is lost.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline,
    ProtocolVersion, PushInfo, PushKind, RedisError, ScriptInvocation,
    aio::{MultiplexedConnection, SendError},
};
use futures_util::future::{BoxFuture, FutureExt, Shared};
use tokio::time::{sleep, timeout};

use super::{super::StoreError, fault};

/// How long a call waits for the server at most, connecting included.
const PATIENCE: Duration = Duration::from_secs(2);
/// How soon a connection that could not be made is tried again, as when a server restarts.
const CONNECT_AGAIN: [Duration; 3] =
    [Duration::from_millis(20), Duration::from_millis(80), Duration::from_millis(320)];

/// One connection that all calls share, in the order of their sending.
pub(super) struct Link {
    client: Client,
    /// The server without user and password.
    place: String,
    current: Mutex<Arc<Line>>,
}

/// A connection that is being made since the first call that needs it, or was made.
struct Line {
    connecting: Shared<BoxFuture<'static, Result<MultiplexedConnection, RedisError>>>,
    /// The server has closed it.
    is_lost: Arc<AtomicBool>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl Link {
    /// A link to the server with this URL; the first call connects.
    pub(super) fn new(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("rediss:") || url.starts_with("valkeys:") {
            return Err(StoreError::unusable(
                "the store's URL asks for TLS, which chinwag does not speak to Redis; \
                 use redis:// in a private network or through a TLS tunnel",
            ));
        }
        // The crate's own error may quote the URL, and with it the password.
        let no_url = |_| {
            StoreError::unusable(
                "the store's URL is none of Redis; write redis://HOST:PORT/DATABASE, \
                 with USER:PASSWORD@ before the host if the server asks for it",
            )
        };
        let url = url.into_connection_info().map_err(no_url)?;
        let place = format!("{}, database {}", url.addr(), url.redis_settings().db());
        let settings = url.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let tcp = url.tcp_settings().clone().set_nodelay(true);
        let client = Client::open(url.set_redis_settings(settings).set_tcp_settings(tcp));
        let client = client.map_err(|error| fault::explained(&place, error))?;
        let current = Mutex::new(Arc::new(Line::new(client.clone())));
        Ok(Self { client, place, current })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Takes a step; a server that does not know its script is given it.
    pub(super) async fn take<T: FromRedisValue + Send>(
        &self,
        step: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let taken = self.call(|mut link| async move { step.invoke_async(&mut link).await }).await;
        taken.map_err(|error| fault::explained(&self.place, error))
    }

    /// Asks one question.
    pub(super) async fn ask<T: FromRedisValue + Send>(
        &self,
        question: &Cmd,
    ) -> Result<T, RedisError> {
        self.call(|mut link| async move { question.query_async(&mut link).await }).await
    }

    /// Asks several questions in one round trip.
    pub(super) async fn ask_all<T: FromRedisValue + Send>(
        &self,
        questions: &Pipeline,
    ) -> Result<T, StoreError> {
        let asked = self.call(|mut link| async move { questions.query_async(&mut link).await });
        asked.await.map_err(|error| fault::explained(&self.place, error))
    }

    /// Does this with the connection.
    ///
    /// A connection that cannot be made is tried again. What may have been sent is not: only the
    /// caller knows what that would do.
    async fn call<T, F>(&self, work: impl Fn(MultiplexedConnection) -> F) -> Result<T, RedisError>
    where
        F: Future<Output = Result<T, RedisError>>,
    {
        let mut line = self.line();
        let called = timeout(PATIENCE, async {
            let mut again = CONNECT_AGAIN.iter();
            loop {
                match line.connecting.clone().await {
                    Ok(connection) => return work(connection).await,
                    Err(error) => {
                        line = self.renewed(&line);
                        match again.next().filter(|_| fault::is_passing(&error)) {
                            Some(pause) => sleep(*pause).await,
                            None => return Err(error),
                        }
                    }
                }
            }
        });
        let called = called.await;
        let called =
            called.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        if called.as_ref().is_err_and(|error| !fault::is_an_answer(error)) {
            self.renewed(&line);
        }
        called
    }

    /// The connection of now; a new one if the server has closed it.
    fn line(&self) -> Arc<Line> {
        let line = Arc::clone(&self.current());
        if line.is_lost.load(Ordering::Relaxed) { self.renewed(&line) } else { line }
    }

    /// Replaces this connection, unless another call has done so already.
    fn renewed(&self, old: &Arc<Line>) -> Arc<Line> {
        let mut current = self.current();
        if Arc::ptr_eq(&current, old) {
            *current = Arc::new(Line::new(self.client.clone()));
        }
        Arc::clone(&current)
    }

    fn current(&self) -> MutexGuard<'_, Arc<Line>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn new(client: Client) -> Self {
        let is_lost = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&is_lost);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    lost.store(true, Ordering::Relaxed);
                }
                Ok::<(), SendError>(())
            });
        let connecting =
            async move { client.get_multiplexed_async_connection_with_config(&config).await };
        Self { connecting: connecting.boxed().shared(), is_lost }
    }
}
