//! An attachment: where it is, and what WhatsApp does with its kind.

use std::fmt;

use super::content_type::{ContentType, DOCX, OGG, PPTX, UNKNOWN, XLSX};

/// One megabyte in bytes. Twilio says "MB" without saying which; this is the one that lets more
/// through.
const MB: u64 = 1024 * 1024;

/// An attachment that was received or is to be sent.
///
/// What arrives has a URL at Twilio (<https://www.twilio.com/docs/messaging/guides/webhook-request>);
/// what leaves needs a URL that Twilio can fetch, with a true `Content-Type` header.
/// `Debug` hides credentials in the URL.
///
/// ```
/// use chinwag::message::{Media, MediaKind};
///
/// let menu = Media::at("https://example.com/menu.pdf");
/// assert_eq!(menu.kind(), MediaKind::Document);
/// assert!(!menu.takes_caption());
///
/// let voice = Media::new("https://example.com/ME1", "audio/ogg; codecs=opus");
/// assert_eq!(voice.kind(), MediaKind::Audio);
/// assert!(voice.is_supported_on_whatsapp());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Media {
    /// Where it can be fetched: an absolute URL, or in TwiML one relative to the webhook's.
    pub url: String,
    /// What the `Content-Type` header says, or will say.
    pub content_type: ContentType,
}

impl Media {
    /// Attachments on one WhatsApp message, received or sent
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    pub const MOST_ON_WHATSAPP: usize = 1;
    /// Attachments on one MMS (<https://www.twilio.com/docs/messaging/twiml/message>).
    pub const MOST_ON_MMS: usize = 10;
    /// Bytes of a WhatsApp message with its attachment: 16 MB
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    pub const LARGEST: u64 = 16 * MB;
    /// Bytes of an image on WhatsApp: 5 MB
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    pub const LARGEST_IMAGE: u64 = 5 * MB;

    /// The attachment at this URL, of this content type.
    pub fn new(url: impl Into<String>, content_type: impl Into<ContentType>) -> Self {
        Self { url: url.into(), content_type: content_type.into() }
    }

    /// The attachment at this URL; its content type is read off the file name's ending, and is
    /// `application/octet-stream` if that says nothing.
    pub fn at(url: impl Into<String>) -> Self {
        let url = url.into();
        let content_type = ENDINGS
            .iter()
            .find(|(ending, _)| file_ending(&url).eq_ignore_ascii_case(ending))
            .map_or(UNKNOWN, |(_, content_type)| content_type);
        Self { content_type: content_type.into(), url }
    }

    /// What it is to the person who gets it.
    #[must_use]
    pub fn kind(&self) -> MediaKind {
        self.content_type.kind()
    }

    /// Whether WhatsApp shows a body beside it; see [`MediaKind::takes_caption`].
    #[must_use]
    pub fn takes_caption(&self) -> bool {
        self.kind().takes_caption()
    }

    /// Whether WhatsApp delivers it; see [`ContentType::is_supported_on_whatsapp`].
    #[must_use]
    pub fn is_supported_on_whatsapp(&self) -> bool {
        self.content_type.is_supported_on_whatsapp()
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("url", &without_credentials(&self.url))
            .field("content_type", &self.content_type)
            .finish()
    }
}

/// What an attachment is to the person who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// A photo or picture: `image/…`.
    Image,
    /// A sticker: `image/webp`.
    Sticker,
    /// A voice message or music: `audio/…`.
    Audio,
    /// A video: `video/…`.
    Video,
    /// A file: `application/…` and `text/…`.
    Document,
    /// A contact card: `text/vcard` or `text/x-vcard`.
    Contact,
    /// Nothing that its content type tells.
    Other,
}

impl MediaKind {
    /// Whether WhatsApp shows a message's body beside it. Only an image keeps it, as its caption;
    /// beside all others the body is dropped without an error, so send it as a message of its own
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    #[must_use]
    pub const fn takes_caption(self) -> bool {
        matches!(self, Self::Image)
    }

    /// The largest attachment of this kind on WhatsApp, in bytes.
    #[must_use]
    pub const fn largest(self) -> u64 {
        match self {
            Self::Image => Media::LARGEST_IMAGE,
            _ => Media::LARGEST,
        }
    }

    /// The content types of this kind that WhatsApp takes, in lower case. OGG must hold Opus, MP4
    /// must hold H.264 and AAC
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    #[must_use]
    pub const fn whatsapp_types(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["image/jpeg", "image/jpg", "image/png"],
            Self::Sticker => &["image/webp"],
            // `audio/mp4` is how Meta calls AAC in an MP4 file
            Self::Audio => {
                &[OGG, "audio/amr", "audio/3gpp", "audio/aac", "audio/mp4", "audio/mpeg"]
            }
            Self::Video => &["video/mp4"],
            Self::Document => &["application/pdf", "application/msword", DOCX, PPTX, XLSX],
            Self::Contact => &["text/vcard", "text/x-vcard"],
            Self::Other => &[],
        }
    }
}

/// File name endings and what servers commonly say of them.
const ENDINGS: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("ogg", OGG),
    ("oga", OGG),
    ("opus", OGG),
    ("amr", "audio/amr"),
    ("aac", "audio/aac"),
    ("m4a", "audio/mp4"),
    ("mp3", "audio/mpeg"),
    ("3ga", "audio/3gpp"),
    ("3gp", "video/3gpp"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", DOCX),
    ("pptx", PPTX),
    ("xlsx", XLSX),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("vcf", "text/vcard"),
];

impl ContentType {
    /// The ending of file names of this type, as in `png`; none if it is not known here.
    #[must_use]
    pub fn ending(&self) -> Option<&'static str> {
        let known = ENDINGS.iter().find(|(_, content_type)| self.is(content_type));
        match known {
            Some((ending, _)) => Some(ending),
            None if self.is("image/jpg") => Some("jpg"),
            None if self.is("text/x-vcard") => Some("vcf"),
            None => None,
        }
    }
}

/// What follows the last dot of a URL's file name; empty if there is none.
fn file_ending(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => path,
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..host_ends].rfind('@') {
        Some(at) => format!("{scheme}://[hidden]{}", &rest[at..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_that_whatsapp_takes_is_of_the_kind_that_lists_it() {
        use MediaKind::{Audio, Contact, Document, Image, Other, Sticker, Video};
        for kind in [Image, Sticker, Audio, Video, Document, Contact, Other] {
            for text in kind.whatsapp_types() {
                assert_eq!(ContentType::from(*text).kind(), kind, "{text}");
            }
            assert_eq!(kind.takes_caption(), kind == Image);
            assert_eq!(kind.largest(), if kind == Image { 5_242_880 } else { 16_777_216 });
        }
    }

    #[test]
    fn a_file_name_tells_the_content_type_of_what_is_sent() {
        let check = |url: &str, expected: &str| {
            assert_eq!(Media::at(url).content_type.as_str(), expected, "{url}");
        };
        check("https://example.com/a/cat.png", "image/png");
        check("https://example.com/CAT.JPG?size=2#top", "image/jpeg");
        check("https://example.com/cat.v2.mp4", "video/mp4");
        check("/pictures/cat.webp", "image/webp");
        check("https://example.com/cat", UNKNOWN);
        check("https://example.com/cat?name=cat.png", UNKNOWN);
        check("https://example.png", UNKNOWN);
        check("https://example.com/a.pdf/", UNKNOWN);
        check("", UNKNOWN);
    }

    #[test]
    fn each_type_that_whatsapp_takes_has_an_ending_that_tells_its_kind() {
        use MediaKind::{Audio, Contact, Document, Image, Sticker, Video};
        for kind in [Image, Sticker, Audio, Video, Document, Contact] {
            for text in kind.whatsapp_types() {
                let ending = ContentType::from(*text).ending().unwrap();
                assert_eq!(Media::at(format!("a.{ending}")).kind(), kind, "{text}");
            }
        }
        assert_eq!(ContentType::from("font/woff2").ending(), None);
    }

    #[test]
    fn logs_never_show_credentials_of_a_url() {
        let shown = |url: &str| format!("{:?}", Media::at(url));
        let media = shown("https://ana:p@ss@example.com/cat.png?at=@");
        assert_eq!(
            media,
            r#"Media { url: "https://[hidden]@example.com/cat.png?at=@", content_type: "image/png" }"#
        );
        assert!(shown("https://example.com/@ana").contains("https://example.com/@ana"));
        assert!(shown("/cat.png").contains("/cat.png"));
    }
}
