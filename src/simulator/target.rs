//! A URL that is called: what is sent and signed of it, and what is not.

use axum::http::Uri;
use iri_string::{
    convert::MappedToUri,
    types::{IriAbsoluteStr, IriReferenceStr},
};

use super::{overrides::Overrides, request::Warning};
use crate::message::Parameters;

/// A URL that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As it is called and signed: without fragment and credentials, else as it was given.
    pub(super) url: String,
    /// `user:password`, which are only sent when the webhook asks for them.
    pub(super) credentials: Option<String>,
    /// What the fragment says.
    pub(super) overrides: Overrides,
    /// What is wrong in the fragment.
    pub(super) warnings: Vec<Warning>,
}

/// Why a URL cannot be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// It is not a URL with a host.
    #[error("it is not an absolute URL; write one as in http://127.0.0.1:5000/whatsapp")]
    Malformed,
    /// Twilio refuses such host names.
    #[error("its host name has an underscore, which Twilio refuses")]
    Underscore,
    /// Another scheme than http.
    #[error("the simulator calls http only; give the address behind your proxy or tunnel")]
    Scheme,
}

impl InvalidUrl {
    /// The code that Twilio would log.
    pub(super) const fn code(self) -> u32 {
        match self {
            Self::Malformed | Self::Underscore => 11100,
            Self::Scheme => 11220,
        }
    }
}

impl Target {
    pub(super) fn read(url: &str) -> Result<Self, InvalidUrl> {
        let (bare, fragment) = url.split_once('#').unwrap_or((url, ""));
        let uri: Uri = bare.parse().map_err(|_| InvalidUrl::Malformed)?;
        let authority = uri.authority().ok_or(InvalidUrl::Malformed)?.as_str();
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        match uri.scheme_str() {
            Some("http") => {}
            Some(_) => return Err(InvalidUrl::Scheme),
            None => return Err(InvalidUrl::Malformed),
        }
        if host.starts_with(':') || host.is_empty() {
            return Err(InvalidUrl::Malformed);
        }
        if host.contains('_') {
            return Err(InvalidUrl::Underscore);
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let slash = if path.starts_with('/') { "" } else { "/" };
        let (overrides, warnings) = Overrides::read(fragment);
        Ok(Self {
            url: format!("http://{host}{slash}{path}"),
            credentials: credentials.map(decoded),
            overrides,
            warnings,
        })
    }

    /// The URL that stands in the document found here.
    pub(super) fn join(&self, reference: &str) -> Result<Self, InvalidUrl> {
        Self::read(&resolve(&self.url, reference).ok_or(InvalidUrl::Malformed)?)
    }

    /// The same target with these parameters behind its query.
    pub(super) fn with_query(mut self, parameters: &Parameters) -> Self {
        if !parameters.is_empty() {
            self.url.push(if self.url.contains('?') { '&' } else { '?' });
            self.url.push_str(&parameters.encode());
        }
        self
    }

    /// Host and port, as the `Host` header has them.
    pub(super) fn authority(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap_or(&self.url);
        rest.split(['/', '?']).next().unwrap_or(rest)
    }

    /// Path and query, as the request line has them.
    pub(super) fn path(&self) -> &str {
        let start = "http://".len() + self.authority().len();
        self.url.get(start..).unwrap_or("/")
    }

    /// Host and port to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        let authority = self.authority();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(80)),
            _ => (authority, 80),
        };
        (host.trim_start_matches('[').trim_end_matches(']'), port)
    }
}

/// The absolute URL of a reference in the document at `base`; `None` if it is no reference.
pub(super) fn resolve(base: &str, reference: &str) -> Option<String> {
    let base = IriAbsoluteStr::new(base).ok()?;
    let resolved = IriReferenceStr::new(reference).ok()?.resolve_against(base).to_string();
    let resolved = IriReferenceStr::new(&resolved).ok()?;
    Some(MappedToUri::from(resolved).to_string())
}

fn decoded(credentials: &str) -> String {
    // A form decoder would make a space of each plus sign.
    let escaped = credentials.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(escaped.as_bytes()).map(|(text, _)| text.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_is_called_and_signed_without_fragment_and_credentials() {
        let check = |given: &str, url: &str, host: &str, port: u16, path: &str| {
            let target = Target::read(given).unwrap();
            assert_eq!(target.url, url);
            assert_eq!((target.address(), target.path()), ((host, port), path), "{given}");
        };
        check("http://h:80/a?x=%20#ct=100", "http://h:80/a?x=%20", "h", 80, "/a?x=%20");
        check("http://127.0.0.1:5000", "http://127.0.0.1:5000/", "127.0.0.1", 5000, "/");
        check("http://h?a=1", "http://h/?a=1", "h", 80, "/?a=1");
        check("http://u:p%40@[::1]:9/x", "http://[::1]:9/x", "::1", 9, "/x");
        check("http://Host.example/A", "http://Host.example/A", "Host.example", 80, "/A");
        let target = Target::read("http://a%2Bb:p%40+&=@h/x#tt=300&ct=1").unwrap();
        assert_eq!(target.credentials.as_deref(), Some("a+b:p@+&="));
        assert_eq!(target.overrides.total.as_millis(), 300);
        assert_eq!(target.warnings.len(), 1);
    }

    #[test]
    fn what_cannot_be_called_is_said() {
        for (url, expected) in [
            ("", InvalidUrl::Malformed),
            ("/whatsapp", InvalidUrl::Malformed),
            ("localhost:5000", InvalidUrl::Malformed),
            ("http://", InvalidUrl::Malformed),
            ("http://a b/", InvalidUrl::Malformed),
            ("http://:80/", InvalidUrl::Malformed),
            ("http://my_host/", InvalidUrl::Underscore),
            ("https://example.com/", InvalidUrl::Scheme),
        ] {
            assert_eq!(Target::read(url), Err(expected), "{url}");
        }
    }

    #[test]
    fn references_are_resolved_against_their_document() {
        let base = "http://h:1/a/b?x=1";
        for (reference, expected) in [
            ("/menu.pdf", "http://h:1/menu.pdf"),
            ("menu.pdf", "http://h:1/a/menu.pdf"),
            ("../menu.pdf?y=2", "http://h:1/menu.pdf?y=2"),
            ("https://example.com/é.png", "https://example.com/%C3%A9.png"),
            ("?y=2", "http://h:1/a/b?y=2"),
            ("//other/x", "http://other/x"),
        ] {
            assert_eq!(resolve(base, reference).as_deref(), Some(expected), "{reference}");
        }
        assert_eq!(resolve(base, "http://[x"), None);
    }

    #[test]
    fn parameters_stand_behind_the_query() {
        let form: Parameters = [("Body", "a b"), ("From", "+1")].into_iter().collect();
        let with = |url: &str| Target::read(url).unwrap().with_query(&form).url;
        assert_eq!(with("http://h/x#ct=100"), "http://h/x?Body=a+b&From=%2B1");
        assert_eq!(with("http://h/x?k=1"), "http://h/x?k=1&Body=a+b&From=%2B1");
    }

    proptest! {
        #[test]
        fn any_text_is_a_target_or_not_without_a_panic(
            url in "(http://)?[a-z@:\\[\\]0-9_.]{0,12}[/?#%\\PC]{0,12}|.{0,30}",
            reference in "[a-z./?#:%\\PC]{0,20}",
        ) {
            if let Ok(target) = Target::read(&url) {
                let whole = format!("http://{}{}", target.authority(), target.path());
                prop_assert_eq!(&whole, &target.url);
                prop_assert!(target.path().starts_with('/') && !target.url.contains('#'));
                if let Ok(next) = target.join(&reference) {
                    prop_assert!(next.url.starts_with("http://"));
                }
            }
        }
    }
}
