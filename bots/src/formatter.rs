//! Shows Markdown as WhatsApp can show it: for texts out of a language model, a CMS or a README.
//!
//! ```text
//! Ana: hi
//! bot: Send me Markdown, and I send it back as WhatsApp shows it.
//!      - Say *sample* to see one.
//!      - *typed* before it shows what is sent, letter by letter.
//! Ana: ## Opening hours
//!      **Mon–Fri** 7–18, _closed_ on ~~Sunday~~ holidays. [Map](https://example.com/map)
//! bot: *Opening hours*
//!
//!      *Mon–Fri* 7–18, _closed_ on ~Sunday~ holidays. Map (https://example.com/map)
//! Ana: typed ## Opening hours
//! bot: ```*Opening hours*```
//! ```

use chinwag::{
    Bot, Captures, Reply, Text,
    dispatch::{Failure, filter::pattern},
    markup::{Rich, bold, code, mono},
};

/// Of everything that Markdown can do, a little.
const SAMPLE: &str = "\
# Menu of the day

1. **Soup** of *pumpkin*
2. ~~Trout~~ Salmon, see [where it is from](https://example.com/fish)

> Ask for `allergens`.

| dish | price |
| --- | ---: |
| Soup | 6.50 |
| Salmon | 14.00 |

```
2 * 6.50 = 13.00
```
";

/// The bot.
pub fn bot() -> Bot {
    Bot::new(())
        .on(pattern(r"(?:hi|hello|hey|start|help)\W*"), async || help())
        .on(pattern("sample"), async || sample())
        .on(pattern(r"typed\s(.+)"), typed)
        .otherwise(format)
        .on_error(async |_: Failure| "That is too long to be shown in ten messages. In parts?")
}

fn help() -> Rich {
    Rich::new()
        .line("Send me Markdown, and I send it back as WhatsApp shows it.")
        .bullets(["Say " + bold("sample") + " to see one."])
        .bullets([bold("typed") + " before it shows what is sent, letter by letter."])
}

/// A sample as it is written, and as it is shown.
fn sample() -> Reply {
    Reply::from(Rich::new().code_block(SAMPLE.trim_end())).and(Rich::from_markdown(SAMPLE))
}

async fn format(text: Option<Text>) -> Reply {
    let shown = text.map(|Text(markdown)| Rich::from_markdown(&markdown));
    match shown.filter(|shown| !shown.to_plain().trim().is_empty()) {
        Some(shown) => shown.into(),
        None => Reply::from("There is nothing to show. Try " + code("**bread**") + "."),
    }
}

async fn typed(Captures((markdown,)): Captures<(String,)>) -> Rich {
    mono(Rich::from_markdown(&markdown))
}

#[cfg(test)]
mod tests {
    use chinwag::{message::Media, testkit::Chat};

    use super::*;

    #[tokio::test]
    async fn markdown_comes_back_as_whatsapp_shows_it() {
        let chat = Chat::with(bot());
        for (markdown, shown) in [
            ("**bread**", "*bread*"),
            ("__bread__ and *butter*", "*bread* and _butter_"),
            ("~~old~~ `new`", "~old~ `new`"),
            ("# Hours\n\n7–18", "*Hours*\n\n7–18"),
            ("- a\n- b", "- a\n- b"),
            ("> wise", "> wise"),
            ("plain *", "plain *"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("***", "———"),
            ("<!-- note -->", "There is nothing to show. Try `**bread**`."),
        ] {
            chat.says(markdown).await.hears(shown).hears_nothing();
        }
    }

    #[tokio::test]
    async fn what_is_sent_can_be_seen_by_its_letters() {
        let chat = Chat::with(bot());
        chat.says("typed **bread**").await.hears("```*bread*```").hears_nothing();
    }

    #[tokio::test]
    async fn everything_gets_an_answer() {
        let chat = Chat::with(bot());
        chat.says("Hi!").await.hears_part("Send me Markdown");
        chat.says("sample").await.hears_part("# Menu of the day").hears_part("*Menu of the day*");
        chat.sends(Media::at("https://example.com/a.jpg")).await.hears_part("nothing to show");
        chat.says("**long** ".repeat(400)).await.hears_part("*long*").hears_part("*long*");
        chat.says("x".repeat(20_000)).await.hears_part("too long");
    }
}
