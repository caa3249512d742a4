//! What messaging TwiML knows, and what a name that it does not know is taken for.

use super::{Oddity, advice::shown};

/// The elements that may stand in this one (<https://www.twilio.com/docs/messaging/twiml>).
fn elements_in(parent: &str) -> &'static [&'static str] {
    match parent {
        "Response" => &["Message", "Redirect"],
        "Message" => &["Body", "Media"],
        _ => &[],
    }
}

/// The attributes of this element.
fn attributes_of(element: &str) -> &'static [&'static str] {
    match element {
        "Message" => &["to", "from", "action", "method", "statusCallback"],
        "Redirect" => &["method"],
        _ => &[],
    }
}

/// Verbs of Twilio's other products (<https://www.twilio.com/docs/voice/twiml>).
const OTHER_VERBS: [&str; 18] = [
    "Connect", "Dial", "Echo", "Enqueue", "Gather", "Hangup", "Leave", "Pause", "Pay", "Play",
    "Queue", "Record", "Refer", "Reject", "Say", "Sms", "Start", "Stop",
];

/// What is odd about an element that is not known in its parent.
pub(super) fn unknown_element(name: &str, parent: &'static str) -> Oddity {
    if parent == "Response" && OTHER_VERBS.contains(&name) {
        return Oddity::Verb(name.to_owned());
    }
    Oddity::Element { name: shown(name), parent, known: alike(name, elements_in(parent)) }
}

/// What is odd about an attribute that its element does not have.
pub(super) fn unknown_attribute(name: &str, element: &'static str) -> Oddity {
    Oddity::Attribute { name: shown(name), element, known: alike(name, attributes_of(element)) }
}

/// The known name that differs from this one only in case.
fn alike(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known.iter().copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether Twilio could fetch it: a relative URL, or an absolute one of http or https.
pub(super) fn is_url(text: &str) -> bool {
    let start = text.split(['/', '?', '#']).next().unwrap_or_default();
    let is_web =
        |scheme: &str| ["http", "https"].iter().any(|web| web.eq_ignore_ascii_case(scheme));
    !text.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && start.split_once(':').is_none_or(|(scheme, _)| is_web(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_relative_or_of_the_web() {
        for url in
            ["/", "a.jpg", "../x", "?a=b:c", "#x", "http://x", "HTTPS://x:80/", "/r?u=ftp://x"]
        {
            assert!(is_url(url), "{url}");
        }
        for url in ["", "ftp://x", "mailto:ana", "/a b", "/a\n", "javascript:x", ":", "\u{1}"] {
            assert!(!is_url(url), "{url:?}");
        }
    }
}
