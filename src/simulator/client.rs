//! Twilio as an HTTP client: one request, its answer, and what can go wrong between.

use std::{io, io::Read, net::SocketAddr, time::Duration};

use axum::body::{Body, Bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use hyper::{
    body::Incoming,
    client::conn::http1,
    header::{AUTHORIZATION, HeaderMap},
};
use hyper_util::rt::TokioIo;
use serde::{Serialize, Serializer};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{overrides::Policy, wire::Wire};
use crate::twiml::MAX_DOCUMENT;

/// What a webhook answered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    /// At most one byte more than Twilio reads.
    #[serde(serialize_with = "as_lossy_text")]
    pub(super) body: Vec<u8>,
}

impl Received {
    /// The first value of a header, whose name is given in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there was no answer that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the host {0} is not known")]
    UnknownHost(String),
    #[error("connecting took longer than {0:?}")]
    ConnectTimedOut(Duration),
    #[error("{0} refused the connection; start the bot or correct the port")]
    Refused(String),
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, io::ErrorKind),
    #[error("the first byte of the answer did not come within {0:?}")]
    ReadTimedOut(Duration),
    #[error("the answer did not come within {0:?}")]
    TotalTimedOut(Duration),
    #[error("the connection broke the rules of HTTP: {0}")]
    Http(String),
    #[error("more than {0} redirects in a row")]
    Redirects(usize),
    #[error("the redirect's Location cannot be called: {0}")]
    Location(super::target::InvalidUrl),
}

impl Trouble {
    /// The code that Twilio would log (<https://www.twilio.com/docs/api/errors>).
    pub(super) const fn code(&self) -> u32 {
        match self {
            Self::UnknownHost(_) => 11210,
            Self::ConnectTimedOut(_) => 11201,
            Self::Refused(_) => 11202,
            Self::Unreachable(..) => 11205,
            Self::ReadTimedOut(_) => 11200,
            Self::TotalTimedOut(_) => 11203,
            Self::Http(_) => 11206,
            Self::Redirects(_) => 11215,
            Self::Location(reason) => reason.code(),
        }
    }
}

/// Sends a request, again and again where the connection overrides ask for it.
pub(super) async fn send(wire: &Wire, is_authorized: bool) -> Result<Received, Trouble> {
    let mut repeats = 0;
    loop {
        let outcome = send_once(wire, is_authorized).await;
        let overrides = &wire.target.overrides;
        if repeats == overrides.retries || !is_repeated(&outcome, overrides.policy) {
            return outcome;
        }
        repeats += 1;
    }
}

fn is_repeated(outcome: &Result<Received, Trouble>, policy: Policy) -> bool {
    match outcome {
        Err(Trouble::ConnectTimedOut(_)) => policy.connect,
        Err(Trouble::ReadTimedOut(_)) => policy.read,
        Err(_) => false,
        Ok(received) => match received.status {
            400..=499 => policy.status_4xx,
            500..=599 => policy.status_5xx,
            _ => false,
        },
    }
}

async fn send_once(wire: &Wire, is_authorized: bool) -> Result<Received, Trouble> {
    let overrides = &wire.target.overrides;
    let stream = timeout(overrides.connect, connect(wire.target.address()))
        .await
        .map_err(|_| Trouble::ConnectTimedOut(overrides.connect))??;
    // Twilio writes header names as one reads them, and some servers look at that.
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    let exchange = async {
        let answer = sender.send_request(request(wire, is_authorized)?);
        let answer = timeout(overrides.read, answer)
            .await
            .map_err(|_| Trouble::ReadTimedOut(overrides.read))?
            .map_err(|error| broken(&error))?;
        let (head, body) = answer.into_parts();
        Ok(Received {
            status: head.status.as_u16(),
            body: unpacked(&head.headers, read(body).await?),
            headers: listed(&head.headers),
        })
    };
    tokio::pin!(exchange, connection);
    tokio::select! {
        outcome = &mut exchange => outcome,
        // The end of the connection; what came before it can still be read.
        _ended = &mut connection => exchange.await,
    }
}

async fn connect((host, port): (&str, u16)) -> Result<TcpStream, Trouble> {
    let found = lookup_host((host, port)).await;
    let addresses: Vec<SocketAddr> =
        found.map_err(|_| Trouble::UnknownHost(host.to_owned()))?.collect();
    let mut trouble = Trouble::UnknownHost(host.to_owned());
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it the last bytes wait; where it cannot be set, they do.
                let _is_set = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                trouble = Trouble::Refused(format!("{host}:{port}"));
            }
            Err(error) => {
                trouble = Trouble::Unreachable(format!("{host}:{port}"), error.kind());
            }
        }
    }
    Err(trouble)
}

fn request(wire: &Wire, is_authorized: bool) -> Result<hyper::Request<Body>, Trouble> {
    let mut request =
        hyper::Request::builder().method(wire.method.as_str()).uri(wire.target.path());
    for (name, value) in &wire.headers {
        request = request.header(*name, value);
    }
    if let Some(credentials) = wire.target.credentials.as_ref().filter(|_| is_authorized) {
        request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)));
    }
    request.body(Body::from(wire.body())).map_err(|error| Trouble::Http(error.to_string()))
}

/// As much of the body as Twilio reads, and one byte more if there is more.
async fn read(mut body: Incoming) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let data: Bytes = frame.map_err(|error| broken(&error))?.into_data().unwrap_or_default();
        bytes.extend_from_slice(&data);
        if bytes.len() > MAX_DOCUMENT {
            bytes.truncate(MAX_DOCUMENT + 1);
            break;
        }
    }
    Ok(bytes)
}

/// The body without its gzip; as it is, if it has none or a broken one.
fn unpacked(headers: &HeaderMap, body: Vec<u8>) -> Vec<u8> {
    let is_packed = headers
        .get("content-encoding")
        .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let mut plain = Vec::new();
    let most = MAX_DOCUMENT as u64 + 1;
    if is_packed && GzDecoder::new(&*body).take(most).read_to_end(&mut plain).is_ok() {
        plain
    } else {
        body
    }
}

fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let texts = headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    texts.collect()
}

fn broken(error: &hyper::Error) -> Trouble {
    Trouble::Http(if error.is_incomplete_message() {
        "it was closed before the answer was complete".to_owned()
    } else {
        error.to_string()
    })
}

fn as_lossy_text<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(body))
}
