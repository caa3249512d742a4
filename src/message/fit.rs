//! What WhatsApp would drop without a word goes out as a message of its own.

use super::{Media, MediaKind, Outbound};

impl Outbound {
    /// The message as messages of which WhatsApp shows all: one attachment each, and a body only
    /// beside an image, for beside audio, video, stickers, documents and contacts it is dropped
    /// (<https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>).
    ///
    /// What an attachment is, is read off its URL's ending; where that says nothing, the body stays
    /// with it.
    ///
    /// ```
    /// use chinwag::message::Outbound;
    ///
    /// let menu = Outbound::media("https://example.com/menu.pdf").with_body("Our menu");
    /// assert_eq!(
    ///     menu.for_whatsapp(),
    ///     [Outbound::media("https://example.com/menu.pdf"), Outbound::text("Our menu")]
    /// );
    /// ```
    #[must_use]
    pub fn for_whatsapp(mut self) -> Vec<Self> {
        let mut media = std::mem::take(&mut self.media).into_iter();
        let Some(first) = media.next() else { return vec![self] };
        let drops_body = is_sure_to_drop_the_body(&first);
        self.media.push(first);
        let caption = if drops_body { std::mem::take(&mut self.body) } else { String::new() };
        let caption = Some(Self::text(caption)).filter(|caption| !caption.is_empty());
        std::iter::once(self).chain(media.map(Self::media)).chain(caption).collect()
    }
}

fn is_sure_to_drop_the_body(url: &str) -> bool {
    let kind = Media::at(url).kind();
    kind != MediaKind::Other && !kind.takes_caption()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sent of a message, as in `[a.pdf] text`.
    fn sent(media: &[&str], body: &str) -> Vec<String> {
        let media: Vec<_> = media.iter().map(|name| format!("https://h/{name}")).collect();
        let mut message = Outbound::text(body);
        message.media = media;
        let shown = |one: Outbound| {
            let media = one.media.iter().map(|url| url.replace("https://h/", ""));
            format!("{:?} {}", media.collect::<Vec<_>>(), one.body)
        };
        message.for_whatsapp().into_iter().map(shown).collect()
    }

    #[test]
    fn a_body_that_would_be_dropped_follows_by_itself() {
        assert_eq!(sent(&[], "hi"), ["[] hi"]);
        assert_eq!(sent(&["a.png"], "hi"), ["[\"a.png\"] hi"]);
        assert_eq!(sent(&["a"], "hi"), ["[\"a\"] hi"]);
        for name in ["a.pdf", "a.ogg", "a.mp4", "a.webp", "a.vcf", "a.docx"] {
            assert_eq!(sent(&[name], "hi"), [format!("[{name:?}] "), "[] hi".to_owned()]);
            assert_eq!(sent(&[name], " \n"), [format!("[{name:?}] ")]);
        }
    }

    #[test]
    fn each_attachment_is_a_message() {
        assert_eq!(sent(&["a.png", "b.png"], "hi"), ["[\"a.png\"] hi", "[\"b.png\"] "]);
        assert_eq!(
            sent(&["a.pdf", "b.png"], "hi"),
            ["[\"a.pdf\"] ", "[\"b.png\"] ", "[] hi"],
            "and the body comes behind all of them"
        );
    }
}
