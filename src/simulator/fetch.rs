//! The attachment of a bot's message, fetched as Twilio fetches it: what it is, and that it is there.

use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use hyper::{Request, body::Incoming, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::{
    target::{Target, resolve},
    verdict::Denial,
};
use crate::message::{ContentType, Media, MediaKind};

/// How long an attachment may take, whole.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most redirects in a row.
const MOST_REDIRECTS: usize = 3;

/// Where an attachment is fetched, if it is on this machine: the simulator calls no other.
pub(super) fn target(url: &str) -> Option<Target> {
    let target = Target::read(url).ok()?;
    let (host, _) = target.address();
    let is_here = host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    is_here.then_some(target)
}

/// What an attachment is, by its header; or why WhatsApp does not get it.
///
/// Source: <https://www.twilio.com/docs/api/errors/63019>.
pub(super) async fn content_type(target: Target) -> Result<String, Denial> {
    let fetched = timeout(PATIENCE, fetch(target)).await;
    let (content_type, size) = fetched
        .unwrap_or_else(|_| Err(format!("it took longer than {PATIENCE:?}")))
        .map_err(|why| (63019, format!("the attachment cannot be fetched: {why}")))?;
    let read = ContentType::from(&*content_type);
    let largest = read.kind().largest();
    if read.kind() == MediaKind::Other || !read.is_supported_on_whatsapp() {
        return Err((63021, format!("WhatsApp does not deliver {content_type:?}")));
    }
    match size {
        0 => Err((63019, "the attachment is empty".to_owned())),
        size if size > largest => {
            Err((63019, format!("the attachment is larger than {largest} bytes")))
        }
        _ => Ok(content_type),
    }
}

/// What the server says of it, and how many bytes it has.
async fn fetch(mut target: Target) -> Result<(String, u64), String> {
    for _ in 0..=MOST_REDIRECTS {
        let location = match ask(&target).await? {
            Found::Here { content_type, size } => return Ok((content_type, size)),
            Found::Elsewhere(location) => location,
        };
        let next = resolve(&target.url, &location).map(|url| Target::read(&url));
        target = next
            .ok_or("its redirect leads nowhere")?
            .map_err(|error| format!("its redirect cannot be followed: {error}"))?;
    }
    Err("it redirects too often".to_owned())
}

/// What an address has.
enum Found {
    Here { content_type: String, size: u64 },
    Elsewhere(String),
}

async fn ask(target: &Target) -> Result<Found, String> {
    let stream = TcpStream::connect(target.address()).await;
    let stream = stream.map_err(|error| error.kind().to_string())?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
    let request = Request::get(target.path())
        .header(header::HOST, target.authority())
        .header(header::USER_AGENT, "TwilioProxy/1.1")
        .body(Body::empty())
        .map_err(|error| error.to_string())?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = answer.into_parts();
        let header = |name| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        match (head.status.as_u16(), header(header::LOCATION)) {
            (200..=299, _) => {
                let content_type = header(header::CONTENT_TYPE).unwrap_or_default();
                Ok(Found::Here { content_type, size: size(body).await? })
            }
            (300..=399, Some(location)) => Ok(Found::Elsewhere(location)),
            (status, _) => Err(format!("its server answered {status}")),
        }
    };
    tokio::pin!(exchange, connection);
    tokio::select! {
        outcome = &mut exchange => outcome,
        // The end of the connection; what came before it can still be read.
        _ended = &mut connection => exchange.await,
    }
}

/// How many bytes come; it is not read on behind the most that WhatsApp takes.
async fn size(mut body: Incoming) -> Result<u64, String> {
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| error.to_string())?;
        size += frame.data_ref().map_or(0, |data| data.len() as u64);
        if size > Media::LARGEST {
            break;
        }
    }
    Ok(size)
}
