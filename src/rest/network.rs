//! The network as a transport: HTTP with TLS, by reqwest.

use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::Full;
use hyper::{
    HeaderMap,
    body::Bytes,
    header::{
        AUTHORIZATION, CONTENT_TYPE, HeaderValue, InvalidHeaderValue, RETRY_AFTER, USER_AGENT,
    },
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::{
    connection::Connections,
    error::RestError,
    transport::{Lost, Method, Request, Response, Transport},
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long all of an exchange may take; Twilio answers within a second.
const TOTAL: Duration = Duration::from_secs(20);

const TOO_LONG: &str = "it took too long";
/// As who we call.
const WE: &str = concat!("chinwag/", env!("CARGO_PKG_VERSION"));

/// Requests over the network. Connections are kept; redirects are not followed, for they would
/// carry the credentials elsewhere.
#[derive(Debug, Clone)]
pub struct Network {
    api: String,
    /// To the API itself, unless a proxy stands before it.
    direct: Option<Arc<Connections>>,
    /// To everywhere else.
    http: reqwest::Client,
}

impl Network {
    /// A way to the API at this address, of `https` or, on this machine, of `http`.
    ///
    /// # Errors
    /// If the address is none, or the system's certificates cannot be read.
    pub fn to(api: &str) -> Result<Self, RestError> {
        let http = builder(api)?.timeout(TOTAL).build().map_err(RestError::setup)?;
        let tls = tls(api.starts_with("http://")).map_err(RestError::setup)?;
        let direct = Connections::to(api, tls, CONNECT).map(Arc::new);
        Ok(Self { api: api.to_owned(), direct, http })
    }

    /// The way to the API and the path there, if the request goes to it.
    fn direct(&self, request: &Request) -> Option<(&Connections, hyper::Uri)> {
        let path = request.url.strip_prefix(&self.api)?;
        let path = path.starts_with('/').then(|| path.parse().ok())??;
        Some((self.direct.as_deref()?, path))
    }

    async fn detour(&self, request: Request) -> Result<Response, Lost> {
        let Request { method, url, authorization, payload } = request;
        let request = match method {
            Method::Get => self.http.get(url),
            Method::Delete => self.http.delete(url),
            Method::Post => {
                let (content_type, body) = payload.encode();
                self.http.post(url).header(CONTENT_TYPE, content_type).body(body)
            }
        };
        let request = request.header(AUTHORIZATION, authorization.expose_secret());
        let answer = request.send().await.map_err(lost)?;
        Ok(Response {
            status: answer.status().as_u16(),
            retry_after: retry_after(answer.headers()),
            body: answer.bytes().await.map_err(lost)?.into(),
        })
    }
}

/// A client that follows no redirect, without a limit on the whole exchange.
pub(super) fn builder(api: &str) -> Result<reqwest::ClientBuilder, RestError> {
    let is_plain = api.starts_with("http://");
    if !is_plain && !api.starts_with("https://") || reqwest::Url::parse(api).is_err() {
        return Err(RestError::invalid_api(api));
    }
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(is_plain).map_err(RestError::setup)?)
        .user_agent(WE)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT);
    // A proxy stands before the internet and not before this machine.
    Ok(if is_plain { client.no_proxy() } else { client })
}

/// TLS with the certificates that the system trusts; where none is needed, with none.
fn tls(is_plain: bool) -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    let config = if is_plain {
        config.with_root_certificates(RootCertStore::empty())
    } else {
        config.with_platform_verifier()?
    };
    Ok(config.with_no_client_auth())
}

#[async_trait]
impl Transport for Network {
    async fn exchange(&self, request: Request) -> Result<Response, Lost> {
        let Some((direct, path)) = self.direct(&request) else { return self.detour(request).await };
        let request = written(&request, path).map_err(|error| Lost::NotSent(error.into()))?;
        let answer = timeout(TOTAL, direct.exchange(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(Lost::Unknown(TOO_LONG.into())))?;
        Ok(Response {
            status: answer.status().as_u16(),
            retry_after: retry_after(answer.headers()),
            body: answer.into_body().into(),
        })
    }
}

/// The request, as it is sent over a connection.
fn written(
    request: &Request,
    path: hyper::Uri,
) -> Result<hyper::Request<Full<Bytes>>, InvalidHeaderValue> {
    let mut headers = HeaderMap::with_capacity(5);
    let mut authorization = HeaderValue::from_str(request.authorization.expose_secret())?;
    authorization.set_sensitive(true);
    headers.insert(AUTHORIZATION, authorization);
    headers.insert(USER_AGENT, HeaderValue::from_static(WE));
    let (method, body) = match request.method {
        Method::Get => (hyper::Method::GET, String::new()),
        Method::Delete => (hyper::Method::DELETE, String::new()),
        Method::Post => {
            let (content_type, body) = request.payload.encode();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            (hyper::Method::POST, body)
        }
    };
    let mut written = hyper::Request::new(Full::from(body));
    (*written.method_mut(), *written.uri_mut(), *written.headers_mut()) = (method, path, headers);
    Ok(written)
}

/// How long we are asked to wait.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let after = headers.get(RETRY_AFTER)?.to_str().ok()?;
    after.trim().parse().ok().map(Duration::from_secs)
}

/// What is known of a request whose answer did not come. The address, which may name people, is
/// not told.
pub(super) fn lost(error: reqwest::Error) -> Lost {
    let is_not_sent = error.is_connect() || error.is_builder();
    let is_timeout = error.is_timeout();
    let error = error.without_url();
    let mut deepest: &(dyn Error + 'static) = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let reason = if is_timeout { TOO_LONG.to_owned() } else { deepest.to_string() };
    if is_not_sent { Lost::NotSent(reason.into()) } else { Lost::Unknown(reason.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_checked_at_start() {
        assert!(Network::to("http://127.0.0.1:4040").is_ok());
        for api in ["", "api.twilio.com", "ftp://api.twilio.com", "http://", "https://a b"] {
            let said = Network::to(api).unwrap_err().to_string();
            assert!(said.starts_with("the API's address"), "{said}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_surely_not_sent() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{closed}/");
        let authorization = "Basic x".to_owned().into();
        let payload = crate::rest::Payload::Empty;
        let request = Request { method: Method::Get, url: url.clone(), authorization, payload };
        let lost = Network::to(&url).unwrap().exchange(request).await.unwrap_err();
        assert!(matches!(lost, Lost::NotSent(_)), "{lost}");
    }
}
