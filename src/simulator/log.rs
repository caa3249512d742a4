//! What went wrong in a webhook call, in one line of the log.

use std::fmt::{self, Display, Formatter};

use super::request::{Request, Warning};
use crate::message::{Address, ErrorCode};

/// Tells of a call that failed or was warned about; silent about a good one.
///
/// Neither numbers nor words of people are told: of what stands in a document only the place is,
/// for a name in badly escaped TwiML may be a piece of a message.
pub(super) fn tell(request: &Request) {
    let findings = Findings(request);
    let url = Masked(request.wire.url.split('?').next().unwrap_or_default());
    let id = &request.id;
    if request.error_code.is_some() {
        tracing::warn!(request = %id, %url, error = %findings, "a webhook call failed");
    } else if !request.warnings.is_empty() {
        tracing::warn!(request = %id, %url, warning = %findings, "a webhook call is odd");
    }
}

/// Codes and sentences, the error first.
struct Findings<'a>(&'a Request);

impl Display for Findings<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Request { error_code, error_message, warnings, .. } = self.0;
        let error = error_message.iter().map(|message| (*error_code, message));
        let warnings = warnings.iter().map(|Warning { code, message }| (*code, message));
        for (at, (code, message)) in error.chain(warnings).enumerate() {
            if at > 0 {
                f.write_str(" | ")?;
            }
            match (code, place(message)) {
                (Some(code), Some(place)) => write!(f, "{}, at {place}", ErrorCode(code))?,
                (Some(code), None) => write!(f, "{code}: {}", Masked(message))?,
                (None, _) => Masked(message).fmt(f)?,
            }
        }
        Ok(())
    }
}

/// The place in a document with which the sentence begins, as in `line 2, column 3`.
fn place(sentence: &str) -> Option<&str> {
    sentence.split_once(": ").map(|(place, _)| place).filter(|place| place.starts_with("line "))
}

/// A text whose addresses show neither their middle nor whose they are.
struct Masked<'a>(&'a str);

impl Display for Masked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | ':' | '.');
        for piece in self.0.split_inclusive(|c| !is_inside(c)) {
            let word = piece.trim_end_matches(|c| !is_inside(c) || matches!(c, ':' | '.'));
            let is_address = word.contains('+') || word.starts_with("whatsapp:");
            match word.parse::<Address>() {
                Ok(address) if is_address => {
                    write!(f, "{}{}", address.masked(), &piece[word.len()..])?;
                }
                _ => f.write_str(piece)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        for (text, told) in [
            ("+15005550006 has not written", "+1500•••0006 has not written"),
            (
                "to=whatsapp:+15005550006 is none of the people",
                "to=whatsapp:+1500•••0006 is none of the people",
            ),
            ("to +15005550006: only", "to +1500•••0006: only"),
            ("at whatsapp:US.13491208655302741918.", "at whatsapp:US.13•••1918."),
            ("http://127.0.0.1:5000/a/+15005550006/b", "http://127.0.0.1:5000/a/+1500•••0006/b"),
            ("localhost:5000 refused it", "localhost:5000 refused it"),
            ("write whatsapp: before the number", "write whatsapp: before the number"),
            ("text/xml; 16000 ≤ é", "text/xml; 16000 ≤ é"),
        ] {
            assert_eq!(Masked(text).to_string(), told);
        }
    }

    #[test]
    fn of_a_document_only_the_place_is_told() {
        assert_eq!(place("line 2, column 3: <secret> is not known"), Some("line 2, column 3"));
        assert_eq!(place("the webhook answered 500: oh"), None);
    }
}
