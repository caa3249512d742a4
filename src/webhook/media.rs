//! Attachments of our own: files and bytes under addresses that nobody guesses and that expire.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::{
    conversation::clock::{Clock, SystemClock, Timestamp},
    message::{ContentType, Media, MediaKind},
};

/// Where the shelf stands below the public URL.
pub(super) const PATH: &str = "/media";
/// How long an address is good for, if nothing else is said: Twilio fetches within its queue's four
/// hours (<https://www.twilio.com/docs/messaging/guides/best-practices-at-scale>).
const LIFETIME: Duration = Duration::from_hours(4);
/// What names of files that are kept for their bytes begin with.
const KEPT: &str = "kept-";
/// Bytes of a signature in an address.
const SIGNATURE: usize = 16;

/// A folder whose files Twilio can fetch, each under an address that is signed and expires.
///
/// Addresses hold no state: every worker with the same folder and secret serves them, also after a
/// crash. Give it to [`Webhook::serves_media`](super::Webhook::serves_media).
///
/// ```
/// use chinwag::{Bot, Reply, State, Webhook, text, webhook::Shelf};
///
/// let shelf = Shelf::new("files", "https://bot.example.com", "a secret of your own");
/// let bot = Bot::new(shelf.clone()).on(text("menu"), async |State(shelf): State<Shelf>| {
///     shelf.lend("menu.pdf").await.map(Reply::media)
/// });
/// let webhook = Webhook::new(bot).serves_media(&shelf);
/// ```
#[derive(Clone)]
pub struct Shelf {
    folder: Arc<Path>,
    base: Arc<str>,
    secret: Arc<SecretString>,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
}

/// Why an attachment cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMedia {
    /// WhatsApp does not deliver this type, or nothing tells the type.
    #[error("WhatsApp does not deliver {0}; convert it, or send a link to it")]
    Unsupported(ContentType),
    /// It is larger than WhatsApp takes.
    #[error("the attachment has {size} bytes and WhatsApp takes {largest} of this kind")]
    TooLarge {
        /// How many bytes it has.
        size: u64,
        /// How many it may have.
        largest: u64,
    },
    /// There is nothing in it.
    #[error("the attachment is empty")]
    Empty,
    /// A name that leads elsewhere, or cannot stand in an address.
    #[error(
        "the file name {0:?} cannot be served; use letters, digits, dots, hyphens and underscores"
    )]
    Name(String),
    /// The file cannot be read or written.
    #[error("the file of an attachment: {0}")]
    File(#[from] io::Error),
}

impl Shelf {
    /// The files of this folder, served under this address: scheme and host, and the path's
    /// beginning if a proxy takes it away. Whoever knows the secret can make addresses.
    pub fn new(
        folder: impl Into<PathBuf>,
        public_url: impl Into<String>,
        secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            folder: folder.into().into(),
            base: public_url.into().trim_end_matches('/').into(),
            secret: Arc::new(secret.into()),
            lifetime: LIFETIME,
            clock: Arc::new(SystemClock),
        }
    }

    /// How long an address is good for; four hours without it, for so long Twilio may queue.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// The clock by which addresses expire.
    #[must_use]
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// An address for a file of the folder; its ending tells its type.
    ///
    /// # Errors
    /// If there is no such file, or WhatsApp does not take it.
    pub async fn lend(&self, name: &str) -> Result<String, InvalidMedia> {
        check_name(name)?;
        let path = self.folder.join(name);
        let size = run(move || Ok(fs::metadata(path)?.len())).await?;
        check(&Media::at(name).content_type, size)?;
        Ok(self.address(name))
    }

    /// An address for these bytes, which are kept in the folder until it expires.
    ///
    /// # Errors
    /// If WhatsApp does not take them, or the folder cannot be written.
    pub async fn keep(
        &self,
        bytes: Vec<u8>,
        content_type: impl Into<ContentType>,
    ) -> Result<String, InvalidMedia> {
        let content_type = content_type.into();
        check(&content_type, bytes.len() as u64)?;
        let ending =
            content_type.ending().ok_or_else(|| InvalidMedia::Unsupported(content_type.clone()))?;
        let now = self.clock.now();
        let hash = hex(&Sha256::digest(&bytes)[..SIGNATURE]);
        let name = format!("{KEPT}{:x}-{hash}.{ending}", seconds(now.after(self.lifetime)));
        let (folder, file) = (Arc::clone(&self.folder), name.clone());
        run(move || {
            fs::create_dir_all(&folder)?;
            sweep(&folder, now)?;
            // Beside it first: nobody is served half a file.
            let half = folder.join(format!(".{file}"));
            fs::write(&half, bytes)?;
            fs::rename(half, folder.join(file))
        })
        .await?;
        Ok(self.address(&name))
    }

    fn address(&self, name: &str) -> String {
        let expires = seconds(self.clock.now().after(self.lifetime));
        let signature = self.signature(expires, name).finalize().into_bytes();
        format!("{}{PATH}/{expires:x}-{}/{name}", self.base, hex(&signature[..SIGNATURE]))
    }

    fn signature(&self, expires: i64, name: &str) -> Hmac<Sha256> {
        let keyed = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes());
        let mut keyed = keyed.expect("HMAC takes keys of any length");
        // The same secret may sign other things, which begin otherwise.
        keyed.update(format!("chinwag media\n{expires}\n{name}").as_bytes());
        keyed
    }

    /// The file behind an address, if the address is ours and good; a ticket stands before the
    /// name.
    pub(super) async fn open(&self, ticket: &str, name: &str) -> Option<Vec<u8>> {
        let (expires, signature) = ticket.split_once('-')?;
        let expires = i64::from_str_radix(expires, 16).ok()?;
        let given = bytes(signature).filter(|given| given.len() == SIGNATURE)?;
        self.signature(expires, name).verify_truncated_left(&given).ok()?;
        check_name(name).ok()?;
        if expires < seconds(self.clock.now()) {
            return None;
        }
        let path = self.folder.join(name);
        run(move || fs::read(path)).await.ok()
    }
}

/// Removes what was kept and has expired.
fn sweep(folder: &Path, now: Timestamp) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let expires = name.to_str().and_then(|name| name.strip_prefix(KEPT)?.split('-').next());
        let expires = expires.and_then(|digits| i64::from_str_radix(digits, 16).ok());
        if expires.is_some_and(|expires| expires < seconds(now)) {
            // Another worker may have been faster.
            let _is_gone = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn check(content_type: &ContentType, size: u64) -> Result<(), InvalidMedia> {
    let kind = content_type.kind();
    if kind == MediaKind::Other || !content_type.is_supported_on_whatsapp() {
        return Err(InvalidMedia::Unsupported(content_type.clone()));
    }
    match (size, kind.largest()) {
        (0, _) => Err(InvalidMedia::Empty),
        (size, largest) if size > largest => Err(InvalidMedia::TooLarge { size, largest }),
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), InvalidMedia> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(InvalidMedia::Name(name.to_owned()));
    }
    Ok(())
}

/// Does work on files where it holds nobody up.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn seconds(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(1_000)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(digit.into(), 16).expect("half a byte is below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = (0..hex.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

/// Hides the secret.
impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf")
            .field("folder", &self.folder)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}
