//! How Twilio signs a request: HMAC-SHA1 over the URL and the sorted parameters, in base64.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::message::Parameters;

/// Signs with one account's auth token.
#[derive(Clone)]
pub(super) struct Signer(Hmac<Sha1>);

impl Signer {
    pub(super) fn new(token: &str) -> Self {
        Self(Hmac::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length"))
    }

    /// The value of `X-Twilio-Signature`: over the URL as it is called, without its fragment, then
    /// each distinct parameter, name and value, in the order of their bytes.
    ///
    /// Source: <https://www.twilio.com/docs/usage/security>.
    pub(super) fn sign(&self, url: &str, parameters: &Parameters) -> String {
        let mut mac = self.0.clone();
        mac.update(url.as_bytes());
        for (name, value) in parameters.iter().collect::<BTreeSet<_>>() {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors_are_met() {
        let signer = Signer::new("12345");
        let form = Parameters::decode(
            b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&\
              To=%2B18005551212",
        );
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(signer.sign(url, &form.unwrap()), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        assert_eq!(format!("{signer:?}"), "[hidden]");
    }
}
