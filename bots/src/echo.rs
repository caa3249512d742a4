//! Says back what it gets, and shows how WhatsApp formats.
//!
//! ```text
//! Ana: hi
//! bot: Hello, *Ana*! I say back what you send: text, a photo, a voice message, your location.
//!      Say *help* for more.
//! bot: hi
//! Ana: bold fresh bread
//! bot: *fresh bread*
//!      You type it like this: `*fresh bread*`
//! Ana: [image/jpeg] our shop
//! bot: *An image* (`image/jpeg`). Below it: _our shop_
//! Ana: [location 52.52, 13.405 Town hall]
//! bot: *Town hall*, at `52.5200, 13.4050`
//!      https://www.openstreetmap.org/?mlat=52.5200&mlon=13.4050
//! Ana: [taps Yes = book-yes]
//! bot: You tapped *Yes*; the bot reads `book-yes`.
//! ```

use std::str::FromStr;

use chinwag::{
    Bot, Captures, Reply,
    dispatch::{
        Failure, Profile,
        filter::{first_contact, pattern},
    },
    markup::{Rich, bold, code, italic, link, mono, strike},
    message::{Button, Content, Inbound, ListChoice, Location, Media, MediaKind},
};

/// The bot.
pub fn bot() -> Bot {
    Bot::new(())
        .on(pattern("help|menu|[?]"), async || help())
        .on(pattern("formats?|formatting|styles?"), async || formats())
        .on(pattern(r"(?s)(bold|italic|strike|code|mono)\s+(.{1,600})"), styled)
        .on(first_contact(), greet)
        .otherwise(async |message: Inbound| echo(&message))
        .on_error(async |_: Failure| "That is too long for me to say back. Send it in parts?")
}

/// The formats that a person can ask for by name.
#[derive(Clone, Copy)]
enum Style {
    Bold,
    Italic,
    Strike,
    Code,
    Mono,
}

impl FromStr for Style {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name.to_lowercase().as_str() {
            "bold" => Ok(Self::Bold),
            "italic" => Ok(Self::Italic),
            "strike" => Ok(Self::Strike),
            "code" => Ok(Self::Code),
            "mono" => Ok(Self::Mono),
            _ => Err(()),
        }
    }
}

async fn styled(Captures((style, words)): Captures<(Style, String)>) -> Rich {
    let typed = match style {
        Style::Bold => "like this: " + code(format!("*{words}*")),
        Style::Italic => "like this: " + code(format!("_{words}_")),
        Style::Strike => "like this: " + code(format!("~{words}~")),
        Style::Code => Rich::from("between backticks"),
        Style::Mono => Rich::from("between three backticks"),
    };
    let shown = match style {
        Style::Bold => bold(words),
        Style::Italic => italic(words),
        Style::Strike => strike(words),
        Style::Code => code(words),
        Style::Mono => mono(words),
    };
    Rich::new().line(shown).line("You type it " + typed)
}

async fn greet(name: Option<Profile>, message: Inbound) -> Reply {
    let name = name.map_or("whoever you are".to_owned(), |Profile(name)| name);
    let hello = "Hello, "
        + bold(name)
        + "! I say back what you send: text, a photo, a voice \
         message, your location.";
    Reply::from(hello.line("Say " + bold("help") + " for more.")).and(echo(&message))
}

fn help() -> Rich {
    Rich::new()
        .line("I say back what you send. You can also say:")
        .bullets([bold("bold") + " and some words; the same with italic, strike, code and mono"])
        .bullets([bold("formats") + " to see all that WhatsApp can do"])
        .line("Or send me a photo, a voice message, a contact or your location.")
}

fn formats() -> Rich {
    Rich::new()
        .line(
            bold("bold") + ", " + italic("italic") + ", " + strike("strike") + ", " + code("code"),
        )
        .line(bold("bold " + italic("and italic")))
        .bullets(["a list", "of things"])
        .numbered(["first", "second"])
        .quote("a quote")
        .code_block("letters of one width\nin two lines")
}

/// What came, in words; text as it is, so that its formatting shows.
fn echo(message: &Inbound) -> Reply {
    match &message.content {
        Content::Text(words) if words.trim().is_empty() => "That message was empty.".into(),
        Content::Text(words) => words.as_str().into(),
        Content::Media { media, caption } => media_in_words(media, caption.as_deref()).into(),
        Content::Sticker(_) => "A sticker! I cannot draw, but thank you.".into(),
        Content::Contact(_) => "A contact card. I keep nobody's number.".into(),
        Content::Location(place) => place_in_words(place).into(),
        Content::Button(button) => button_in_words(button).into(),
        Content::ListChoice(choice) => choice_in_words(choice).into(),
        Content::Flow(flow) => match &flow.fields {
            Some(fields) => Rich::new().line("You filled in a form:").code_block(fields).into(),
            None => "You sent a form without fields.".into(),
        },
        other => Reply::from("Something that I do not know: " + code(other.kind())),
    }
}

fn media_in_words(media: &[Media], caption: Option<&str>) -> Rich {
    let each = media.iter().map(|one| {
        let name = match one.kind() {
            MediaKind::Image => "An image",
            MediaKind::Audio => "A voice message",
            MediaKind::Video => "A video",
            MediaKind::Document => "A document",
            MediaKind::Sticker => "A sticker",
            MediaKind::Contact => "A contact card",
            _ => "A file",
        };
        bold(name) + " (" + code(&one.content_type) + ")."
    });
    let words = each.fold(Rich::new(), Rich::line);
    match caption {
        Some(caption) => words + " Below it: " + italic(caption),
        None => words,
    }
}

fn place_in_words(place: &Location) -> Rich {
    let (latitude, longitude) = (place.latitude, place.longitude);
    let name = place.label.as_deref().or(place.address.as_deref()).unwrap_or("A place");
    let map = format!("https://www.openstreetmap.org/?mlat={latitude:.4}&mlon={longitude:.4}");
    let at = code(format!("{latitude:.4}, {longitude:.4}"));
    (bold(name) + ", at " + at).line(link("", map))
}

fn button_in_words(button: &Button) -> Rich {
    let words = "You tapped " + bold(&button.text);
    match &button.payload {
        Some(payload) => words + "; the bot reads " + code(payload) + ".",
        None => words + ".",
    }
}

fn choice_in_words(choice: &ListChoice) -> Rich {
    "You chose " + bold(&choice.title) + "; the bot reads " + code(&choice.id) + "."
}

#[cfg(test)]
mod tests {
    use chinwag::{message::Flow, testkit::Chat};

    use super::*;

    /// After the greeting.
    async fn talking() -> Chat {
        let chat = Chat::with(bot());
        chat.says("hi").await;
        chat
    }

    #[tokio::test]
    async fn the_first_message_is_greeted_by_name_and_said_back() {
        let ana = Chat::with(bot());
        ana.says("hi").await.hears_part("Hello, *Ana*!").hears("hi").hears_nothing();
        ana.says("hi").await.hears("hi").hears_nothing();
        let nameless = ana.by("+15005550007");
        nameless.says("*hi*").await.hears_part("Hello, *whoever you are*!").hears("*hi*");
        let starry = ana.by("+15005550008").called("*B*o");
        starry.says("hi").await.hears_part("Hello, *∗B∗o*!");
    }

    #[tokio::test]
    async fn a_first_command_is_answered_at_once() {
        let chat = Chat::with(bot());
        chat.says("HELP").await.hears_part("*bold* and some words").hears_nothing();
        chat.says("hi").await.hears("hi");
    }

    #[tokio::test]
    async fn styles_are_shown_and_explained() {
        let chat = talking().await;
        let typed = |shown: &str| format!("{shown}\nYou type it like this: `{shown}`");
        chat.says("bold fresh bread").await.hears(&typed("*fresh bread*"));
        chat.says("Italic 🥐!").await.hears(&typed("_🥐!_"));
        chat.says("STRIKE old price").await.hears(&typed("~old price~"));
        chat.says("code a*b").await.hears("`a*b`\nYou type it between backticks");
        chat.says("mono two\nlines").await.hears_part("two\nlines```");
        chat.says("bold").await.hears("bold");
        chat.says("bold 2*3").await.hears("*2∗3*\nYou type it like this: `*2*3*`");
        chat.says("boldly gone").await.hears("boldly gone");
        chat.says("formats").await.hears_part("*bold*, _italic_, ~strike~, `code`");
    }

    #[tokio::test]
    async fn text_comes_back_as_it_was() {
        let chat = talking().await;
        for words in ["*b* _i_ ~s~", "🐟", "> quote\n- item", "<b>&amp;</b>", "2 * 3"] {
            chat.says(words).await.hears(words).hears_nothing();
        }
        chat.says(" \n").await.hears("That message was empty.");
        chat.says("x".repeat(1_600)).await.hears(&"x".repeat(1_600));
        chat.says("x".repeat(20_000)).await.hears_part("too long for me");
        chat.says(format!("bold {}", "x".repeat(600))).await.hears_part("You type it");
    }

    #[tokio::test]
    async fn everything_that_can_be_sent_is_described() {
        let chat = talking().await;
        let file = |name: &str| Media::at(format!("https://example.com/{name}"));
        let captioned = Content::with_media(vec![file("a.jpg")], "our *shop*".into());
        let hall = Location { latitude: 52.52, longitude: 13.405, ..Location::default() };
        let named = Location { label: Some("Town hall".into()), ..hall.clone() };
        let row = ListChoice { id: "r1".into(), title: "Tea".into(), description: None };
        let form = Flow { fields: Some(r#"{"a":1}"#.into()), ..Flow::default() };
        let news = Content::Other { kind: "reaction".into(), body: String::new() };
        for (content, heard) in [
            (file("a.jpg").into(), "*An image* (`image/jpeg`)."),
            (captioned, "*An image* (`image/jpeg`). Below it: _our ∗shop∗_"),
            (file("a.ogg").into(), "*A voice message* (`audio/ogg"),
            (file("a.mp4").into(), "*A video* (`video/mp4`)."),
            (file("a.pdf").into(), "*A document* (`application/pdf`)."),
            (file("a.webp").into(), "A sticker!"),
            (Media::new("https://example.com/c", "text/vcard").into(), "A contact card."),
            (Media::new("https://example.com/x", "").into(), "*A file* ("),
            (hall.into(), "*A place*, at `52.5200, 13.4050`\nhttps://www.openstreetmap.org/"),
            (named.into(), "*Town hall*, at"),
            (row.into(), "You chose *Tea*; the bot reads `r1`."),
            (form.into(), "You filled in a form:\n```\n{\"a\":1}\n```"),
            (Flow::default().into(), "You sent a form without fields."),
            (news, "Something that I do not know: `other`"),
        ] {
            chat.sends(content).await.hears_part(heard).hears_nothing();
        }
        chat.presses("Yes", "book-yes").await.hears("You tapped *Yes*; the bot reads `book-yes`.");
        let bare = Button { text: "Yes".into(), payload: None };
        chat.sends(bare).await.hears("You tapped *Yes*.");
    }
}
