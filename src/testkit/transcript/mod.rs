//! Transcripts: conversations in files, which are tests.

mod folder;
mod mark;
mod play;
mod read;

use std::{fmt, fs, path::Path, sync::Arc};

pub use folder::chats;
pub use read::InvalidTranscript;

use self::{
    play::Cast,
    read::{Step, steps},
};
use super::{Chat, Fault, Hostile, hostile::Stage};
use crate::dispatch::Bot;

/// A conversation as a file, which is a test: what people say, and what the bot answers.
///
/// ```text
/// # A comment. The first person has Ana's number, the next ones those that follow it.
/// Ana: hi
/// bot: Hello, *Ana*!
///      A text goes on below, indented.
/// bot~ some words of the next message
/// bot/ ^or a (regular )?expression
/// or: Or this text.
/// Bo: [taps Yes = yes-payload]
/// bot: (says nothing)
/// Ana: [https://example.com/cat.jpg] my cat
/// bot: [https://example.com/menu.png] Our menu
/// Ana: [location 52.52, 13.405 Town hall]
/// bot: (anything)
/// --- 25h
/// Ana: fail
/// bot: (the handler failed: the printer is on fire)
/// ```
///
/// - All that the bot says is listed, in order; `(anything)` stands for whatever else there is.
/// - A list's row is `[chooses Tea = r1]`, a form's fields `[flow {…}]`, a photo by its type
///   `[image/jpeg]`; `[again]` is a copy of the newest message.
/// - After `---`, `bot: …` is what comes unasked to whoever spoke last, `bot to Bo: …` to others.
/// - A text that would be misread (it begins with `[` or `(`, or white space is part of it) stands
///   in quotes, as JSON.
/// - A person whose name is a number, `+15005550009`, has that number and no name.
///
/// What [`Chat`] prints is a transcript.
///
/// ```
/// use chinwag::{Bot, testkit::Transcript, text};
///
/// fn bot() -> Bot {
///     Bot::new(()).on(text("hi"), async || "Hello!")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), chinwag::testkit::InvalidTranscript> {
/// let transcript = Transcript::parse("Ana: hi\nbot: Hello!\n")?;
/// transcript.run(bot).await;
/// transcript.hostile(7).run(bot).await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Transcript {
    name: String,
    text: String,
    steps: Vec<Step>,
    /// None in quiet times.
    conditions: Option<Hostile>,
}

/// Where a conversation went otherwise than its transcript: `file:line`, what was wanted and heard,
/// the talk so far, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}\n{what}")]
pub struct Mismatch {
    place: String,
    what: String,
}

impl Transcript {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or is no transcript; the error names the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, InvalidTranscript> {
        let name = path.as_ref().display().to_string();
        match fs::read_to_string(&path) {
            Ok(text) => Self::named(name, &text),
            Err(error) => Err(InvalidTranscript { name, line: 0, why: error.to_string() }),
        }
    }

    /// Reads a text.
    ///
    /// # Errors
    /// If it is no transcript; the error names the line.
    pub fn parse(text: &str) -> Result<Self, InvalidTranscript> {
        Self::named("transcript".to_owned(), text)
    }

    /// The same transcript under the hostile conditions of this seed: see [`Hostile`].
    ///
    /// A message whose answer tells the time to the second may be answered otherwise, as faults
    /// take their time.
    #[must_use]
    pub fn hostile(&self, seed: u64) -> Self {
        self.under(Hostile::new(seed))
    }

    /// The same transcript under these conditions.
    #[must_use]
    pub fn under(&self, conditions: Hostile) -> Self {
        Self { conditions: Some(conditions), ..self.clone() }
    }

    /// Plays it with this bot.
    ///
    /// # Panics
    /// If the bot says anything else.
    #[expect(clippy::panic, reason = "a check ends the test")]
    pub async fn run<S>(&self, bot: impl Fn() -> Bot<S> + Send + Sync + 'static)
    where
        S: Send + Sync + 'static,
    {
        if let Err(mismatch) = self.check(bot).await {
            panic!("{mismatch}");
        }
    }

    /// Plays it with this bot.
    ///
    /// # Errors
    /// If the bot says anything else.
    pub async fn check<S>(
        &self,
        bot: impl Fn() -> Bot<S> + Send + Sync + 'static,
    ) -> Result<(), Mismatch>
    where
        S: Send + Sync + 'static,
    {
        match &self.conditions {
            None => self.plays(Chat::with(bot())).await,
            Some(conditions) => self.plays(conditions.chat(bot)).await,
        }
    }

    /// Plays it with this bot again and again: each time one call of the store goes wrong in one
    /// way, until each has in each. Says how many times it was played.
    ///
    /// The worker crashes before and after the call, the call is refused, its answer is lost.
    ///
    /// # Panics
    /// If the bot says anything else.
    #[expect(clippy::panic, reason = "a check ends the test")]
    pub async fn crash_everywhere<S>(
        &self,
        bot: impl Fn() -> Bot<S> + Clone + Send + Sync + 'static,
    ) -> u64
    where
        S: Send + Sync + 'static,
    {
        const FAULTS: [Fault; 4] =
            [Fault::CrashBefore, Fault::CrashAfter, Fault::Refused, Fault::Lost];
        let conditions = self.conditions.clone().unwrap_or_else(|| Hostile::new(0));
        let plays = async |call, fault| {
            let stage = Arc::new(conditions.but(call, fault).stage(bot.clone()));
            let line: Arc<Stage> = Arc::clone(&stage);
            if let Err(mismatch) = self.plays(Chat::over(line)).await {
                panic!("{mismatch}");
            }
            stage.calls().await.0
        };
        // No call has this number.
        let calls = plays(0, Fault::Refused).await;
        for call in 1..=calls {
            for fault in FAULTS {
                plays(call, fault).await;
            }
        }
        calls * 4
    }

    fn named(name: String, text: &str) -> Result<Self, InvalidTranscript> {
        match steps(text) {
            Ok(steps) => Ok(Self { name, text: text.to_owned(), steps, conditions: None }),
            Err((line, why)) => Err(InvalidTranscript { name, line: line + 1, why }),
        }
    }

    async fn plays(&self, chat: Chat) -> Result<(), Mismatch> {
        let mut cast = Cast::new(chat);
        for step in &self.steps {
            if let Some((line, what)) = cast.plays(step).await.complaint {
                return Err(Mismatch { place: format!("{}:{}", self.name, line + 1), what });
            }
        }
        let ended = cast.ends().await;
        ended.map_err(|what| Mismatch { place: self.name.clone(), what })
    }

    /// Plays it, and writes down what was heard where something else was wanted.
    async fn rewritten(&self, chat: Chat) -> String {
        let mut cast = Cast::new(chat);
        let mut lines = self.text.lines();
        let mut at = 0;
        let mut text = Vec::new();
        for step in &self.steps {
            let played = cast.plays(step).await;
            let is_new = step.wanted.is_empty() && !played.heard.is_empty();
            if played.complaint.is_none() && !is_new {
                continue;
            }
            text.extend(lines.by_ref().take(step.lines.start - at).map(ToOwned::to_owned));
            text.extend(played.heard);
            lines.by_ref().take(step.lines.len()).for_each(drop);
            at = step.lines.end;
        }
        text.extend(lines.map(ToOwned::to_owned));
        text.iter().fold(String::new(), |text, line| text + line + "\n")
    }
}

/// The text of the transcript.
impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[tokio::test]
    async fn what_differs_is_replaced_and_what_is_missing_is_filled_in() {
        let bot = || Bot::new(()).on(text("hi"), async || vec!["Hello!\n\nHow are you?", "Well?"]);
        let transcript = Transcript::parse(
            "# Kept.\nAna: hi\n\n# Kept too.\nAna: hi\nbot: Hi.\n    You.\nor: Hey.\n\n\
             Ana: hi\nbot~ How are\nbot: Well?\nAna: what?\nbot: What?\n# The end.\n",
        );
        let text = transcript.unwrap().rewritten(Chat::with(bot())).await;
        let hello = "bot: Hello!\n\n     How are you?\nbot: Well?\n";
        assert_eq!(
            text,
            format!(
                "# Kept.\nAna: hi\n{hello}\n# Kept too.\nAna: hi\n{hello}\n\
                 Ana: hi\nbot~ How are\nbot: Well?\nAna: what?\nbot: (says nothing)\n# The end.\n"
            )
        );
        Transcript::parse(&text).unwrap().run(bot).await;
    }
}
