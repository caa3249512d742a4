//! Takes orders for a small trattoria: a menu, a running total, a checkout.
//!
//! ```text
//! Ana: hi
//! bot: Welcome to *Luna's*, Ana! This is our menu:
//!      - 🍕 pizza, *9.50 €*
//!      - 🍝 pasta, *8.80 €*
//!      …
//!      Say what you would like, as in *2 pizza*.
//! Ana: 2 pizza and a tea
//! bot: Noted: *2 × pizza*.
//!      Noted: *1 × tea*.
//!      Total: *21.40 €*. Say *checkout* when that is all.
//! Ana: order 3 x cofee
//! bot: We have no “cofee”. Did you mean *3 coffee*?
//!      Total: *21.40 €*. Say *checkout* when that is all.
//! Ana: remove 1 pizza
//! bot: Taken out: *1 × pizza*.
//!      Total: *11.90 €*. Say *checkout* when that is all.
//! Ana: checkout
//! bot: In how many minutes will you fetch it?
//! Ana: soon
//! bot: A number of minutes, please, from 20 to 180.
//! Ana: 30
//! bot: - 1 × pizza, 9.50 €
//!      - 1 × tea, 2.40 €
//!      Total: *11.90 €*, to be fetched in 30 minutes.
//! bot: Shall we make it? *yes* or *no*
//! Ana: yes
//! bot: Thank you! Your order is number *0008*.
//!      You pay *11.90 €* when you fetch it, in 30 minutes.
//! ```

mod cart;
mod checkout;
mod menu;
mod wish;

use cart::Cart;
use checkout::Checkout;
use chinwag::{
    Bot, Captures, Remembered, Text,
    dispatch::{
        Profile,
        filter::{pattern, words},
    },
    markup::{Rich, bold},
};
use menu::euros;
use wish::{Wish, Wishes};

/// A reply, and the cart after it.
type Answer = (Rich, Remembered<Cart>);

/// Letters of a name that are repeated in an answer.
const SHOWN: usize = 30;

/// The bot.
pub fn bot() -> Bot {
    let asks = pattern(r"(?s)(?:order|add|buy|i want|i(?:'|’)?d like|can i (?:have|get))\s+(.+)");
    Bot::new(())
        .on(pattern(r"(?:hi|hello|hey|start|help)\W*") | words(["menu", "price", "prices"]), menu)
        .dialogue::<Checkout>(pattern(r"check ?out|pay|done|that(?:'|’)?s (?:all|it)"))
        .interrupt(pattern("menu|total|cart|basket|my order"), menu_or_total)
        .cancel(pattern("cancel|clear|start over"), cancel)
        .on(pattern("total|cart|basket|my order"), total)
        .on(pattern("cancel|clear|start over"), cancel)
        .on(pattern(r"(?s)(?:remove|without|minus)\s+(.+)"), remove)
        .on(asks | pattern(r"(?s)(\d.*)"), add)
        .otherwise(anything_else)
}

async fn menu(name: Option<Profile>) -> Rich {
    let name = name.map_or(String::new(), |Profile(name)| format!(", {name}"));
    let welcome = "Welcome to " + bold("Luna's") + name + "! This is our menu:";
    let hint = "Say what you would like, as in " + bold("2 pizza") + ".";
    welcome.line(menu::shown()).line(hint)
}

async fn add(
    Captures((Wishes(wishes),)): Captures<(Wishes,)>,
    Remembered(cart): Remembered<Cart>,
) -> Answer {
    for_each(&wishes, cart, add_one)
}

async fn remove(
    Captures((Wishes(wishes),)): Captures<(Wishes,)>,
    Remembered(cart): Remembered<Cart>,
) -> Answer {
    for_each(&wishes, cart, remove_one)
}

async fn total(Remembered(cart): Remembered<Cart>) -> Rich {
    if cart.is_empty() { nothing_yet() } else { lines(&cart).line(so_far(&cart)) }
}

async fn cancel() -> Answer {
    let words = "Your order is cancelled. Say " + bold("menu") + " to begin again.";
    (words, Remembered(Cart::default()))
}

/// What is asked for in the middle of the checkout.
async fn menu_or_total(Text(said): Text, Remembered(cart): Remembered<Cart>) -> Rich {
    if said.trim().eq_ignore_ascii_case("menu") { menu::shown() } else { lines(&cart) }
}

/// Names without a count, such as `pizza` or `🍕`, and whatever was not understood.
async fn anything_else(said: Option<Text>, Remembered(cart): Remembered<Cart>) -> Answer {
    let Some(Text(said)) = said else {
        let words = "I can only read text. Say " + bold("menu") + ", please.";
        return (words, Remembered(cart));
    };
    let Ok(Wishes(wishes)) = said.parse();
    let is_order = wishes
        .iter()
        .all(|wish| menu::find(&wish.name).is_some() || menu::nearest(&wish.name).is_some());
    if is_order && !wishes.is_empty() {
        return for_each(&wishes, cart, add_one);
    }
    let words =
        "I did not understand that. Say " + bold("menu") + ", or what you would like, as in ";
    (words + bold("2 pizza") + ".", Remembered(cart))
}

fn for_each(wishes: &[Wish], mut cart: Cart, change: fn(&Wish, &mut Cart) -> Rich) -> Answer {
    if wishes.len() > wish::MOST {
        let words = format!("That is a lot at once. Please say at most {} things.", wish::MOST);
        return (words.into(), Remembered(cart));
    }
    let words = wishes.iter().map(|wish| change(wish, &mut cart)).fold(Rich::new(), Rich::line);
    (words.line(so_far(&cart)), Remembered(cart))
}

fn add_one(Wish { count, name }: &Wish, cart: &mut Cart) -> Rich {
    let count = count.unwrap_or(1);
    let Some(item) = menu::find(name) else { return unknown(count, name) };
    if count == 0 {
        return format!("How many × {}? Say a number from 1 to {}.", item.name, cart::MOST).into();
    }
    if cart.add(item, count) {
        return "Noted: " + bold(format!("{count} × {}", item.name)) + ".";
    }
    let have = match cart.count(item) {
        0 => String::new(),
        have => format!(", and you have {have}"),
    };
    let most = cart::MOST;
    format!("We can make at most {most} × {} an order{have}. For more, call us.", item.name).into()
}

fn remove_one(Wish { count, name }: &Wish, cart: &mut Cart) -> Rich {
    let Some(item) = menu::find(name) else { return unknown(count.unwrap_or(1), name) };
    match cart.remove(item, count.unwrap_or(u32::MAX)) {
        0 if *count == Some(0) => format!("Nothing is taken out of {}.", item.name).into(),
        0 => format!("There is no {} in your order.", item.name).into(),
        count => "Taken out: " + bold(format!("{count} × {}", item.name)) + ".",
    }
}

fn unknown(count: u32, name: &str) -> Rich {
    let shown: String = name.chars().take(SHOWN).collect();
    let words = if shown.is_empty() {
        Rich::from("Of what?")
    } else {
        format!("We have no “{shown}”.").into()
    };
    match menu::nearest(name) {
        Some(item) => {
            let count = count.clamp(1, cart::MOST);
            words + " Did you mean " + bold(format!("{count} {}", item.name)) + "?"
        }
        None => words + " Say " + bold("menu") + " to see what we have.",
    }
}

fn lines(cart: &Cart) -> Rich {
    let line = |(item, count): (&menu::Item, u32)| {
        format!("{count} × {}, {}", item.name, euros(item.cents * count))
    };
    Rich::new().bullets(cart.lines().map(line))
}

fn so_far(cart: &Cart) -> Rich {
    if cart.is_empty() {
        return nothing_yet();
    }
    let total = "Total: " + bold(euros(cart.total()));
    total + ". Say " + bold("checkout") + " when that is all."
}

fn nothing_yet() -> Rich {
    "Your order is empty. Say " + bold("menu") + " to see what we have."
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use chinwag::{
        conversation::clock::{Clock, ManualClock},
        message::{Content, Inbound, Location, Media, MessageSid},
        store::{Memory, Store},
        testkit::Chat,
    };

    use super::*;

    const TOTAL_TEA: &str = "Total: *2.40 €*. Say *checkout* when that is all.";
    const EMPTY: &str = "Your order is empty. Say *menu* to see what we have.";

    #[tokio::test]
    async fn an_order_from_the_menu_to_the_checkout() {
        let ana = Chat::with(bot());
        let menu = ana.says("Hi!").await.hears_part("Welcome to *Luna's*, Ana!");
        menu.hears_nothing();
        let noted = "Noted: *2 × pizza*.\nNoted: *1 × tea*.\nTotal: *21.40 €*. Say *checkout* when \
             that is all.";
        ana.says("2 pizza and a tea").await.hears(noted);
        ana.says("order 3 x cofee")
            .await
            .hears_part("We have no “cofee”. Did you mean *3 coffee*?");
        ana.says("remove 1 pizza").await.hears_part("Taken out: *1 × pizza*.\nTotal: *11.90 €*.");
        ana.says("checkout").await.hears("In how many minutes will you fetch it?");
        ana.says("soon").await.hears("A number of minutes, please, from 20 to 180.");
        let summary = "- 1 × pizza, 9.50 €\n- 1 × tea, 2.40 €\nTotal: *11.90 €*, to be fetched in \
             30 minutes.";
        ana.says("30").await.hears(summary).hears("Shall we make it? *yes* or *no*");
        let order = "Thank you! Your order is number *0008*.\nYou pay *11.90 €* when you fetch it, \
             in 30 minutes.";
        ana.says("Yes").await.hears(order).hears_nothing();
        ana.repeats().await.hears(order);
        ana.says("total").await.hears(EMPTY);
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
            chat.says(words).await.hears(&format!("Noted: *1 × tea*.\n{TOTAL_TEA}"));
        }
    }

    #[tokio::test]
    async fn a_copy_is_not_ordered_twice() {
        let chat = Chat::with(bot());
        chat.says("1 tea").await.hears_part(TOTAL_TEA);
        chat.repeats().await.hears_part(TOTAL_TEA);
        chat.says("total").await.hears(&format!("- 1 × tea, 2.40 €\n{TOTAL_TEA}"));
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
        chat.says("20 tea").await.hears_part("Noted: *20 × tea*.\nTotal: *48.00 €*.");
        chat.says("1 tea").await.hears_part("at most 20 × tea an order, and you have 20.");
        chat.says("total").await.hears_part("- 20 × tea, 48.00 €\nTotal: *48.00 €*.");
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
        chat.says_all(["3 tea", "1 soup"]).await.hears_part("*12.60 €*");
        chat.says("remove 0 tea").await.hears_part("Nothing is taken out of tea.");
        chat.says("remove 99 tea").await.hears_part("Taken out: *3 × tea*.\nTotal: *5.40 €*.");
        chat.says("REMOVE tea").await.hears_part("There is no tea in your order.");
        chat.says("without soup").await.hears(&format!("Taken out: *1 × soup*.\n{EMPTY}"));
        chat.says_all(["3 tea", "Cancel"]).await.hears_part("Your order is cancelled.");
        chat.says("checkout").await.hears(EMPTY);
    }

    #[tokio::test]
    async fn a_checkout_may_be_left_cancelled_and_interrupted() {
        let chat = Chat::with(bot());
        chat.says("checkout").await.hears(EMPTY);
        chat.says_all(["1 tea", "that's all", "19"]).await.hears_part("from 20 to 180");
        let total = chat.says("total").await.hears("- 1 × tea, 2.40 €");
        total.hears("In how many minutes will you fetch it?");
        chat.says_all(["20", "no"]).await.hears_part("It stays as it is.");
        chat.says("total").await.hears_part(TOTAL_TEA);
        chat.says_all(["checkout", "x", "y", "z"]).await.hears_part("Let us talk about it");
        chat.says_all(["checkout", "60", "Cancel"]).await.hears_part("Your order is cancelled.");
        chat.says("total").await.hears(EMPTY);
    }

    #[tokio::test]
    async fn an_order_goes_on_where_it_was_when_the_bot_starts_again() {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::default()));
        let starts = || bot().store(Arc::clone(&store)).clock(Arc::clone(&clock));
        let says = async |sid: u128, words: &str| {
            let (ana, us) = ("whatsapp:+15005550006", "whatsapp:+14155238886");
            let (ana, us) = (ana.parse().unwrap(), us.parse().unwrap());
            let message = Inbound::new(MessageSid::new(sid), ana, us, words.into());
            let reply = starts().receive(message).await.unwrap();
            reply.messages().last().unwrap().body.clone()
        };
        says(1, "2 tea").await;
        says(2, "checkout").await;
        assert_eq!(says(3, "45").await, "Shall we make it? *yes* or *no*");
        clock.advance(Duration::from_mins(30));
        assert_eq!(starts().ring().await.unwrap(), 1);
        let parcels = store.claim(clock.now(), 9).await.unwrap();
        let body = String::from_utf8_lossy(&parcels[0].parcel.body).into_owned();
        assert!(body.contains("The oven is warm."), "{body}");
        assert!(says(4, "yes").await.starts_with("Thank you!"));
        assert_eq!(starts().ring().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn everything_else_gets_a_hint_and_changes_nothing() {
        let chat = Chat::with(bot());
        chat.says("1 tea").await;
        for words in [
            "a question about opening hours",
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
            chat.says(words).await.hears_part("I did not understand that. Say *menu*");
        }
        let photo = Media::at("https://example.com/a.jpg");
        let captioned = Content::with_media(vec![photo.clone()], "2 soup".into());
        chat.sends(photo).await.hears("I can only read text. Say *menu*, please.");
        chat.sends(Location::default()).await.hears_part("I can only read text.");
        chat.says("").await.hears_part("I can only read text.");
        chat.says("total").await.hears_part(TOTAL_TEA);
        chat.sends(captioned).await.hears_part("Noted: *2 × soup*.\nTotal: *13.20 €*.");
        chat.presses("Menu", "menu-button").await.hears_part("This is our menu:");
    }

    #[tokio::test]
    async fn each_person_has_an_order_of_their_own() {
        let ana = Chat::with(bot());
        let bo = ana.by("+15005550007").called("*Bo*");
        ana.says("1 tea").await.hears_part(TOTAL_TEA);
        bo.says("total").await.hears(EMPTY);
        bo.says("menu").await.hears_part("Welcome to *Luna's*, ∗Bo∗!");
    }
}
