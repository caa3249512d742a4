//! Signs people in with a one-time code: sent by template, good for ten minutes, five tries and three
//! codes an hour.
//!
//! ```text
//! Ana: hi
//! bot: This is *Sparrow Bank*. Say *sign in*, and we send you a code here, on WhatsApp.
//! Ana: sign in
//! bot: Your code is on its way. Send it to us within 10 minutes.
//! --- 2s
//! bot: Your Sparrow Bank code is 409173
//! Ana: 409137
//! bot: That is not the code. You have 4 tries left.
//! Ana: 409 173
//! bot: You are signed in. Welcome, Ana!
//! ```
//!
//! `cargo run -- passcode`

mod lock;

use chinwag::{
    Bot, Captures, Remembered, Reply, Result, Text,
    conversation::{OptIn, clock::Timestamp},
    dispatch::{IntoReply, Later, Profile},
    pattern, template,
};
use lock::{Lock, Opened, Refused};

template! {
    /// A code, as it is registered for Twilio's sandbox.
    struct Code { whose, code }
    name: "code",
    body: "Your {{1}} code is {{2}}",
}

/// The bot.
pub fn bot() -> Bot {
    with(random)
}

/// The bot with one code that everybody knows, for tests and transcripts.
pub fn rehearsal() -> Bot {
    with(|| Ok("409173".to_owned()))
}

fn with(draw: fn() -> Result<String>) -> Bot {
    let sign_in = move |now: Timestamp, Text(words): Text, lock: Remembered<Lock>| async move {
        sign_in(now, &words, lock, draw)
    };
    Bot::new(())
        .on(pattern(r"(?:sign|log) ?in\W*|(?:new|another) code\W*"), sign_in)
        .on(pattern(r"\W*(\d[\d -]{2,12}\d)\W*"), check)
        .otherwise(async || {
            "This is *Sparrow Bank*. Say *sign in*, and we send you a code here, on WhatsApp."
        })
}

/// Six digits that nobody can guess.
fn random() -> Result<String> {
    Ok(format!("{:06}", getrandom::u64()? % 1_000_000))
}

/// Sends a new code; the old one is worth nothing any more.
fn sign_in(
    now: Timestamp,
    words: &str,
    Remembered(mut lock): Remembered<Lock>,
    draw: fn() -> Result<String>,
) -> Result<Reply> {
    if let Err(Refused { minutes }) = lock.may_change(now) {
        let s = if minutes == 1 { "" } else { "s" };
        return Ok(Reply::text(format!("That were many codes. Try again in {minutes} minute{s}.")));
    }
    let code = draw()?;
    lock.change(&code, now);
    let code = Code { whose: "Sparrow Bank".to_owned(), code };
    let said = "Your code is on its way. Send it to us within 10 minutes.";
    let reply = (said, Remembered(lock)).into_reply()?;
    Ok(reply.opting_in(OptIn::with(words)).later(Later::at(now, "code", code)?.at_any_hour()))
}

async fn check(
    now: Timestamp,
    Captures((digits,)): Captures<(String,)>,
    name: Option<Profile>,
    Remembered(mut lock): Remembered<Lock>,
) -> (String, Remembered<Lock>) {
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let said = match lock.open(&digits, now) {
        Opened::Yes => {
            let name = name.map_or(String::new(), |Profile(name)| format!(", {name}"));
            format!("You are signed in. Welcome{name}!")
        }
        Opened::No { left: 0 } => {
            "That is not the code either. Say *sign in* for a new one.".to_owned()
        }
        Opened::No { left: 1 } => "That is not the code. You have 1 try left.".to_owned(),
        Opened::No { left } => format!("That is not the code. You have {left} tries left."),
        Opened::Over => "There is no code that is still good. Say *sign in* for one.".to_owned(),
    };
    (said, Remembered(lock))
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::Chat;

    use super::*;

    const SENT: &str = "Your code is on its way. Send it to us within 10 minutes.";
    const OVER: &str = "There is no code that is still good. Say *sign in* for one.";

    #[tokio::test]
    async fn a_code_comes_by_template_and_opens_once() {
        let chat = Chat::with(rehearsal());
        chat.says("Sign in!").await.hears(SENT).hears_nothing();
        chat.waits("1s").await.hears("Your Sparrow Bank code is 409173").hears_nothing();
        chat.says("My code: 409173").await.hears_part("This is *Sparrow Bank*");
        chat.says("409-173.").await.hears("You are signed in. Welcome, Ana!");
        chat.says("409173").await.hears(OVER);
    }

    #[tokio::test]
    async fn a_code_is_good_for_ten_minutes() {
        for (time, is_good) in [("599s", true), ("10 min", false)] {
            let chat = Chat::with(rehearsal());
            chat.says("sign in").await;
            chat.waits(time).await;
            let heard = chat.says("409173").await;
            heard.hears_part(if is_good { "You are signed in" } else { OVER });
        }
    }

    #[tokio::test]
    async fn five_tries_are_all() {
        let chat = Chat::with(rehearsal());
        chat.says("sign in").await;
        for left in ["4 tries", "3 tries", "2 tries", "1 try"] {
            chat.says("000000").await.hears_part(left);
        }
        chat.says("000000").await.hears_part("not the code either");
        chat.says("409173").await.hears(OVER);
        chat.says("another code").await.hears(SENT);
        chat.says("409173").await.hears_part("You are signed in");
    }

    #[tokio::test]
    async fn three_codes_an_hour_are_all() {
        let chat = Chat::with(rehearsal());
        for _ in 0..3 {
            chat.says("log in").await.hears(SENT);
            chat.waits("10 min").await;
        }
        let full = "That were many codes. Try again in 30 minutes.";
        chat.says("log in").await.hears(full).hears_nothing();
        chat.waits("1790s").await.hears_nothing();
        chat.says("log in").await.hears_part("in 1 minute.");
        chat.waits("10s").await;
        chat.says("log in").await.hears(SENT);
        chat.by("+15005550007").says("log in").await.hears(SENT);
    }

    #[tokio::test]
    async fn nobody_gets_a_code_after_stop() {
        let chat = Chat::with(rehearsal());
        chat.says_all(["sign in", "STOP"]).await.hears_part("You will hear no more");
        chat.waits("1 min").await.hears_nothing();
        chat.says("sign in").await.hears_nothing();
        chat.waits("1 min").await.hears_nothing();
    }

    #[test]
    fn codes_are_six_digits_and_differ() {
        let codes: Vec<_> = (0..100).map(|_| random().unwrap()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.parse::<u32>().is_ok()));
        assert!(codes.iter().collect::<std::collections::HashSet<_>>().len() > 90);
    }
}
