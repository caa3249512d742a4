//! Twilio's signature: making one, and checking one.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::spelling;
use crate::message::Parameters;

/// Bytes of an HMAC-SHA1.
const SIGNATURE: usize = 20;

/// Signs requests as Twilio does: the base64 of an HMAC-SHA1 over the URL and the parameters.
///
/// Source: <https://www.twilio.com/docs/usage/security>.
///
/// ```
/// use chinwag::{message::Parameters, webhook::Signer};
///
/// let form = Parameters::decode(b"Body=hi")?;
/// let signature = Signer::new("12345").sign("https://bot.example.org/whatsapp", &form);
/// assert_eq!(signature, "0GrSHS/aUZvvTD4bJWaV2P3HywE=");
/// # Ok::<(), chinwag::message::InvalidForm>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    keyed: Hmac<Sha1>,
}

impl Signer {
    /// Signs with this auth token, the primary one of the account.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "it cannot, as the proof says")]
    pub fn new(auth_token: &str) -> Self {
        let keyed = Hmac::new_from_slice(auth_token.as_bytes());
        Self { keyed: keyed.expect("HMAC takes keys of any length") }
    }

    /// The signature of a request to this URL, query included and fragment excluded, with these
    /// parameters in its body; a GET request has none there.
    #[must_use]
    pub fn sign(&self, url: &str, parameters: &Parameters) -> String {
        let mac = self.over(url, &sorted(parameters));
        STANDARD.encode(mac.finalize().into_bytes())
    }

    fn over(&self, url: &str, sorted: &[Pair<'_>]) -> Hmac<Sha1> {
        let mut mac = self.keyed.clone();
        mac.update(url.as_bytes());
        for (_, name, value) in sorted {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        mac
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([hidden])")
    }
}

/// The first eight bytes of a name as a number, the name and the value. The number alone orders
/// nearly all names, and comparing it is most of the time that sorting takes.
type Pair<'a> = (u64, &'a str, &'a str);

/// Names with their values, each once, in the order in which they are signed: by name, then by
/// value.
fn sorted(parameters: &Parameters) -> Vec<Pair<'_>> {
    let pair = |(name, value)| (head(name), name, value);
    let mut pairs: Vec<_> = parameters.iter().map(pair).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The first eight bytes, zeros behind a shorter name: ordered as the names are.
fn head(name: &str) -> u64 {
    let mut head = [0; 8];
    let length = name.len().min(8);
    head[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(head)
}

/// Checks signatures with one of several tokens, or not at all.
#[derive(Debug, Clone)]
pub struct Validator {
    /// None: everything passes.
    signers: Vec<Signer>,
}

/// A request that claims to be Twilio's.
#[derive(Debug)]
pub struct Claim<'a> {
    /// The URLs that Twilio may have called, likelier ones first: queries as they were sent, no
    /// fragments.
    pub urls: &'a [String],
    /// The value of `X-Twilio-Signature`.
    pub signature: &'a [u8],
    /// What was sent.
    pub signed: Signed,
}

/// What was sent, by what of it stands in the signature.
#[derive(Debug)]
pub enum Signed {
    /// A form in the body: its parameters are signed behind the URL.
    Form(Parameters),
    /// Parameters in the query: they are signed as part of the URL.
    Query(Parameters),
    /// Anything else in the body: the URL holds its hash as `bodySHA256`.
    Body(Vec<u8>),
}

/// What Twilio has signed, and nobody else can have made.
#[derive(Debug)]
pub struct Verified(Signed);

impl Verified {
    /// What was sent.
    #[must_use]
    pub fn into_signed(self) -> Signed {
        self.0
    }
}

impl Validator {
    /// Accepts what was signed with one of these tokens; several while one is being replaced.
    ///
    /// White space around a token does not count. Returns `None` if there is no token, or one of
    /// them is empty.
    #[must_use]
    pub fn new(auth_tokens: &[SecretString]) -> Option<Self> {
        let usable = !auth_tokens.is_empty()
            && auth_tokens.iter().all(|token| !token.expose_secret().trim().is_empty());
        usable.then(|| Self {
            signers: auth_tokens
                .iter()
                .map(|token| Signer::new(token.expose_secret().trim()))
                .collect(),
        })
    }

    /// Accepts everything, for tests and for bots behind another check.
    #[must_use]
    pub fn unsigned() -> Self {
        Self { signers: Vec::new() }
    }

    /// Whether everything is accepted.
    pub(super) fn is_unsigned(&self) -> bool {
        self.signers.is_empty()
    }

    /// The claim's content, if Twilio has signed it.
    ///
    /// Each URL is tried as it is, and then in the spellings in which Twilio's services differ:
    /// with and without port, without credentials, with `'` written in both ways. All
    /// comparisons take the same time whatever is wrong.
    #[must_use]
    pub fn verify(&self, claim: Claim<'_>) -> Option<Verified> {
        if self.is_unsigned() || self.is_genuine(&claim) {
            Some(Verified(claim.signed))
        } else {
            None
        }
    }

    fn is_genuine(&self, claim: &Claim<'_>) -> bool {
        let mut given = [0; SIGNATURE + 4];
        let Ok(SIGNATURE) = STANDARD.decode_slice(claim.signature, &mut given) else {
            return false;
        };
        let given = &given[..SIGNATURE];
        let appended = match &claim.signed {
            Signed::Form(parameters) => sorted(parameters),
            Signed::Query(_) | Signed::Body(_) => Vec::new(),
        };
        let matches = |url: &str| {
            let hashed = match &claim.signed {
                Signed::Body(body) => has_hash_of(url, body),
                Signed::Form(_) | Signed::Query(_) => true,
            };
            let signed = |signer: &Signer| signer.over(url, &appended).verify_slice(given).is_ok();
            hashed && self.signers.iter().any(signed)
        };
        claim.urls.iter().any(|url| matches(url))
            || claim.urls.iter().flat_map(|url| spelling::others(url)).any(|url| matches(&url))
    }
}

/// Whether the query's `bodySHA256` is the hash of the body, in hexadecimal.
fn has_hash_of(url: &str, body: &[u8]) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let given = query.split('&').find_map(|pair| pair.strip_prefix("bodySHA256="));
    given.is_some_and(|given| {
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let given: Option<Vec<_>> = given.as_bytes().chunks(2).map(byte).collect();
        given.is_some_and(|given| *given == *Sha256::digest(body))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../tests/cases/signature.json");

    fn validator(token: &str) -> Validator {
        Validator::new(&[token.into()]).unwrap()
    }

    fn verifies(validator: &Validator, url: &str, signature: &[u8], signed: Signed) -> bool {
        validator.verify(Claim { urls: &[url.to_owned()], signature, signed }).is_some()
    }

    #[test]
    fn the_published_vectors_are_judged_as_published() {
        let cases: Value = serde_json::from_str(VECTORS).unwrap();
        let vectors = [&cases["vectors"], &cases["derived"]];
        let all: Vec<_> = vectors.iter().flat_map(|list| list.as_array().unwrap()).collect();
        assert!(all.len() > 40);
        for vector in all {
            let text = |name: &str| vector[name].as_str().unwrap_or_default();
            let pairs = vector["params"].as_array().unwrap().iter();
            let parameters: Parameters =
                pairs.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect();
            let signed = match text("content_type") {
                "application/x-www-form-urlencoded" => Signed::Form(parameters),
                _ => Signed::Body(text("body").into()),
            };
            let judged = verifies(
                &validator(text("auth_token")),
                text("url"),
                text("signature").as_bytes(),
                signed,
            );
            assert_eq!(judged, vector["valid"].as_bool().unwrap(), "{}", text("id"));
        }
    }

    #[test]
    fn the_published_hashes_of_bodies_are_found() {
        let cases: Value = serde_json::from_str(VECTORS).unwrap();
        for case in cases["body_hashes"].as_array().unwrap() {
            let (body, hash) =
                (case["body"].as_str().unwrap(), case["sha256_hex"].as_str().unwrap());
            assert!(has_hash_of(&format!("https://a.b/?x=1&bodySHA256={hash}"), body.as_bytes()));
            assert!(!has_hash_of(&format!("https://a.b/?xbodySHA256={hash}"), body.as_bytes()));
            assert!(!has_hash_of(&format!("https://a.b/?bodySHA256={hash}"), b"other"));
        }
    }

    #[test]
    fn each_of_several_tokens_will_do() {
        let form = || Signed::Form([("Body", "hi")].into_iter().collect());
        let two = Validator::new(&["old".into(), "new".into()]).unwrap();
        for token in ["old", "new", "other"] {
            let parameters = [("Body", "hi")].into_iter().collect();
            let signature = Signer::new(token).sign("https://a.b/c", &parameters);
            let is_known = token != "other";
            assert_eq!(verifies(&two, "https://a.b/c", signature.as_bytes(), form()), is_known);
        }
    }

    #[test]
    fn no_token_and_an_empty_token_are_no_validator() {
        assert!(Validator::new(&[]).is_none());
        assert!(Validator::new(&["good".into(), " ".into()]).is_none());
    }

    #[test]
    fn forged_and_truncated_signatures_fail() {
        let form: Parameters = [("Body", "hi")].into_iter().collect();
        let right = Signer::new("12345").sign("https://a.b/c", &form);
        let check = |signature: &[u8]| {
            verifies(&validator("12345"), "https://a.b/c", signature, Signed::Form(form.clone()))
        };
        assert!(check(right.as_bytes()));
        let forged = [
            "",
            "=",
            "é",
            &right[..27],
            &right[..4],
            &format!("{right}="),
            &format!(" {right}"),
            &format!("{right}AAAA"),
            &right.to_lowercase(),
            &right.repeat(1_000),
        ];
        for signature in forged {
            assert!(!check(signature.as_bytes()), "{signature}");
        }
        assert!(!check(b"\xff\x00"));
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?} {:?}", Signer::new("12345"), validator("12345"));
        assert!(shown.contains("[hidden]") && !shown.contains("12345"));
    }

    proptest! {
        #[test]
        fn a_form_and_its_signature_belong_together(
            pairs in prop::collection::vec(("[A-Za-z]{1,6}", ".{0,12}"), 0..12),
            noise: Vec<u8>,
        ) {
            let form: Parameters = pairs.iter().map(|(n, v)| (n, v)).collect();
            let signature = Signer::new("t").sign("https://a.b/c?d=e", &form);
            let shuffled: Parameters = pairs.iter().rev().map(|(n, v)| (n, v)).collect();
            let check = |url: &str, signature: &[u8], form: &Parameters| {
                verifies(&validator("t"), url, signature, Signed::Form(form.clone()))
            };
            prop_assert!(check("https://a.b/c?d=e", signature.as_bytes(), &shuffled));
            prop_assert!(!check("https://a.b/c?d=f", signature.as_bytes(), &form));
            prop_assert!(!check("https://a.b/c?d=e", &noise, &form));
            let more: Parameters = form.iter().chain([("Extra", "x")]).collect();
            prop_assert!(!check("https://a.b/c?d=e", signature.as_bytes(), &more));
        }
    }
}
