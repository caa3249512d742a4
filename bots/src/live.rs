//! The bots without the simulator, for Twilio to call.

use std::{fmt, io, sync::Arc};

use axum::Router;
use bots::{Entry, Ground, media};
use chinwag::{
    conversation::clock::SystemClock,
    rest::{Account, Client},
};
use tokio::net::TcpListener;

use crate::{
    keep::{Keep, STORE},
    listen::{LISTEN, listen},
    thinks::endpoint,
};

/// Where the bots listen if nothing else is said: a proxy stands before them.
const ANYWHERE: &str = "0.0.0.0:8080";
const TOKENS: &str = "TWILIO_AUTH_TOKEN";
const PUBLIC_URL: &str = "CHINWAG_PUBLIC_URL";
const ACCOUNT: &str = "TWILIO_ACCOUNT_SID";
const API: &str = "TWILIO_API_URL";

/// What the environment says.
struct Settings {
    tokens: Vec<String>,
    public_url: String,
    address: String,
    /// What sends reminders and late replies.
    client: Option<Client>,
}

/// What the environment does not say.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Missing(String);

impl Settings {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Missing> {
        let token = || {
            let what = "the account's auth token; several, with commas, while one is replaced";
            format!("{TOKENS} is missing: set it to {what}")
        };
        let url = || {
            let what = "the address under which Twilio calls, as in https://bot.example.com";
            format!("{PUBLIC_URL} is missing: set it to {what}")
        };
        let filled = |name| variable(name).filter(|value| !value.trim().is_empty());
        let tokens: Vec<_> = filled(TOKENS)
            .map(|tokens| tokens.split(',').map(|token| token.trim().to_owned()).collect())
            .ok_or_else(|| Missing(token()))?;
        Ok(Self {
            client: client(filled(ACCOUNT), tokens.first(), filled(API))?,
            tokens,
            public_url: filled(PUBLIC_URL).ok_or_else(|| Missing(url()))?,
            address: filled(LISTEN).unwrap_or_else(|| ANYWHERE.to_owned()),
        })
    }
}

/// What sends reminders; without an account the bots only answer, and the log says so.
///
/// While a token is replaced, the first of them is the primary one.
fn client(
    account: Option<String>,
    token: Option<&String>,
    api: Option<String>,
) -> Result<Option<Client>, Missing> {
    let (Some(sid), Some(token)) = (account, token) else {
        let advice = "set it to the account's SID, AC and 32 digits";
        tracing::warn!(advice, "{ACCOUNT} is missing: reminders and late replies cannot be sent");
        return Ok(None);
    };
    let sid = sid.trim().parse().map_err(|error| Missing(format!("{ACCOUNT}: {error}")))?;
    let account = Account::new(sid, token.clone());
    let account = match api {
        Some(api) => account.at(api),
        None => account,
    };
    Client::new(account).map(Some).map_err(|error| Missing(format!("{API}: {error}")))
}

/// Everything is bound and ready to be served; `Display` tells what to enter at Twilio.
#[derive(Debug)]
pub(crate) struct Live {
    listener: TcpListener,
    webhooks: Router,
    /// Each bot's name and the URL of its webhook.
    urls: Vec<(&'static str, String)>,
    keep: Keep,
}

impl Live {
    /// Listens, and puts one bot at `/whatsapp` or each of several at its name.
    pub(crate) async fn prepare(
        entries: &'static [Entry],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let keep = Keep::at(variable(STORE));
        let Settings { tokens, public_url, address, client } = Settings::read(&variable)?;
        let clock = Arc::new(SystemClock);
        let endpoint = endpoint(variable)?;
        let ground = Ground { tokens, public_url: public_url.clone(), clock, client, endpoint };
        let (mut webhooks, mut urls) = (media::routes(), Vec::new());
        for entry in entries {
            let is_alone = entries.len() == 1;
            let path = if is_alone { "/whatsapp".to_owned() } else { format!("/{}", entry.name) };
            let store = keep.open(entry, entries.len()).await?;
            webhooks = webhooks.merge(entry.webhook(&path, &ground, store)?);
            urls.push((entry.name, format!("{}{path}", public_url.trim_end_matches('/'))));
        }
        Ok(Self { listener: listen(&address).await?, webhooks, urls, keep })
    }

    /// Serves until `stop` is there; calls under way are answered.
    pub(crate) async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        axum::serve(self.listener, self.webhooks).with_graceful_shutdown(stop).await
    }
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(address) = self.listener.local_addr() {
            writeln!(f, "Listening on {address}. Enter at Twilio, for each sender:\n")?;
        }
        for (name, url) in &self.urls {
            writeln!(f, "  {name:<11}when a message comes in  {url}")?;
            writeln!(f, "             when that fails          {url}/fallback")?;
            writeln!(f, "             status callback URL      {url}/status")?;
        }
        write!(f, "\n{}\nCtrl-C stops.", self.keep)
    }
}

#[cfg(test)]
mod tests {
    use bots::ROSTER;

    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    async fn prepared(entries: &'static [Entry], set: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            let memory = (STORE, "memory:");
            let set = set.iter().chain([&memory]).find(|(known, _)| *known == name);
            set.map(|(_, value)| (*value).to_owned())
        };
        match Live::prepare(entries, variable).await {
            Ok(live) => live.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_said_in_one_line() {
        let token = (TOKENS, "0123456789abcdef0123456789abcdef");
        let url = (PUBLIC_URL, "https://bot.example.com");
        for (set, said) in [
            (&[][..], "TWILIO_AUTH_TOKEN is missing: set it to the account's auth token;"),
            (&[url], "TWILIO_AUTH_TOKEN is missing"),
            (&[url, (TOKENS, " ")], "TWILIO_AUTH_TOKEN is missing"),
            (&[url, (TOKENS, "a,,b")], "an auth token is empty; set TWILIO_AUTH_TOKEN"),
            (&[token], "CHINWAG_PUBLIC_URL is missing: set it to the address under which"),
            (
                &[token, (PUBLIC_URL, "bot.example.com")],
                "the public URL \"bot.example.com\" is not",
            ),
            (&[token, url, (ACCOUNT, "AC1")], "TWILIO_ACCOUNT_SID: an account sid is AC and 32"),
            (
                &[token, url, (ACCOUNT, SID), (API, "twilio")],
                "TWILIO_API_URL: the API's address \"twilio\" is none; write scheme and host",
            ),
            (&[token, url, (LISTEN, "8080")], "CHINWAG_LISTEN is \"8080\"; it must be an address"),
        ] {
            let line = prepared(ROSTER, set).await;
            assert!(line.starts_with(said) && !line.contains('\n'), "{line}");
            assert!(!line.contains(token.1), "{line}");
        }
    }

    #[tokio::test]
    async fn the_urls_for_twilio_are_shown() {
        let set = [
            (TOKENS, "old, new"),
            (PUBLIC_URL, "https://bot.example.com/"),
            (LISTEN, "127.0.0.1:0"),
            (ACCOUNT, SID),
            (API, "http://127.0.0.1:1"),
        ];
        let all = prepared(ROSTER, &set).await;
        assert!(all.contains("  https://bot.example.com/echo\n"), "{all}");
        assert!(all.contains("  https://bot.example.com/faq/status\n"), "{all}");
        let one = prepared(&ROSTER[1..2], &set).await;
        assert!(one.contains("  https://bot.example.com/whatsapp/fallback\n"), "{one}");
        assert!(!one.contains("echo"), "{one}");
    }
}
