//! Bots whose state shows every effect, and messages to them.

use chinwag::{
    Bot, Remembered, Stored, Text,
    message::{Inbound, MessageSid},
};
use serde::{Deserialize, Serialize};

/// What was said in a conversation, in the order in which it was handled.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Said(pub(crate) Vec<String>);

impl Stored for Said {
    const NAME: &'static str = "said";
}

/// Remembers each message, and answers with all of them.
pub(crate) fn diary() -> Bot {
    Bot::new(()).otherwise(async |Text(text), Remembered(Said(mut said)): Remembered<Said>| {
        said.push(text);
        (said.join(" "), Remembered(Said(said)))
    })
}

/// A message of a person to a sender of ours, both by their numbers.
pub(crate) fn message(sid: u128, person: u64, text: &str) -> Inbound {
    let from = format!("whatsapp:+1{person:010}").parse().unwrap();
    let to = "whatsapp:+14155238886".parse().unwrap();
    Inbound::new(MessageSid::new(sid), from, to, text.into())
}
