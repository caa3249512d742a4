//! What a webhook's answer means, read as Twilio reads it.

use super::{
    client::Received,
    request::{Rule, Warning},
};
use crate::{
    message::LONGEST_BODY,
    twiml::{MAX_DOCUMENT, Message, Response, Verb},
};

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) rule: Rule,
    /// What is to be done, first to last.
    pub(super) verbs: Vec<Verb>,
    pub(super) warnings: Vec<Warning>,
}

/// Why an answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u32,
    pub(super) message: String,
    /// Whether Twilio goes to the fallback URL for it.
    pub(super) has_fallback: bool,
}

impl Failure {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), has_fallback: true }
    }

    /// One that Twilio logs without going to the fallback URL.
    pub(super) fn last(code: u32, message: impl Into<String>) -> Self {
        Self { has_fallback: false, ..Self::new(code, message) }
    }
}

/// Reads an answer to a message.
///
/// Sources: <https://www.twilio.com/docs/messaging/twiml> and
/// <https://www.twilio.com/docs/api/errors>.
pub(super) fn read(received: &Received) -> Result<Answer, Failure> {
    match received.status {
        204 | 205 => return Ok(nothing()),
        200..=299 => {}
        status => {
            let reason = axum::http::StatusCode::from_u16(status).ok();
            let reason = reason.and_then(|status| status.canonical_reason()).unwrap_or_default();
            let text = format!("the webhook answered {status} {reason}");
            return Err(Failure::new(11200, text.trim_end()));
        }
    }
    if received.body.len() > MAX_DOCUMENT {
        let text = format!("the answer is larger than the {MAX_DOCUMENT} bytes that Twilio takes");
        return Err(Failure::new(11750, text));
    }
    let Some(content_type) = received.header("content-type") else {
        let text = "the answer has no Content-Type header; send text/xml for TwiML";
        return Err(Failure::last(12300, text));
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/xml" | "application/xml" | "text/html" => twiml(&received.body),
        "text/plain" => text(&received.body),
        _ => {
            let text = format!("the answer is {essence}; send text/xml for TwiML, or text/plain");
            Err(Failure::last(12300, text))
        }
    }
}

/// What is odd about an answer to a status callback, whose body Twilio ignores.
///
/// Source: <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.
pub(super) fn read_status(received: &Received) -> Result<Answer, Failure> {
    match read(received) {
        Err(Failure { code: 11200, message, .. }) => Err(Failure::new(11200, message)),
        Ok(Answer { rule: Rule::Twiml | Rule::Nothing, .. }) => Ok(nothing()),
        Ok(_) => Ok(Answer {
            warnings: vec![Warning::new(
                12300,
                "a status callback needs no text; answer 204, or an empty <Response/> as text/xml",
            )],
            ..nothing()
        }),
        Err(Failure { code, message, .. }) => {
            Ok(Answer { warnings: vec![Warning::new(code, message)], ..nothing() })
        }
    }
}

const fn nothing() -> Answer {
    Answer { rule: Rule::Nothing, verbs: Vec::new(), warnings: Vec::new() }
}

fn twiml(body: &[u8]) -> Result<Answer, Failure> {
    if body.is_empty() {
        let text = "the answer is empty; answer <Response/> to say nothing, or 204";
        return Err(Failure::last(12100, text));
    }
    let document = Response::read(body)
        .map_err(|error| Failure::new(u32::from(error.code()), error.to_string()))?;
    let warnings = document
        .warnings
        .iter()
        .map(|warning| Warning::new(u32::from(warning.code()), warning.to_string()));
    Ok(Answer { rule: Rule::Twiml, warnings: warnings.collect(), verbs: document.response.verbs })
}

/// The whole text is one message.
fn text(body: &[u8]) -> Result<Answer, Failure> {
    let body = String::from_utf8_lossy(body);
    let body = body.trim();
    let units = body.encode_utf16().count();
    if units > LONGEST_BODY {
        let text = format!("the text has {units} characters and Twilio takes {LONGEST_BODY}");
        return Err(Failure::last(14103, text));
    }
    let verbs = match body {
        "" => Vec::new(),
        body => vec![Verb::Message(Message::new(body))],
    };
    Ok(Answer { rule: Rule::Text, verbs, warnings: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(status: u16, content_type: Option<&str>, body: &str) -> Received {
        let headers = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
        Received { status, headers: headers.into_iter().collect(), body: body.into() }
    }

    /// What comes of an answer, in one line.
    fn said(outcome: Result<Answer, Failure>) -> String {
        match outcome {
            Ok(answer) => {
                let verbs = answer.verbs.iter().map(|verb| match verb {
                    Verb::Message(message) => format!(" [{}]", message.body),
                    Verb::Redirect(redirect) => format!(" -> {}", redirect.url),
                });
                let warnings = answer.warnings.iter().map(|one| format!(" ({:?})", one.code));
                let told: String = verbs.chain(warnings).collect();
                format!("{:?}{told}", answer.rule)
            }
            Err(Failure { code, has_fallback: true, .. }) => format!("{code} fallback"),
            Err(Failure { code, .. }) => format!("{code}"),
        }
    }

    #[test]
    fn each_answer_means_what_it_means_to_twilio() {
        let hi = "<Response><Message>hi</Message></Response>";
        let large = format!("<Response><!--{}--></Response>", "x".repeat(MAX_DOCUMENT));
        let long = "a".repeat(1_601);
        for (status, content_type, body, expected) in [
            (200, Some("text/xml"), hi, "Twiml [hi]"),
            (200, Some("application/xml; charset=utf-8"), hi, "Twiml [hi]"),
            (200, Some("Text/HTML"), hi, "Twiml [hi]"),
            (201, Some("text/xml"), hi, "Twiml [hi]"),
            (200, Some("text/plain"), " hi <b> \n", "Text [hi <b>]"),
            (200, Some("text/plain; charset=utf-8"), "", "Text"),
            (200, Some("text/plain"), &long, "14103"),
            (200, Some("text/xml"), "<Response/>", "Twiml"),
            (200, Some("text/xml"), "<Response><Redirect>/x</Redirect></Response>", "Twiml -> /x"),
            (204, None, "", "Nothing"),
            (200, Some("text/xml"), "", "12100"),
            (200, Some("application/json"), "{}", "12300"),
            (200, None, hi, "12300"),
            (200, Some("text/xml"), "<Response>a & b</Response>", "12100 fallback"),
            (200, Some("text/xml"), " <?xml version=\"1.0\"?><Response/>", "12100 fallback"),
            (200, Some("text/html"), "<html></html>", "12102 fallback"),
            (200, Some("text/xml"), "<response/>", "12102 fallback"),
            (200, Some("text/xml"), "<Response><Msg/></Response>", "Twiml (Some(12200))"),
            (200, Some("text/xml"), "<Response><Say>hi</Say></Response>", "Twiml (Some(14110))"),
            (200, Some("text/xml"), &large, "11750 fallback"),
            (404, Some("text/xml"), hi, "11200 fallback"),
            (500, Some("text/plain"), "oh", "11200 fallback"),
            (304, None, "", "11200 fallback"),
        ] {
            let outcome = read(&received(status, content_type, body));
            assert_eq!(said(outcome), expected, "{status} {content_type:?}");
        }
        let long = format!("<Response><Message>{long}</Message></Response>");
        assert_eq!(said(read(&received(200, Some("text/xml"), &long))), "Twiml (Some(14103))");
    }

    #[test]
    fn an_answer_to_a_status_callback_is_ignored_with_a_warning() {
        for (status, content_type, body, expected) in [
            (204, None, "", "Nothing"),
            (200, Some("text/xml"), "<Response/>", "Nothing"),
            (200, Some("text/xml"), "<Response><Message>hi</Message></Response>", "Nothing"),
            (200, Some("application/json"), "{}", "Nothing (Some(12300))"),
            (200, Some("text/plain"), "ok", "Nothing (Some(12300))"),
            (200, None, "", "Nothing (Some(12300))"),
            (500, None, "", "11200 fallback"),
        ] {
            let outcome = read_status(&received(status, content_type, body));
            assert_eq!(said(outcome), expected, "{status} {content_type:?}");
        }
    }
}
