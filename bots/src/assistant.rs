//! Answers any question by a language model of your choice, and keeps to the thread.
//!
//! ```text
//! Ana: What is a sourdough starter?
//! bot: I have nothing to think with yet. Start me with a language model that speaks OpenAI's API:
//!      ```
//!      CHINWAG_ASSISTANT_URL=http://127.0.0.1:11434/v1
//!      CHINWAG_ASSISTANT_MODEL=llama3.2
//!      ```
//!      and `CHINWAG_ASSISTANT_KEY`, if it asks for a key.
//! Ana: help
//! bot: Ask me anything, in words. I remember what we talked about; say *new* to begin again.
//! ```

mod endpoint;
mod thread;

use chinwag::{
    Bot, Remembered, Reply, State, Text,
    dispatch::filter::{media, text},
    markup::{Rich, bold, code},
};

use endpoint::Trouble;
pub use endpoint::{Endpoint, InvalidEndpoint};
use thread::Thread;

/// What it is started by.
pub const NAME: &str = "assistant";
/// The variables that name what it thinks with, read by the binaries.
pub const URL: &str = "CHINWAG_ASSISTANT_URL";
/// The model's name at that address.
pub const MODEL: &str = "CHINWAG_ASSISTANT_MODEL";
/// The key, where one is needed.
pub const KEY: &str = "CHINWAG_ASSISTANT_KEY";

/// Longest question, in characters: a few pages.
const LONGEST: usize = 8_000;

/// The bot as long as nothing is set for it to think with.
pub fn bot() -> Bot {
    Bot::new(()).on(text("help"), async || help()).otherwise(async || what_to_set())
}

/// The bot that answers by this endpoint. An answer may take as long as it takes: the webhook hands
/// it off by itself.
pub fn answering(endpoint: Endpoint) -> Bot<Endpoint> {
    Bot::new(endpoint)
        .on(text("help"), async || help())
        .on(text("new").or(text("reset")), async || {
            ("Let us begin again. What would you like to know?", Remembered(Thread::default()))
        })
        .on(media(), async || "I can only read. Put it into words?")
        .otherwise(answer)
}

fn help() -> Rich {
    "Ask me anything, in words. I remember what we talked about; say "
        + bold("new")
        + " to begin again."
}

fn what_to_set() -> Rich {
    let example = format!("{URL}=http://127.0.0.1:11434/v1\n{MODEL}=llama3.2");
    Rich::from(
        "I have nothing to think with yet. Start me with a language model that speaks OpenAI's API:",
    )
    .code_block(example)
    .line("and " + code(KEY) + ", if it asks for a key.")
}

/// What the model says, as WhatsApp shows it. A question without an answer is forgotten.
async fn answer(
    State(endpoint): State<Endpoint>,
    Text(question): Text,
    Remembered(thread): Remembered<Thread>,
) -> (Reply, Option<Remembered<Thread>>) {
    if question.chars().count() > LONGEST {
        return ("That is too long for me. Ask in fewer words?".into(), None);
    }
    match endpoint.complete(thread.messages(&question)).await {
        Ok(answer) => {
            let reply = Rich::from_markdown(&answer).into();
            (reply, Some(Remembered(thread.and(question, answer))))
        }
        Err(trouble) => {
            tracing::error!(%trouble, "the assistant has no answer");
            (excuse(&trouble).into(), None)
        }
    }
}

fn excuse(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Busy => "I am asked too much just now. Please try again in a minute.",
        Trouble::TooLong => "That is too much for me at once. Say *new*, and ask in fewer words?",
        _ => "Sorry, I cannot think just now. Please try again in a few minutes.",
    }
}

#[cfg(test)]
mod tests;
