//! Answers what people ask a bakery: hours, prices, the menu, and the nearest of its shops.
//!
//! ```text
//! Ana: When do you open on Sunday?
//! bot: *Opening hours*
//!      - Monday to Friday: 6:30 to 18:30
//!      - Saturday: 7:00 to 16:00
//!      - Sunday: 8:00 to 12:00, at the Market Hall only
//! Ana: How much are a baguette and a coffee?
//! bot: Baguette: *2.30 €*
//!      Coffee: *2.50 €*
//! Ana: menu please
//! bot: Our menu, to read and to keep:
//! bot: [/media/menu.png] Fresh every morning
//! bot: [/media/menu.pdf]
//! Ana: [location 52.51, 13.39]
//! bot: *Station* is the nearest, 1.4 km from you: Bahnhofstraße 12.
//!      https://www.openstreetmap.org/?mlat=52.5225&mlon=13.3900
//! Ana: Do you sell shoes?
//! bot: I am the bakery's bot. You can ask me for:
//!      - *hours*
//!      - *prices*, or the price of a croissant
//!      - the *menu*
//!      - *where* we are, or send me your location
//!      For anything else call us: +49 30 5550 0100.
//! ```

mod shops;

use chinwag::{
    Bot, Reply, Text,
    dispatch::filter::{location, pattern, words},
    markup::{Rich, bold, link},
    message::Location,
};
use shops::{SHOPS, Shop, nearest};

/// The menu as a picture and as a document, beside the webhook.
const PICTURE: &str = "/media/menu.png";
const DOCUMENT: &str = "/media/menu.pdf";
/// Kilometres within which people come for bread.
const NEAR: f64 = 50.0;

/// Something that is sold, and words that people ask for it with.
struct Good {
    name: &'static str,
    words: &'static [&'static str],
    price: &'static str,
}

const GOODS: &[Good] = &[
    Good { name: "Rye bread, 1 kg", words: &["rye", "bread", "breads", "loaf"], price: "5.20 €" },
    Good { name: "Wheat bread, 750 g", words: &["wheat", "bread", "breads"], price: "4.40 €" },
    Good { name: "Baguette", words: &["baguette", "baguettes"], price: "2.30 €" },
    Good { name: "Roll", words: &["roll", "rolls"], price: "0.70 €" },
    Good { name: "Croissant", words: &["croissant", "croissants"], price: "1.90 €" },
    Good { name: "Slice of cake", words: &["cake", "cakes"], price: "3.60 €" },
    Good { name: "Coffee", words: &["coffee", "coffees"], price: "2.50 €" },
];

/// The bot.
pub fn bot() -> Bot {
    let goods = GOODS.iter().flat_map(|good| good.words);
    Bot::new(())
        .on(words(["open", "opening", "hours", "close", "closed", "closing"]), async || hours())
        .on(words(["menu", "card", "pdf"]), async || menu())
        .on(words(["where", "address", "shops", "branches", "nearest"]), async || all_shops())
        .on(words(goods), prices_of)
        .on(words(["price", "prices", "cost", "how much"]), async || all_prices())
        .on(location(), nearest_shop)
        .on(words(["vegan", "gluten", "nuts", "allergy", "allergies"]), async || allergens())
        .on(pattern("thanks?( you)?.*"), async || "You are welcome!")
        .otherwise(async || help())
}

fn hours() -> Rich {
    Rich::new().line(bold("Opening hours")).bullets([
        "Monday to Friday: 6:30 to 18:30",
        "Saturday: 7:00 to 16:00",
        "Sunday: 8:00 to 12:00, at the Market Hall only",
    ])
}

fn menu() -> Reply {
    Reply::text("Our menu, to read and to keep:")
        .and(Reply::media(PICTURE).caption("Fresh every morning"))
        .and(Reply::media(DOCUMENT))
}

/// The prices of everything that is named.
async fn prices_of(Text(said): Text) -> Rich {
    let said = said.to_lowercase();
    let said: Vec<_> = said.split(|c: char| !c.is_alphanumeric()).collect();
    let named = GOODS.iter().filter(|good| good.words.iter().any(|word| said.contains(word)));
    named.fold(Rich::new(), |lines, good| lines.line(price_of(good)))
}

fn all_prices() -> Rich {
    Rich::new().line(bold("Prices")).bullets(GOODS.iter().map(price_of))
}

fn price_of(good: &Good) -> Rich {
    Rich::from(good.name) + ": " + bold(good.price)
}

fn all_shops() -> Rich {
    let shops = SHOPS.iter().map(|shop| bold(shop.name) + ", " + shop.street);
    let hint = "Send me your location, and I tell you which one is the nearest.";
    Rich::new().line("We are here:").bullets(shops).line(hint)
}

async fn nearest_shop(place: Location) -> Rich {
    let (Shop { name, street, latitude, longitude }, distance) = nearest(&place);
    if distance > NEAR {
        let words = format!("You are {distance:.0} km away: too far for a roll. Come and visit ");
        return Rich::from(words) + bold(*name) + format!(", {street}, when you are in town.");
    }
    let words = bold(*name) + format!(" is the nearest, {distance:.1} km from you: {street}.");
    let map = format!("https://www.openstreetmap.org/?mlat={latitude:.4}&mlon={longitude:.4}");
    words.line(link("", map))
}

fn allergens() -> Rich {
    let words = "Rolls, baguettes and rye bread are vegan. Everything holds " + bold("gluten");
    words + ", and we work with nuts in the same room."
}

fn help() -> Rich {
    Rich::new()
        .line("I am the bakery's bot. You can ask me for:")
        .bullets([
            bold("hours"),
            bold("prices") + ", or the price of a croissant",
            "the " + bold("menu"),
            bold("where") + " we are, or send me your location",
        ])
        .line("For anything else call us: +49 30 5550 0100.")
}

#[cfg(test)]
mod tests {
    use chinwag::{
        message::{Content, Media},
        testkit::Chat,
    };

    use super::*;

    #[tokio::test]
    async fn each_question_finds_its_answer() {
        let chat = Chat::with(bot());
        for (answer, questions) in [
            (
                "*Opening hours*\n",
                &["When do you open?", "OPENING HOURS", "are you closed today"][..],
            ),
            ("We are here:\n", &["Where are you?", "where is the nearest shop", "address!"]),
            ("*Prices*\n", &["prices", "What does it cost", "how  much?"]),
            ("*gluten*", &["Is anything vegan?", "nuts", "gluten-free?"]),
            ("You are welcome!", &["Thanks!", "thank you very much", "THANK YOU 🙏"]),
            ("I am the bakery's bot.", &["hi", "Do you sell shoes?", "🥐", "?", "openly", "menus"]),
        ] {
            for question in questions {
                chat.says(*question).await.hears_part(answer).hears_nothing();
            }
        }
    }

    #[tokio::test]
    async fn prices_of_all_that_is_named_are_told() {
        let chat = Chat::with(bot());
        chat.says("croissant").await.hears("Croissant: *1.90 €*");
        chat.says("How much are a baguette and a COFFEE?")
            .await
            .hears("Baguette: *2.30 €*\nCoffee: *2.50 €*");
        chat.says("bread?").await.hears("Rye bread, 1 kg: *5.20 €*\nWheat bread, 750 g: *4.40 €*");
        chat.says("price of a camera roll").await.hears("Roll: *0.70 €*");
    }

    #[tokio::test]
    async fn the_menu_is_a_picture_and_a_document() {
        let heard = Chat::with(bot()).says("The MENU, please").await;
        heard
            .hears("Our menu, to read and to keep:")
            .hears_captioned(PICTURE, "Fresh every morning")
            .hears_media(DOCUMENT)
            .hears_nothing();
    }

    #[tokio::test]
    async fn a_location_finds_the_nearest_shop() {
        let chat = Chat::with(bot());
        let at = |latitude, longitude| Location { latitude, longitude, ..Location::default() };
        let near = "*Station* is the nearest, 1.4 km from you: Bahnhofstraße 12.\n\
             https://www.openstreetmap.org/?mlat=52.5225&mlon=13.3900";
        chat.sends(at(52.51, 13.39)).await.hears(near);
        chat.sends(at(52.52, 13.28)).await.hears_part("*Palace Park* is the nearest, 1.0 km");
        chat.sends(at(48.8566, 2.3522)).await.hears_part("away: too far for a roll.");
        chat.sends(at(f64::NAN, 13.0)).await.hears_part("*Market Hall*");
    }

    #[tokio::test]
    async fn what_has_no_words_gets_the_help() {
        let chat = Chat::with(bot());
        let photo = Media::at("https://example.com/bread.jpg");
        let captioned = Content::with_media(vec![photo.clone()], "how much is this bread?".into());
        chat.sends(photo).await.hears_part("You can ask me for:");
        chat.sends(Media::at("https://example.com/voice.ogg")).await.hears_part("call us");
        chat.says("").await.hears_part("You can ask me for:");
        chat.sends(captioned).await.hears_part("Rye bread, 1 kg: *5.20 €*");
        chat.presses("Prices", "prices-1").await.hears_part("*Prices*\n- Rye bread");
    }
}
