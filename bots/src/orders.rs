//! Takes orders for a small trattoria: a menu, a running total, a checkout, and a word if you forget.
//!
//! ```text
//! Ana: hi
//! bot~ Welcome to *Luna's*, Ana! This is our menu:
//!      - 🍕 pizza, *9.50 €*
//!      - 🍝 pasta, *8.80 €*
//! Ana: 2 pizza and a tea
//! bot: Noted: *2 × pizza*.
//!      Noted: *1 × tea*.
//! bot: Total: *21.40 €*. Say *checkout* when that is all.
//! Ana: order 3 x cofee
//! bot: We have no “cofee”. Did you mean *3 coffee*?
//! bot: Total: *21.40 €*. Say *checkout* when that is all.
//! Ana: remove 1 pizza
//! bot: Taken out: *1 × pizza*.
//! bot: Total: *11.90 €*. Say *checkout* when that is all.
//! --- 2h
//! bot: Your order is still open: 1 × pizza, 1 × tea.
//! bot: Total: *11.90 €*. Say *checkout* when that is all.
//! Ana: checkout
//! bot: Shall we *bring* it, or do you *fetch* it?
//! Ana: when do you close?
//! bot: We cook every day from 11:00 to 22:00.
//! bot: Shall we *bring* it, or do you *fetch* it?
//! Ana: bring
//! bot: Where shall we bring it? Write the address, or send your location.
//! Ana: Hill Road 5
//! bot: - 1 × pizza, 9.50 €
//!      - 1 × tea, 2.40 €
//!      - We bring it to *Hill Road 5*, 2.50 €
//! bot: Total: *14.40 €*. Is that right? Say *yes* or *no*.
//! Ana: yes
//! bot: Thank you! Your order is number *0009*: 1 × pizza, 1 × tea.
//!      Total: *14.40 €*. We are at *Hill Road 5* in 40 minutes; you pay at the door.
//! ```
//!
//! `cargo run -- orders`; stop it in the middle and start it again: it goes on with the order.

mod cart;
mod change;
mod menu;
mod order;
mod place;
mod said;
mod wish;

use chinwag::{
    Bot,
    dispatch::{
        Profile,
        filter::{Filter, anything, pattern},
    },
    markup::{Rich, bold},
};
use order::{Order, nothing_yet};

/// The bot.
pub fn bot() -> Bot {
    Bot::new(())
        .on(about_menu(), menu)
        .on(about_hours(), hours)
        .on(enough(), async || nothing_yet())
        .dialogue::<Order>(anything())
        .interrupt(about_menu(), menu)
        .interrupt(about_hours(), hours)
        .cancel(enough(), async || "Your order is cancelled. Say *menu* to begin again.")
}

/// These are whole messages, so that nobody's address is taken for a question.
fn about_menu() -> Filter {
    let asks = r"(?:the |your |show me the )?menu(?:,? please)?[!?.]*|(?:.* )?prices?[!?.]*";
    pattern(r"(?:hi|hello|hey|start|help)\W*") | pattern(asks)
}

fn about_hours() -> Filter {
    let asks = "(?:when|how long|are you|do you) .*(?:open|close).*";
    pattern("(?:opening |your )*hours[!?.]*") | pattern(asks)
}

fn enough() -> Filter {
    pattern("(?:cancel|clear|forget)(?: it| (?:my|the) order)?[!.]*|start over[!.]*")
}

async fn menu(name: Option<Profile>) -> Rich {
    let name = name.map_or(String::new(), |Profile(name)| format!(", {name}"));
    let welcome = "Welcome to " + bold("Luna's") + name + "! This is our menu:";
    let hint = "Say what you would like, as in " + bold("2 pizza") + ".";
    welcome.line(menu::shown()).line(hint)
}

async fn hours() -> &'static str {
    "We cook every day from 11:00 to 22:00."
}

#[cfg(test)]
mod tests {
    use chinwag::{
        message::{Content, Location, Media},
        testkit::{Chat, Transcript},
    };

    use super::*;

    const TOTAL_TEA: &str = "Total: *2.40 €*. Say *checkout* when that is all.";
    const WAY: &str = "Shall we *bring* it, or do you *fetch* it?";
    const EMPTY: &str = "Your order is empty. Say *menu* to see what we have.";

    #[tokio::test]
    async fn an_order_comes_through_every_crash_of_the_store() {
        let talk = "Ana: 2 tea\nbot: (anything)\nAna: checkout\nbot: (anything)\nAna: fetch\n\
                    bot: (anything)\nAna: yes\nbot~ : 2 × tea.\nAna: total\nbot~ is empty";
        assert!(Transcript::parse(talk).unwrap().crash_everywhere(bot).await >= 40);
    }

    #[tokio::test]
    async fn one_tea_can_be_ordered_in_many_words() {
        for words in [
            "1 tea",
            "1x tea",
            "1 × Tea",
            "a tea",
            "one tea, please",
            "tea",
            "TEAS",
            "🍵",
            "1🍵",
            "order tea",
            "Order 1 x TEA",
            "add a tea",
            "I'd like a tea",
            "I’d like a tea!",
            "can I have one tea please",
            "i want tea",
            " 1   tea \n",
        ] {
            let chat = Chat::with(bot());
            chat.says(words).await.hears("Noted: *1 × tea*.").hears(TOTAL_TEA).hears_nothing();
        }
    }

    #[tokio::test]
    async fn a_copy_is_not_ordered_twice() {
        let chat = Chat::with(bot());
        chat.says("1 tea").await.hears_part("Noted").hears(TOTAL_TEA);
        chat.repeats().await.hears_part("Noted").hears(TOTAL_TEA);
        chat.says("total").await.hears("- 1 × tea, 2.40 €").hears(TOTAL_TEA);
    }

    #[tokio::test]
    async fn counts_have_bounds_and_kind_words() {
        let chat = Chat::with(bot());
        let none = "How many × tea? Say a number from 1 to 20.";
        let most = "We can make at most 20 × tea an order. For more, call us.";
        for (words, heard) in [
            ("0 tea", none),
            ("000 teas", none),
            ("21 tea", most),
            ("4294967295 tea", most),
            ("99999999999999999999999 tea", most),
        ] {
            chat.says(words).await.hears(&format!("{heard}\n{EMPTY}"));
        }
        chat.says("20 tea").await.hears("Noted: *20 × tea*.").hears_part("*48.00 €*");
        chat.says("1 tea").await.hears_part("at most 20 × tea an order, and you have 20.");
        chat.says("total").await.hears("- 20 × tea, 48.00 €").hears_part("Total: *48.00 €*.");
    }

    #[tokio::test]
    async fn what_is_not_sold_is_said_kindly() {
        let chat = Chat::with(bot());
        chat.says("2 sushi").await.hears_part("We have no “sushi”. Say *menu* to see");
        chat.says("2 *sushi*").await.hears_part("We have no “∗sushi∗”.");
        chat.says("2 piza").await.hears_part("Did you mean *2 pizza*?");
        chat.says("99 piza").await.hears_part("Did you mean *20 pizza*?");
        chat.says("1.5 pizza").await.hears_part("We have no “.5 pizza”.");
        chat.says("7").await.hears_part("Of what?");
        chat.says(format!("1 {}", "x".repeat(1_500))).await.hears_part("We have no “xxx");
        chat.says("1 a, ".repeat(300)).await.hears_part("at most 10 things");
        chat.says("piza").await.hears_part("We have no “piza”. Did you mean *1 pizza*?");
        chat.says("remove sushi").await.hears_part("We have no “sushi”.");
    }

    #[tokio::test]
    async fn things_are_taken_out_again() {
        let chat = Chat::with(bot());
        chat.says_all(["3 tea", "1 soup"]).await.hears_part("1 × soup").hears_part("*12.60 €*");
        chat.says("remove 0 tea").await.hears_part("Nothing is taken out of tea.");
        chat.says("remove 99 tea").await.hears("Taken out: *3 × tea*.").hears_part("*5.40 €*");
        chat.says("REMOVE tea").await.hears_part("There is no tea in your order.");
        chat.says("without soup").await.hears(&format!("Taken out: *1 × soup*.\n{EMPTY}"));
        chat.says("checkout").await.hears(EMPTY);
        chat.waits("30h").await.hears_nothing();
    }

    #[tokio::test]
    async fn an_order_is_cancelled_from_anywhere() {
        let steps = ["2 tea", "checkout", "bring", "Hill Road 5"];
        for (count, words) in (1..=steps.len()).flat_map(|count| {
            ["Cancel", "cancel my order!", "forget it", "start over"].map(|words| (count, words))
        }) {
            let chat = Chat::with(bot());
            chat.says(words).await.hears(EMPTY);
            chat.says_all(steps[..count].to_vec()).await;
            chat.says(words).await.hears("Your order is cancelled. Say *menu* to begin again.");
            chat.says("total").await.hears(EMPTY);
            chat.waits("23h").await.hears_nothing();
        }
    }

    #[tokio::test]
    async fn a_question_is_answered_and_the_own_one_asked_again() {
        let chat = Chat::with(bot());
        chat.says_all(["1 tea", "checkout"]).await.hears(WAY);
        for words in ["hi", "Menu", "the menu, please", "what are your prices?"] {
            chat.says(words).await.hears_part("This is our menu:").hears(WAY).hears_nothing();
        }
        for words in ["hours?", "When do you open?", "are you still open", "opening hours"] {
            chat.says(words).await.hears_part("from 11:00 to 22:00").hears(WAY).hears_nothing();
        }
        chat.says("bring").await.hears_part("Write the address");
        chat.says("12 Menu Lane, over Hours").await.hears_part("*12 Menu Lane, over Hours*");
    }

    #[tokio::test]
    async fn everything_else_gets_a_hint_and_changes_nothing() {
        let chat = Chat::with(bot());
        for is_open in [false, true] {
            if is_open {
                chat.says("1 tea").await;
            }
            for words in [
                "a question about the weather",
                "🐟",
                "how can I pay?",
                "-2 tea",
                "?",
                "thanks",
                "ok",
                "bye",
                "great",
                "cool",
                "yes",
                "no",
                "today",
                "party",
                "what",
                "sold out",
            ] {
                let heard = chat.says(words).await;
                heard.hears_part("I did not understand that. Say *menu*").hears_nothing();
            }
        }
        let photo = Media::at("https://example.com/a.jpg");
        let captioned = Content::with_media(vec![photo.clone()], "2 soup".into());
        chat.sends(photo).await.hears("I can only read text. Say *menu*, please.");
        chat.sends(Location::default()).await.hears_part("I can only read text.");
        chat.says("").await.hears_part("I can only read text.");
        chat.says("total").await.hears_part("1 × tea").hears(TOTAL_TEA);
        chat.sends(captioned).await.hears("Noted: *2 × soup*.").hears_part("*13.20 €*");
        chat.presses("Menu", "menu-button").await.hears_part("This is our menu:");
    }

    #[tokio::test]
    async fn each_person_has_an_order_of_their_own() {
        let ana = Chat::with(bot());
        let bo = ana.by("+15005550007").called("*Bo*");
        ana.says("1 tea").await.hears_part("Noted").hears(TOTAL_TEA);
        bo.says("total").await.hears(EMPTY);
        bo.says("menu").await.hears_part("Welcome to *Luna's*, ∗Bo∗!");
    }
}
