//! As whom Twilio is called, and where.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

use crate::message::AccountSid;

/// Twilio's own address.
const TWILIO: &str = "https://api.twilio.com";

/// A Twilio account, what proves that it is ours, and the address of the API.
///
/// ```
/// use chinwag::rest::Account;
///
/// let sid = "AC0123456789abcdef0123456789abcdef".parse()?;
/// let account = Account::new(sid, "the auth token").at("http://127.0.0.1:4040");
/// # Ok::<(), chinwag::message::InvalidSid>(())
/// ```
#[derive(Clone)]
pub struct Account {
    sid: AccountSid,
    user: String,
    secret: SecretString,
    api: String,
}

impl Account {
    /// The account with its auth token, at Twilio.
    pub fn new(sid: AccountSid, auth_token: impl Into<SecretString>) -> Self {
        let (user, secret) = (sid.to_string(), auth_token.into());
        Self { sid, user, secret, api: TWILIO.to_owned() }
    }

    /// The account with an API key in place of its token: `SK…`, and the key's secret
    /// (<https://www.twilio.com/docs/iam/api-keys>).
    pub fn with_key(
        sid: AccountSid,
        key: impl Into<String>,
        secret: impl Into<SecretString>,
    ) -> Self {
        Self { user: key.into(), ..Self::new(sid, secret) }
    }

    /// The same account at another address, without a path: the simulator's, which has all of
    /// Twilio's APIs, or one of Twilio's regions, as in `https://api.dublin.ie1.twilio.com`.
    #[must_use]
    pub fn at(self, api: impl Into<String>) -> Self {
        Self { api: api.into().trim_end_matches('/').to_owned(), ..self }
    }

    /// The address of the API, such as `https://api.twilio.com`.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// A path of this account's API, such as `/Messages.json`, as a whole address.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}{path}", self.api, self.sid)
    }

    /// A path of another API of Twilio's, such as `content`: it has a host of its own beside that
    /// of `api`, except where all APIs share one.
    pub(super) fn beside(&self, name: &str, path: &str) -> String {
        match self.api.split_once("://api.") {
            Some((scheme, rest)) if rest.ends_with(".twilio.com") || rest == "twilio.com" => {
                format!("{scheme}://{name}.{rest}{path}")
            }
            _ => format!("{}{path}", self.api),
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn authorization(&self) -> SecretString {
        let pair = format!("{}:{}", self.user, self.secret.expose_secret());
        format!("Basic {}", STANDARD.encode(pair)).into()
    }
}

/// Hides the secret.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("sid", &self.sid)
            .field("user", &self.user)
            .field("secret", &format_args!("[hidden]"))
            .field("api", &self.api)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_has_its_host_and_the_simulator_has_all() {
        let sid: AccountSid = "AC0123456789abcdef0123456789abcdef".parse().unwrap();
        for (api, content) in [
            ("https://api.twilio.com", "https://content.twilio.com/v1"),
            ("https://api.dublin.ie1.twilio.com/", "https://content.dublin.ie1.twilio.com/v1"),
            ("http://127.0.0.1:4040", "http://127.0.0.1:4040/v1"),
            ("https://api.example.com", "https://api.example.com/v1"),
        ] {
            let account = Account::new(sid, "s").at(api);
            assert_eq!(account.beside("content", "/v1"), content);
        }
    }

    #[test]
    fn a_key_signs_for_the_account() {
        let sid: AccountSid = "AC0123456789abcdef0123456789abcdef".parse().unwrap();
        let account = Account::with_key(sid, "SK1", "s").at("http://127.0.0.1:1/");
        let url = "http://127.0.0.1:1/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/x";
        assert_eq!(account.url("/x"), url);
        assert_eq!(account.authorization().expose_secret(), "Basic U0sxOnM=");
        assert!(!format!("{:?}", Account::new(sid, "geheim")).contains("geheim"));
    }
}
