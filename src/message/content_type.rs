//! What an attachment is, in the words of a header.

use std::fmt;

use super::MediaKind;

/// A content type as a header writes it: `image/png`, `audio/ogg; codecs=opus`.
///
/// Any text is one; a text that says nothing has the kind [`MediaKind::Other`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ContentType(Box<str>);

impl ContentType {
    /// The whole text, parameters included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type without its parameters, in the case in which it was written.
    #[must_use]
    pub fn essence(&self) -> &str {
        self.0.split(';').next().unwrap_or_default().trim()
    }

    /// Whether it is this type, such as `application/pdf`, in any case and with any parameters.
    #[must_use]
    pub fn is(&self, essence: &str) -> bool {
        self.essence().eq_ignore_ascii_case(essence)
    }

    /// What it is to the person who gets it.
    #[must_use]
    pub fn kind(&self) -> MediaKind {
        let top = self.essence().split('/').next().unwrap_or_default();
        let is_under = |name: &str| top.eq_ignore_ascii_case(name);
        if self.is("image/webp") {
            MediaKind::Sticker
        } else if self.is("text/vcard") || self.is("text/x-vcard") {
            MediaKind::Contact
        } else if is_under("image") {
            MediaKind::Image
        } else if is_under("audio") {
            MediaKind::Audio
        } else if is_under("video") {
            MediaKind::Video
        } else if (is_under("application") && !self.is(UNKNOWN)) || is_under("text") {
            MediaKind::Document
        } else {
            MediaKind::Other
        }
    }

    /// Whether WhatsApp delivers this type. OGG that names another codec than Opus is refused, OGG
    /// that names none is believed
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    #[must_use]
    pub fn is_supported_on_whatsapp(&self) -> bool {
        let listed = self.kind().whatsapp_types().iter().any(|known| self.is(known));
        listed && (!self.is(OGG) || self.codecs().is_none_or(|c| c.eq_ignore_ascii_case("opus")))
    }

    fn codecs(&self) -> Option<&str> {
        self.0.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_codecs = name.trim().eq_ignore_ascii_case("codecs");
            is_codecs.then(|| value.trim().trim_matches('"'))
        })
    }
}

impl From<&str> for ContentType {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for ContentType {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What is said of a file of which nothing is known.
pub(super) const UNKNOWN: &str = "application/octet-stream";
pub(super) const OGG: &str = "audio/ogg";
pub(super) const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub(super) const PPTX: &str =
    "application/vnd.openxmlformats-officedocument.presentationml.presentation";
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_tells_the_kind_and_whether_whatsapp_takes_it() {
        let check = |text: &str, kind: MediaKind, is_supported: bool| {
            let read = ContentType::from(text);
            assert_eq!(
                (read.kind(), read.is_supported_on_whatsapp()),
                (kind, is_supported),
                "{text}"
            );
        };
        check("image/jpeg", MediaKind::Image, true);
        check("IMAGE/PNG", MediaKind::Image, true);
        check("image/heic", MediaKind::Image, false);
        check("image/gif", MediaKind::Image, false);
        check("image/webp", MediaKind::Sticker, true);
        check("audio/ogg", MediaKind::Audio, true);
        check("audio/ogg; codecs=opus", MediaKind::Audio, true);
        check("Audio/OGG ;Codecs=\"OPUS\"", MediaKind::Audio, true);
        check("audio/ogg; codecs=vorbis", MediaKind::Audio, false);
        check("audio/ogg; rate=1; codecs=speex", MediaKind::Audio, false);
        check("audio/amr; codecs=any", MediaKind::Audio, true);
        check("audio/wav", MediaKind::Audio, false);
        check("video/mp4", MediaKind::Video, true);
        check("video/3gpp", MediaKind::Video, false);
        check("application/pdf", MediaKind::Document, true);
        check(DOCX, MediaKind::Document, true);
        check("application/zip", MediaKind::Document, false);
        check("text/plain; charset=utf-8", MediaKind::Document, false);
        check("text/vcard", MediaKind::Contact, true);
        check("text/x-vcard; charset=utf-8", MediaKind::Contact, true);
        check("application/octet-stream", MediaKind::Other, false);
        check("font/woff2", MediaKind::Other, false);
        check("image", MediaKind::Image, false);
        check("", MediaKind::Other, false);
        check(";", MediaKind::Other, false);
    }
}
