//! Who may ask: programs on this machine and the page itself, no other page in the browser.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::refusal::Refusal;

/// Lets a request pass, unless a page of another site may have sent it.
///
/// A name that is made to point to this machine (DNS rebinding) shows in `Host`; a form or script
/// of another site shows in `Origin`.
pub(super) async fn guard(
    State(listening): State<Option<SocketAddr>>,
    request: Request,
    next: Next,
) -> Response {
    match check(listening, request.method(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(message) => Refusal::new(StatusCode::FORBIDDEN, message).into_response(),
    }
}

const ELSEWHERE: &str = "pages of other sites may not write here";

fn check(
    listening: Option<SocketAddr>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), &'static str> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST);
    if host.is_some_and(|host| !is_ours(listening, host)) {
        return Err("the Host header names another machine; use localhost or 127.0.0.1");
    }
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_cross_site = text(HeaderName::from_static("sec-fetch-site"))
        .is_some_and(|site| matches!(site, "cross-site" | "same-site"));
    if !is_safe && is_cross_site {
        return Err(ELSEWHERE);
    }
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://"));
    match origin {
        Some(origin) if !is_safe && origin.map(|(_, origin)| origin) != host => Err(ELSEWHERE),
        _ => Ok(()),
    }
}

fn is_ours(listening: Option<SocketAddr>, host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| {
        let is_listening = listening.is_some_and(|listening| {
            // Whoever listens on all addresses cannot list them; a page cannot forge a number.
            listening.ip().is_unspecified() || listening.ip() == address
        });
        address.is_loopback() || is_listening
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(listening: &str, method: &Method, host: &str, origin: &str, passes: bool) {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        let outcome = check(listening.parse().ok(), method, &headers);
        assert_eq!(outcome.is_ok(), passes, "{listening} {method} {host} {origin}");
    }

    #[test]
    fn only_this_machine_and_its_own_page_are_let_in() {
        let (get, post) = (&Method::GET, &Method::POST);
        for (host, passes) in [
            ("127.0.0.1:4040", true),
            ("localhost", true),
            ("LocalHost:4040", true),
            ("[::1]:4040", true),
            ("", true),
            ("evil.example", false),
            ("evil.example:4040", false),
            ("127.0.0.1.evil.example", false),
            ("192.168.1.5:4040", false),
        ] {
            check_one("127.0.0.1:4040", get, host, "", passes);
        }
        check_one("192.168.1.5:4040", get, "192.168.1.5:4040", "", true);
        check_one("0.0.0.0:4040", get, "192.168.1.5:4040", "", true);
        check_one("0.0.0.0:4040", get, "evil.example", "", false);
        check_one("", post, "127.0.0.1:4040", "", true);
        check_one("", post, "127.0.0.1:4040", "http://127.0.0.1:4040", true);
        check_one("", post, "127.0.0.1:4040", "http://127.0.0.1:5000", false);
        check_one("", post, "127.0.0.1:4040", "https://evil.example", false);
        check_one("", post, "127.0.0.1:4040", "null", false);
        check_one("", get, "127.0.0.1:4040", "https://evil.example", true);
    }
}
