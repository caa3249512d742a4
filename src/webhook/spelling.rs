//! Other spellings of a URL that Twilio may have signed.
//!
//! Twilio's services and libraries disagree about ports, credentials and apostrophes
//! (<https://www.twilio.com/docs/usage/security>), so a request is refused only when no spelling
//! fits. Trying several weakens nothing: each is the same address.

/// The other spellings of this URL: port toggled, credentials dropped, apostrophes in the query
/// written in the other way, and all combinations of these.
pub(super) fn others(url: &str) -> Vec<String> {
    let mut spellings = vec![url.to_owned()];
    for respell in [toggle_port, drop_credentials, escape_apostrophes, unescape_apostrophes] {
        let more: Vec<_> = spellings.iter().filter_map(|url| respell(url)).collect();
        spellings.extend(more);
    }
    spellings.remove(0);
    spellings
}

/// Scheme with `://`, credentials with `@`, host with port, and the rest from the path on.
fn split(url: &str) -> Option<(&str, &str, &str, &str)> {
    let host = url.find("://")? + 3;
    let end = url[host..].find(['/', '?']).map_or(url.len(), |at| host + at);
    let name = url[host..end].rfind('@').map_or(host, |at| host + at + 1);
    Some((&url[..host], &url[host..name], &url[name..end], &url[end..]))
}

/// Drops the port, or adds the scheme's own.
fn toggle_port(url: &str) -> Option<String> {
    let (scheme, credentials, host, rest) = split(url)?;
    // The colons of an IPv6 address stand in brackets.
    let port = host.rfind(':').filter(|at| host.rfind(']').is_none_or(|bracket| bracket < *at));
    let host = match port {
        Some(at) => host[..at].to_owned(),
        None if scheme.eq_ignore_ascii_case("https://") => format!("{host}:443"),
        None if scheme.eq_ignore_ascii_case("http://") => format!("{host}:80"),
        None => return None,
    };
    Some(format!("{scheme}{credentials}{host}{rest}"))
}

fn drop_credentials(url: &str) -> Option<String> {
    let (scheme, credentials, host, rest) = split(url)?;
    (!credentials.is_empty()).then(|| format!("{scheme}{host}{rest}"))
}

fn escape_apostrophes(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?')?;
    query.contains('\'').then(|| format!("{path}?{}", query.replace('\'', "%27")))
}

fn unescape_apostrophes(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?')?;
    query.contains("%27").then(|| format!("{path}?{}", query.replace("%27", "'")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_toggled_and_credentials_dropped() {
        for (url, expected) in [
            ("https://a.b/c", vec!["https://a.b:443/c"]),
            ("http://a.b", vec!["http://a.b:80"]),
            ("https://a.b:1234/c:d", vec!["https://a.b/c:d"]),
            ("https://[::1]/c", vec!["https://[::1]:443/c"]),
            ("https://[::1]:8/c", vec!["https://[::1]/c"]),
            (
                "https://u:p@a.b/c",
                vec!["https://u:p@a.b:443/c", "https://a.b/c", "https://a.b:443/c"],
            ),
            ("https://a.b?c=http://d", vec!["https://a.b:443?c=http://d"]),
            ("nonsense", vec![]),
        ] {
            assert_eq!(others(url), expected, "{url}");
        }
    }

    #[test]
    fn apostrophes_are_written_in_both_ways() {
        assert!(others("https://a.b/?c='").contains(&"https://a.b/?c=%27".to_owned()));
        assert!(others("https://a.b/?c=%27").contains(&"https://a.b/?c='".to_owned()));
        assert!(!others("https://a.b/'?c=d").iter().any(|url| url.contains("%27")));
    }
}
