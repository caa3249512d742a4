//! What people attach, fetched from Twilio: with our credentials, from nowhere else, and not endlessly.

use std::{fmt, time::Duration};

use reqwest::{
    Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
};
use secrecy::ExposeSecret;
use tokio::time::sleep;

use super::{
    Account, RestError,
    network::{builder, lost},
    transport::Lost,
};
use crate::message::{ContentType, Media, MediaKind};

/// How long the next piece may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Fresh attachments are not there for a moment: how long is waited before each further try.
const NOT_YET: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_millis(1_500)];
/// Most redirects in a row; Twilio makes one, to its file server.
const MOST_REDIRECTS: usize = 3;
/// Where Twilio keeps attachments.
const TWILIO: &str = "api.twilio.com";

/// Fetches what people attach to their messages.
///
/// Only addresses at the account's API are asked, with the account's credentials, and those that
/// were [allowed](Self::allow), without. Twilio answers with a redirect to a file server, which is
/// followed without credentials
/// (<https://www.twilio.com/docs/messaging/api/media-resource#fetch-a-media-resource>).
///
/// ```no_run
/// use chinwag::{message::Media, rest::{Account, Downloads}};
///
/// # async fn run(account: Account, photo: &Media) -> Result<(), Box<dyn std::error::Error>> {
/// let downloads = Downloads::new(account)?.largest(5 * 1024 * 1024);
/// let bytes = downloads.fetch(photo).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Downloads {
    http: reqwest::Client,
    account: Account,
    allowed: Vec<String>,
    kinds: Vec<MediaKind>,
    largest: u64,
}

/// An attachment that is being fetched, piece by piece.
pub struct Download {
    /// What it is, as the server says; the message said the same.
    pub content_type: ContentType,
    answer: reqwest::Response,
    read: u64,
    largest: u64,
}

/// Why an attachment is not fetched. The address, which is a key to it, is not told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The address is not at an allowed host, or not of `https`.
    #[error(
        "the attachment is at {0:?}, where nothing is fetched from; allow(..) the host if it is yours"
    )]
    Host(String),
    /// It is not there, nor was it a moment later.
    #[error("there is no such attachment; it may have been deleted")]
    Missing,
    /// The credentials do not open it, or the server fails.
    #[error("the attachment's server answered {0}")]
    Status(u16),
    /// It leads elsewhere again and again, or to nowhere.
    #[error("the attachment's address redirects too often, or to none")]
    Redirect,
    /// It is larger than was asked for.
    #[error("the attachment is larger than {0} bytes")]
    TooLarge(u64),
    /// It is something else than the message said, or than is wanted.
    #[error("the attachment is {found}, not {wanted}")]
    Type {
        /// What the server sends.
        found: ContentType,
        /// What the message said, or what is wanted.
        wanted: String,
    },
    /// The connection failed, before or within the attachment.
    #[error("the attachment did not come: {0}")]
    Lost(Lost),
}

impl Downloads {
    /// Fetches for this account, at most 16 MB of one attachment.
    ///
    /// # Errors
    /// If the API's address is none, or the system's certificates cannot be read.
    pub fn new(account: Account) -> Result<Self, RestError> {
        let http = builder(account.api())?.read_timeout(PATIENCE);
        let http = http.build().map_err(RestError::setup)?;
        let (allowed, kinds) = (Vec::new(), Vec::new());
        Ok(Self { http, account, allowed, kinds, largest: Media::LARGEST })
    }

    /// Fetches from this host as well, as in `files.example.com`, by `https` and without
    /// credentials.
    #[must_use]
    pub fn allow(mut self, host: impl Into<String>) -> Self {
        self.allowed.push(host.into());
        self
    }

    /// Fetches only what is of these kinds.
    #[must_use]
    pub fn only(self, kinds: impl IntoIterator<Item = MediaKind>) -> Self {
        Self { kinds: kinds.into_iter().collect(), ..self }
    }

    /// Fetches at most this many bytes of one attachment.
    #[must_use]
    pub fn largest(self, bytes: u64) -> Self {
        Self { largest: bytes, ..self }
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// If it is elsewhere, gone, too large or something else, or does not come.
    pub async fn fetch(&self, media: &Media) -> Result<Vec<u8>, DownloadError> {
        let mut download = self.open(media).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = download.piece().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Begins to fetch an attachment, to be read piece by piece.
    ///
    /// # Errors
    /// If it is elsewhere, gone, too large or something else, or nobody answers.
    pub async fn open(&self, media: &Media) -> Result<Download, DownloadError> {
        self.check_kind(&media.content_type)?;
        let mut pauses = NOT_YET.iter();
        let answer = loop {
            match self.follow(&media.url).await {
                Err(DownloadError::Missing) => match pauses.next() {
                    Some(pause) => sleep(*pause).await,
                    None => return Err(DownloadError::Missing),
                },
                outcome => break outcome?,
            }
        };
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let content_type = header(CONTENT_TYPE).map_or(media.content_type.clone(), Into::into);
        let length = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > self.largest) {
            return Err(DownloadError::TooLarge(self.largest));
        }
        if !is_same(&content_type, &media.content_type) {
            let wanted = media.content_type.to_string();
            return Err(DownloadError::Type { found: content_type, wanted });
        }
        Ok(Download { content_type, answer, read: 0, largest: self.largest })
    }

    fn check_kind(&self, content_type: &ContentType) -> Result<(), DownloadError> {
        if self.kinds.is_empty() || self.kinds.contains(&content_type.kind()) {
            return Ok(());
        }
        let wanted = format!("one of {:?}", self.kinds);
        Err(DownloadError::Type { found: content_type.clone(), wanted })
    }

    /// Asks at the address and where it leads.
    async fn follow(&self, url: &str) -> Result<reqwest::Response, DownloadError> {
        let mut url = Url::parse(url).map_err(|_| DownloadError::Host(String::new()))?;
        let mut with_credentials = self.admit(&url)?;
        for _ in 0..=MOST_REDIRECTS {
            let mut request = self.http.get(url.clone());
            if with_credentials {
                let authorization = self.account.authorization();
                request = request.header(AUTHORIZATION, authorization.expose_secret());
            }
            let answer = request.send().await.map_err(|error| DownloadError::Lost(lost(error)))?;
            match answer.status().as_u16() {
                200..=299 => return Ok(answer),
                301..=303 | 307 | 308 => {}
                404 => return Err(DownloadError::Missing),
                status => return Err(DownloadError::Status(status)),
            }
            let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            let next = next.ok_or(DownloadError::Redirect)?;
            // Twilio says where its files are, and they are opened by their address alone.
            with_credentials = self.is_api(&next) && self.is_api(&url);
            if next.scheme() != "https" && !self.is_plain() {
                return Err(DownloadError::Host(authority(&next)));
            }
            url = next;
        }
        Err(DownloadError::Redirect)
    }

    /// Whether an address of a message is asked with our credentials; an error if it is not asked.
    fn admit(&self, url: &Url) -> Result<bool, DownloadError> {
        if self.is_api(url) {
            return Ok(true);
        }
        let authority = authority(url);
        let is_allowed = self.allowed.iter().any(|host| host.eq_ignore_ascii_case(&authority));
        match url.scheme() {
            "https" if is_allowed => Ok(false),
            _ => Err(DownloadError::Host(authority)),
        }
    }

    /// Whether this is the API that our credentials are for. In all of its regions Twilio may name
    /// attachments by its main host.
    fn is_api(&self, url: &Url) -> bool {
        let Ok(api) = Url::parse(self.account.api()) else { return false };
        let is_twilio = authority(&api).ends_with(".twilio.com");
        url.scheme() == api.scheme()
            && (authority(url) == authority(&api) || is_twilio && authority(url) == TWILIO)
    }

    /// Whether the API is spoken to without TLS, as the simulator is.
    fn is_plain(&self) -> bool {
        self.account.api().starts_with("http://")
    }
}

impl Download {
    /// The next piece; none behind the last.
    ///
    /// # Errors
    /// If it is more than may be, or does not come.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, DownloadError> {
        let piece = self.answer.chunk().await.map_err(|error| DownloadError::Lost(lost(error)))?;
        let Some(piece) = piece else { return Ok(None) };
        self.read = self.read.saturating_add(piece.len() as u64);
        if self.read > self.largest {
            return Err(DownloadError::TooLarge(self.largest));
        }
        Ok(Some(piece.into()))
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Download({}, {} bytes so far)", self.content_type, self.read)
    }
}

/// Host and port, as the address has them; the port is left out where the scheme says it.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether two content types are one; JPEG has two names.
fn is_same(one: &ContentType, other: &ContentType) -> bool {
    let name = |content_type: &ContentType| {
        content_type.essence().to_ascii_lowercase().replace("image/jpg", "image/jpeg")
    };
    name(one) == name(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_hosts_are_asked_and_only_the_api_with_credentials() {
        let account = |api: &str| {
            let sid = "AC0123456789abcdef0123456789abcdef".parse().unwrap();
            Downloads::new(Account::new(sid, "token").at(api)).unwrap().allow("files.example.com")
        };
        let admit = |api: &str, url: &str| account(api).admit(&Url::parse(url).unwrap()).ok();
        let twilio = "https://api.twilio.com";
        let simulator = "http://127.0.0.1:4040";
        for (api, url, expected) in [
            (twilio, "https://api.twilio.com/2010-04-01/a", Some(true)),
            (twilio, "http://api.twilio.com/2010-04-01/a", None),
            (twilio, "https://api.twilio.com:8443/a", None),
            (twilio, "https://api.twilio.com.evil.example/a", None),
            (twilio, "https://api.twilio.com@evil.example/a", None),
            (twilio, "https://files.example.com/a", Some(false)),
            (twilio, "http://files.example.com/a", None),
            (twilio, "https://169.254.169.254/latest/meta-data", None),
            (twilio, "file:///etc/passwd", None),
            ("https://api.dublin.ie1.twilio.com", "https://api.twilio.com/a", Some(true)),
            (simulator, "http://127.0.0.1:4040/2010-04-01/a", Some(true)),
            (simulator, "http://127.0.0.1:4041/a", None),
            (simulator, "https://api.twilio.com/a", None),
        ] {
            assert_eq!(admit(api, url), expected, "{api} {url}");
        }
    }
}
