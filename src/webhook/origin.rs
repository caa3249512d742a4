//! Under which address Twilio has called us: it signs that one, and not what a proxy made of it.

use axum::http::{HeaderMap, Uri, header::HOST, uri::Authority};

/// Where the scheme and the host of our public address come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// Configured: scheme, host and perhaps a path that a proxy takes away.
    Public(String),
    /// `X-Forwarded-Proto` and `X-Forwarded-Host`, which a trusted proxy sets.
    Forwarded,
    /// The `Host` header; the scheme is unknown behind a proxy, so both are tried.
    Host,
}

/// The URL as it may be shown.
pub(super) fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host..])
        }
        None => url.to_owned(),
    }
}

/// Why a text is no public address.
pub(super) fn check_public(url: &str) -> Result<String, &'static str> {
    let lower = url.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let rest = rest.ok_or("it must begin with https:// or http://")?;
    if rest.is_empty() || rest.starts_with('/') {
        Err("it must name a host")
    } else if url.contains(['?', '#']) {
        Err("it must have neither a query nor a fragment")
    } else if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Err("it must not contain white space")
    } else {
        Ok(url.trim_end_matches('/').to_owned())
    }
}

impl Origin {
    /// The URLs that Twilio may have called; none if the request names no host.
    pub(super) fn urls(&self, uri: &Uri, headers: &HeaderMap) -> Vec<String> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let host = || text(HOST.as_str()).or_else(|| uri.authority().map(Authority::as_str));
        let joined = |scheme: &str, host: &str| [scheme, "://", host, path].concat();
        match self {
            Self::Public(base) => vec![[base, path].concat()],
            Self::Forwarded => {
                // A chain of proxies writes a list; its first entry faces Twilio.
                let first = |name| {
                    let first = text(name)?.split(',').next()?.trim();
                    (!first.is_empty()).then_some(first)
                };
                let host = first("x-forwarded-host").or_else(host).unwrap_or_default();
                let scheme = first("x-forwarded-proto").unwrap_or("https").to_ascii_lowercase();
                if host.is_empty() { Vec::new() } else { vec![joined(&scheme, host)] }
            }
            Self::Host => host().map_or_else(Vec::new, |host| {
                ["https", "http"].iter().map(|scheme| joined(scheme, host)).collect()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(origin: &Origin, headers: &[(&'static str, &str)]) -> Vec<String> {
        let pairs = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), value.parse().unwrap())
        });
        origin.urls(&"/whatsapp?a=b%20c".parse().unwrap(), &pairs.collect())
    }

    #[test]
    fn the_configured_address_wins() {
        let public = Origin::Public("https://bot.example.com/bots".into());
        let headers = [("host", "10.0.0.1:8080"), ("x-forwarded-host", "evil.example")];
        assert_eq!(urls(&public, &headers), ["https://bot.example.com/bots/whatsapp?a=b%20c"]);
    }

    #[test]
    fn forwarded_headers_count_only_when_trusted() {
        let headers = [
            ("host", "10.0.0.1:8080"),
            ("x-forwarded-host", "bot.example.com, proxy.local"),
            ("x-forwarded-proto", "https,http"),
        ];
        let trusted = urls(&Origin::Forwarded, &headers);
        assert_eq!(trusted, ["https://bot.example.com/whatsapp?a=b%20c"]);
        let plain = urls(&Origin::Host, &headers);
        assert_eq!(plain[0], "https://10.0.0.1:8080/whatsapp?a=b%20c");
        assert_eq!(plain.len(), 2);
        assert!(urls(&Origin::Host, &[]).is_empty() && urls(&Origin::Forwarded, &[]).is_empty());
    }

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(without_credentials("https://u:p@a.b/c@d"), "https://a.b/c@d");
        assert_eq!(without_credentials("https://a.b"), "https://a.b");
    }

    #[test]
    fn empty_forwarded_headers_count_as_none() {
        let headers = [("host", "a.b"), ("x-forwarded-host", ""), ("x-forwarded-proto", "HTTPS")];
        assert_eq!(urls(&Origin::Forwarded, &headers), ["https://a.b/whatsapp?a=b%20c"]);
    }

    #[test]
    fn public_addresses_are_checked() {
        assert_eq!(check_public("https://a.b/"), Ok("https://a.b".into()));
        assert_eq!(check_public("HTTPS://a.b/c/"), Ok("HTTPS://a.b/c".into()));
        for wrong in
            ["", "a.b", "ftp://a.b", "https://", "https:///x", "https://a.b?c", "https://a b"]
        {
            assert!(check_public(wrong).is_err(), "{wrong}");
        }
    }
}
