//! Asks the customers of a bicycle workshop how it went: with their consent, and no more than needed.
//!
//! ```text
//! Ana: hi
//! bot: Your bike is back from *Spoke & Sons*. May we ask how it went? Four questions, *yes* or *no*.
//! Ana: yes
//! bot: How content are you, from *1* (not at all) to *5* (very)?
//! Ana: not very
//! bot: A number from 1 to 5, please.
//! Ana: two of five
//! bot: We are sorry.
//! bot: What went wrong?
//! Ana: the brakes squeak
//! bot: Where may we write to you about it? An e-mail address, or *skip*.
//! Ana: ana@example
//! bot: Something is missing at its end, as *.com*. Or say *skip*.
//! Ana: why?
//! bot: We read the answers ourselves, to do better. Nobody else gets them.
//! bot: Where may we write to you about it? An e-mail address, or *skip*.
//! Ana: ana@example.com
//! bot: Is there anything else? Or *skip*.
//! Ana: skip
//! bot: Thank you! We have noted:
//! bot: - You are content: *⭐⭐ (2 of 5)*
//!      - What went wrong: *the brakes squeak*
//!      - E-mail: *ana@example.com*
//! ```
//!
//! `cargo run -- survey`

mod answers;
mod email;
mod inquiry;
mod patience;
mod rating;

use chinwag::{Bot, pattern};
use email::Email;
use inquiry::Inquiry;

/// The bot.
pub fn bot() -> Bot {
    Bot::new(())
        .dialogue::<Inquiry>(pattern(r"(?:hi|hello|hey|start|survey|again)\W*"))
        .knows::<Email>()
        .interrupt(
            pattern("(?:why|what for|who asks|privacy)[!?.]*"),
            async || "We read the answers ourselves, to do better. Nobody else gets them.",
        )
        .cancel(
            pattern("(?:cancel|enough|stop it|no more)[!.]*"),
            async || "Then we stop here, and keep nothing. Say *survey* if you change your mind.",
        )
        .otherwise(async || "Say *survey* to tell us how the repair of your bike went.")
}

/// The person would not like to answer.
fn is_skip(text: &str) -> bool {
    ["skip", "no", "none", "-"].iter().any(|skip| text.trim().eq_ignore_ascii_case(skip))
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::Chat;

    use super::*;

    #[tokio::test]
    async fn it_ends_wherever_somebody_has_had_enough() {
        let steps = ["hi", "yes", "1", "it broke", "skip"];
        for count in 1..=steps.len() {
            let chat = Chat::with(bot());
            chat.says_all(steps[..count].to_vec()).await;
            let heard = chat.says("Enough!").await;
            heard.hears_part("Then we stop here, and keep nothing.").hears_nothing();
            chat.waits("24h").await.hears_nothing();
            chat.says("hi").await.hears_part("May we ask");
        }
    }

    #[tokio::test]
    async fn what_people_write_never_formats() {
        let chat = Chat::with(bot());
        chat.says_all(["hi", "yes", "1", "*all* of ~it~", "skip"]).await;
        let heard = chat.says("_no_").await.hears_part("Thank you");
        heard.hears_part("*∗all∗ of ∼it∼*").hears_nothing();
    }
}
