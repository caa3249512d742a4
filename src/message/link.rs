//! Links that open a chat with a sender, with the first message already written.

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::Address;

/// What stands in a link as it is; all else is `%` and two digits, a space `%20` too: some phones
/// show a `+` as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const SHORT: &str = "wa.me";
/// Hosts of the long form.
const LONG: [&str; 2] = ["api.whatsapp.com", "web.whatsapp.com"];

/// A link that opens a chat with a sender on WhatsApp, with the first message already written.
///
/// ```
/// use chinwag::message::{Address, Link};
///
/// let sender = Address::whatsapp("+14155238886")?;
/// let link = Link::to(&sender)?.text("join small-tree");
/// assert_eq!(link.to_string(), "https://wa.me/14155238886?text=join%20small-tree");
/// assert_eq!(link.app(), "whatsapp://send?phone=14155238886&text=join%20small-tree");
/// assert_eq!(link.to_string().parse(), Ok(link));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: <https://faq.whatsapp.com/5913398998672934>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    sender: Address,
    text: String,
}

/// Why something is no link to a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLink {
    /// The sender has no number.
    #[error("a link needs a sender with a phone number")]
    NoNumber,
    /// It leads elsewhere.
    #[error("not a link to a chat; write https://wa.me/ and the number's digits")]
    Elsewhere,
    /// The number is none.
    #[error("the number in the link is none; write digits with the country's code, without +")]
    Number,
    /// The text is not UTF-8.
    #[error("the text in the link is not UTF-8")]
    NotUtf8,
    /// It does not fit into a QR code.
    #[error("the text is too long for a QR code: the whole link has at most 2,953 bytes")]
    TooLong,
}

impl Link {
    /// A link to this sender, with nothing written.
    ///
    /// # Errors
    /// If the sender has no phone number.
    pub fn to(sender: &Address) -> Result<Self, InvalidLink> {
        let number = sender.phone().ok_or(InvalidLink::NoNumber)?;
        let sender = Address::whatsapp(number).map_err(|_| InvalidLink::Number)?;
        Ok(Self { sender, text: String::new() })
    }

    /// With this message already written; the person may change it before sending it.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Whom it leads to.
    #[must_use]
    pub fn sender(&self) -> &Address {
        &self.sender
    }

    /// The message that is already written; empty for none.
    #[must_use]
    pub fn prefilled(&self) -> &str {
        &self.text
    }

    /// For apps on a phone: it opens WhatsApp without a browser.
    #[must_use]
    pub fn app(&self) -> String {
        let mark = if self.text.is_empty() { "" } else { "&text=" };
        format!("whatsapp://send?phone={}{mark}{}", self.digits(), self.encoded())
    }

    fn digits(&self) -> &str {
        self.sender.phone().unwrap_or_default().trim_start_matches('+')
    }

    fn encoded(&self) -> impl fmt::Display {
        utf8_percent_encode(&self.text, KEPT)
    }
}

/// For everywhere: `https://wa.me/`, the number's digits, and the text.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.text.is_empty() { "" } else { "?text=" };
        write!(f, "https://{SHORT}/{}{mark}{}", self.digits(), self.encoded())
    }
}

/// Reads what is made here, and the forms that others write: `api.whatsapp.com/send?phone=…`, a
/// `+` before the number or in place of a space, and `&` in place of `?`, as in Twilio's own pages.
impl FromStr for Link {
    type Err = InvalidLink;

    fn from_str(link: &str) -> Result<Self, InvalidLink> {
        let link = link.trim();
        let (scheme, rest) = link.split_once("://").unwrap_or(("https", link));
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once(['?', '&']).unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let value = |name: &str| {
            let pairs = query.split(['&', '?']).filter_map(|pair| pair.split_once('='));
            pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| decoded(value))
        };
        let number = match (scheme, path.split_once('/')) {
            ("whatsapp", None) if path == "send" => value("phone"),
            ("https" | "http", Some((SHORT, number))) => Some(decoded(number)),
            ("https" | "http", Some((host, "send"))) if LONG.contains(&host) => value("phone"),
            _ => None,
        };
        let number = number.ok_or(InvalidLink::Elsewhere)??;
        let digits = number.trim().trim_start_matches('+');
        let sender = Address::whatsapp(&format!("+{digits}")).map_err(|_| InvalidLink::Number)?;
        let text = value("text").unwrap_or_else(|| Ok(String::new()))?;
        Ok(Self { sender, text })
    }
}

fn decoded(value: &str) -> Result<String, InvalidLink> {
    let spaced = value.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| InvalidLink::NotUtf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn link(text: &str) -> Link {
        Link::to(&"+14155238886".parse().unwrap()).unwrap().text(text)
    }

    #[test]
    fn what_is_not_plain_is_encoded_as_phones_read_it() {
        for (text, encoded) in [
            ("", "https://wa.me/14155238886"),
            ("join small-tree", "https://wa.me/14155238886?text=join%20small-tree"),
            ("a\nb", "https://wa.me/14155238886?text=a%0Ab"),
            ("1+1=2 & 100%", "https://wa.me/14155238886?text=1%2B1%3D2%20%26%20100%25"),
            ("é🐟", "https://wa.me/14155238886?text=%C3%A9%F0%9F%90%9F"),
        ] {
            assert_eq!(link(text).to_string(), encoded);
        }
    }

    #[test]
    fn links_of_others_are_read() {
        let hi = link("hi there");
        for given in [
            "https://wa.me/14155238886?text=hi%20there",
            "http://wa.me/14155238886/?text=hi+there",
            "wa.me/+14155238886?utm=x&text=hi%20there#top",
            "https://wa.me/14155238886&text=hi%20there",
            "https://api.whatsapp.com/send?phone=14155238886&text=hi%20there",
            "https://web.whatsapp.com/send/?text=hi%20there&phone=%2B14155238886",
            " whatsapp://send?phone=14155238886&text=hi%20there ",
        ] {
            assert_eq!(given.parse(), Ok(hi.clone()), "{given}");
        }
        assert_eq!(hi.prefilled(), "hi there");
        assert_eq!(hi.sender().as_str(), "whatsapp:+14155238886");
        for (given, error) in [
            ("https://wa.me/message/ABC123", InvalidLink::Number),
            ("https://wa.me/0123", InvalidLink::Number),
            ("https://wa.me", InvalidLink::Elsewhere),
            ("https://example.com/14155238886", InvalidLink::Elsewhere),
            ("whatsapp://send?text=hi", InvalidLink::Elsewhere),
            ("https://wa.me/14155238886?text=%ff", InvalidLink::NotUtf8),
            ("", InvalidLink::Elsewhere),
        ] {
            assert_eq!(given.parse::<Link>(), Err(error), "{given}");
        }
    }

    #[test]
    fn a_sender_without_a_number_has_no_link() {
        let hidden = "whatsapp:US.1349".parse().unwrap();
        assert_eq!(Link::to(&hidden), Err(InvalidLink::NoNumber));
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_both_forms(text in "\\PC{0,60}|[ -~\\n+&=%#?]{0,60}") {
            let link = link(&text);
            prop_assert_eq!(link.to_string().parse(), Ok(link.clone()));
            prop_assert_eq!(link.app().parse(), Ok(link));
        }

        #[test]
        fn no_text_makes_reading_panic(text in "(https://|whatsapp://)?(wa.me/|send)?[ -~é]{0,40}") {
            let _link = text.parse::<Link>();
        }
    }
}
