//! Connections to the API, each driven by whoever waits for its answer.

use std::{
    error::Error,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Uri,
    body::{Bytes, Incoming},
    client::conn::http1::{SendRequest, handshake},
    header::{HOST, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::{legacy::connect::HttpConnector, proxy::matcher::Matcher};
use rustls::ClientConfig;
use tokio::time::Instant;
use tower_service::Service;

use super::transport::Lost;

/// How long a connection is kept that nobody uses: whoever stands between may have forgotten it then.
const KEPT: Duration = Duration::from_mins(1);

/// Connections to one address.
///
/// A client for many addresses gives each connection a task of its own, and a request may wake one
/// thread for the way there and another one for the way back. Here the task that waits for an answer
/// writes and reads itself.
pub(super) struct Connections {
    api: Uri,
    host: HeaderValue,
    connector: HttpsConnector<HttpConnector>,
    /// Those that nobody uses, the newest last.
    idle: Mutex<Vec<Connection>>,
}

/// A connection and the work on it, which goes on while it is polled.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Nothing, once it has ended.
    work: Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>,
    /// Since when nobody uses it.
    idle: Instant,
}

/// Why a connection has brought no answer, and the request, if it was not sent at all.
struct Broken {
    reason: hyper::Error,
    unsent: Option<Request<Full<Bytes>>>,
}

/// The head of an answer, and its body.
pub(super) type Answer = hyper::Response<Bytes>;

impl Connections {
    /// Connections to the API at this address; nothing, if they would have to go by a proxy or the
    /// address has more than a scheme, a host and a port.
    pub(super) fn to(api: &str, tls: ClientConfig, within: Duration) -> Option<Self> {
        let api: Uri = api.parse().ok()?;
        let is_plain = api.scheme_str() == Some("http");
        // A proxy stands before the internet and not before this machine.
        if !is_plain && Matcher::from_system().intercept(&api).is_some() {
            return None;
        }
        let host = api.authority()?.as_str();
        if host.contains('@') || !matches!(api.path(), "" | "/") {
            return None;
        }
        let host = HeaderValue::from_str(host).ok()?;
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.set_connect_timeout(Some(within));
        http.enforce_http(false);
        let tls = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = tls.enable_http1().wrap_connector(http);
        Some(Self { api, host, connector, idle: Mutex::default() })
    }

    /// Sends a request whose address is a path, and waits for the whole answer.
    pub(super) async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, Lost> {
        request.headers_mut().insert(HOST, self.host.clone());
        // One that the other side has closed just now gives the request back.
        while let Some(mut connection) = self.idle() {
            match connection.exchange(request).await {
                Ok(answer) => return Ok(self.kept(connection, answer)),
                Err(Broken { unsent: Some(unsent), .. }) => request = unsent,
                Err(Broken { reason, .. }) => return Err(Lost::Unknown(deepest(&reason).into())),
            }
        }
        let mut connection = self.connect().await?;
        match connection.exchange(request).await {
            Ok(answer) => Ok(self.kept(connection, answer)),
            Err(Broken { reason, unsent }) => {
                let reason = deepest(&reason).into();
                Err(if unsent.is_some() { Lost::NotSent(reason) } else { Lost::Unknown(reason) })
            }
        }
    }

    async fn connect(&self) -> Result<Connection, Lost> {
        let mut connector = self.connector.clone();
        let stream = connector.call(self.api.clone()).await;
        let stream = stream.map_err(|error| Lost::NotSent(deepest(&*error).into()))?;
        let handshake = handshake(stream).await;
        let (sender, work) = handshake.map_err(|error| Lost::NotSent(deepest(&error).into()))?;
        Ok(Connection { sender, work: Some(Box::pin(work)), idle: Instant::now() })
    }

    /// The connection that was used last, if it can be used again.
    fn idle(&self) -> Option<Connection> {
        loop {
            let mut connection = self.all_idle().pop()?;
            if connection.idle.elapsed() < KEPT && connection.is_ready() {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection behind its answer; those that are too old go.
    fn kept(&self, connection: Connection, answer: Answer) -> Answer {
        if connection.work.is_some() {
            let mut idle = self.all_idle();
            let old = idle.iter().take_while(|one| one.idle.elapsed() >= KEPT).count();
            idle.drain(..old);
            idle.push(Connection { idle: Instant::now(), ..connection });
        }
        answer
    }

    fn all_idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Whether the other side is still there, as far as this side has heard.
    fn is_ready(&mut self) -> bool {
        let is_at_work = self.work.as_mut().is_some_and(|work| work.now_or_never().is_none());
        is_at_work && self.sender.is_ready()
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
        let Self { sender, work, .. } = self;
        let mut answer = pin!(async {
            let answer = sender.try_send_request(request).await.map_err(|mut error| Broken {
                unsent: error.take_message(),
                reason: error.into_error(),
            })?;
            let (head, body) = answer.into_parts();
            Ok(hyper::Response::from_parts(head, whole(body).await?))
        });
        poll_fn(|context| {
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            // An end is told to who waits for an answer when nothing is left of the work.
            if work.as_mut().is_some_and(|work| work.as_mut().poll(context).is_ready()) {
                *work = None;
            }
            answer.as_mut().poll(context)
        })
        .await
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Broken> {
    let whole = body.collect().await.map_err(|reason| Broken { reason, unsent: None })?;
    Ok(whole.to_bytes())
}

/// What has gone wrong in the end. It names no address, which may name people.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("api", &self.api).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::{RootCertStore, ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok";

    async fn office() -> (TcpListener, Connections) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let tls = trusting(RootCertStore::empty());
        (listener, Connections::to(&api, tls, Duration::from_secs(5)).unwrap())
    }

    fn trusting(roots: RootCertStore) -> ClientConfig {
        ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    fn request() -> Request<Full<Bytes>> {
        Request::post("/messages?a=b").body(Full::from("Body=hi")).unwrap()
    }

    /// Reads one request and answers it like this.
    async fn serve(line: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: &[u8]) -> String {
        let mut bytes = vec![0; 4_096];
        let length = line.read(&mut bytes).await.unwrap();
        line.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }

    #[tokio::test]
    async fn a_connection_serves_one_request_after_the_other() {
        let (listener, connections) = office().await;
        let served = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let asked = serve(&mut tcp, ANSWER).await;
            assert!(asked.starts_with("POST /messages?a=b HTTP/1.1\r\n"), "{asked}");
            assert!(asked.to_lowercase().contains("\r\nhost: 127.0.0.1:"), "{asked}");
            serve(&mut tcp, ANSWER).await;
            drop(tcp);
            // It was closed while nobody used it.
            serve(&mut listener.accept().await.unwrap().0, ANSWER).await;
        };
        let asks = async {
            for _ in 0..2 {
                let answer = connections.exchange(request()).await.unwrap();
                assert_eq!((answer.status().as_u16(), &**answer.body()), (201, &b"ok"[..]));
            }
            tokio::task::yield_now().await;
            assert_eq!(connections.exchange(request()).await.unwrap().status(), 201);
        };
        tokio::join!(served, asks);
    }

    #[tokio::test]
    async fn only_who_can_show_its_name_is_asked() {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let certificate = own.cert.der().clone();
        let server = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serves = async {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let Ok(mut tls) = acceptor.accept(tcp).await else { continue };
                serve(&mut tls, ANSWER).await;
                serve(&mut tls, ANSWER).await;
            }
        };
        let asks = async {
            let mut roots = RootCertStore::empty();
            roots.add(certificate).unwrap();
            for (host, is_answered) in [("localhost", true), ("127.0.0.1", false)] {
                let api = format!("https://{host}:{port}");
                let within = Duration::from_secs(5);
                let connections = Connections::to(&api, trusting(roots.clone()), within).unwrap();
                for _ in 0..2 {
                    match connections.exchange(request()).await {
                        Ok(answer) => assert!(is_answered && answer.status() == 201),
                        Err(lost) => {
                            assert!(!is_answered && matches!(lost, Lost::NotSent(_)), "{lost}");
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = asks => {}
            () = serves => {}
        }
    }

    #[tokio::test]
    async fn what_may_have_been_heard_is_not_asked_again() {
        let (listener, connections) = office().await;
        for (answer, reason) in [
            (&b""[..], "connection closed before message completed"),
            (&ANSWER[..ANSWER.len() - 1], "end of file before message length reached"),
        ] {
            let served = async { serve(&mut listener.accept().await.unwrap().0, answer).await };
            let (_, lost) = tokio::join!(served, connections.exchange(request()));
            match lost.unwrap_err() {
                Lost::Unknown(told) => assert_eq!(told.to_string(), reason),
                Lost::NotSent(told) => panic!("{told}"),
            }
        }
        assert!(connections.all_idle().is_empty());
    }
}
