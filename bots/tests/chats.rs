//! Each bot's conversations, in quiet times and under hostile conditions.

use std::fs;

use bots::{appointments, echo, faq, orders, passcode, shipping, survey};
use chinwag::{
    Bot,
    testkit::{Transcript, chats},
};

/// A folder of transcripts, and the bot that they are of.
type Row = (&'static str, fn() -> Bot);

const CHATS: &[Row] = &[
    ("../tests/chats/echo", echo::bot),
    ("../tests/chats/orders", orders::bot),
    ("../tests/chats/faq", faq::bot),
    ("../tests/chats/survey", survey::bot),
    ("../tests/chats/appointments", appointments::bot),
    ("../tests/chats/passcode", passcode::rehearsal),
    ("../tests/chats/shipping", shipping::bot),
];

#[test]
fn each_bot_talks_as_it_is_written() {
    for (folder, bot) in CHATS {
        chats(folder, *bot);
    }
}

#[tokio::test]
async fn each_bot_talks_so_whatever_the_store_and_the_carrier_do() {
    for (folder, bot) in CHATS {
        for file in fs::read_dir(folder).unwrap() {
            let transcript = Transcript::read(file.unwrap().path()).unwrap();
            for seed in 0..5 {
                transcript.hostile(seed).run(*bot).await;
            }
        }
    }
}
