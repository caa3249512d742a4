//! A question with what is an answer to it, and what is said if it was none.

use std::{fmt, str::FromStr};

use super::step::Last;
use crate::{
    dispatch::{Error, IntoReply, Reply, Turn, fold::fold},
    message::Inbound,
};

/// A question with what is an answer to it, and what is said if it was none.
///
/// It is asked by [`Step::next`](super::Step::next) and its answer is read in the next step; a
/// function that makes it serves both.
///
/// ```
/// use chinwag::{ask, dispatch::Question};
///
/// fn count() -> Question<u8> {
///     ask("How many?")
///         .check(|count| (1..=20).contains(count))
///         .retry("A number from 1 to 20, please.")
///         .attempts(3, "Let us talk: 555-0100.")
/// }
/// ```
#[must_use = "a question is asked by Step::next"]
pub struct Question<T> {
    words: Reply,
    read: Box<Read<T>>,
    retry: Option<Reply>,
    last: Option<Last>,
}

/// Reads the answer, or has words of its own for why it is none.
type Read<T> = dyn Fn(&Inbound) -> Result<T, Option<Reply>> + Send + Sync;

/// The message was no answer to the question.
///
/// A step that returns it as its error, by `?`, has not failed: the retry text is said, the state
/// stays, and the try is counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message is no answer to the question; only a dialogue's step asks again")]
pub struct Retry(pub(super) Box<(Reply, Option<Last>)>);

/// A question whose answer is read by `FromStr`: a number, a `String`, a type of your own.
///
/// A message without words is no answer. Without a [`retry`](Question::retry) the question is asked
/// again.
pub fn ask<T: FromStr>(question: impl Into<Reply>) -> Question<T> {
    Question::reading(question.into(), |message| {
        let words = Some(message.text().trim()).filter(|words| !words.is_empty());
        words.and_then(|words| words.parse().ok()).ok_or(None)
    })
}

/// A question with a few answers, each with what it means. Case and space do not count; a button
/// or a choice from a list counts by its payload or its id too.
///
/// ```
/// use chinwag::dispatch::choose;
///
/// let right = choose("2 × pizza, right?", [("yes", true), ("no", false)]);
/// ```
pub fn choose<T: Clone + Send + Sync + 'static>(
    question: impl Into<Reply>,
    answers: impl IntoIterator<Item = (&'static str, T)>,
) -> Question<T> {
    let answers: Vec<_> =
        answers.into_iter().map(|(words, meaning)| (fold(words).into_owned(), meaning)).collect();
    Question::reading(question.into(), move |message| {
        let said = [fold(message.text()), fold(message.content.choice())];
        let found = answers.iter().find(|(words, _)| said.iter().any(|said| said == words));
        found.map(|(_, meaning)| meaning.clone()).ok_or(None)
    })
}

impl<T> Question<T> {
    /// A question whose answer is read by this closure; its error is what is said then.
    ///
    /// ```
    /// use chinwag::dispatch::Question;
    ///
    /// let receipt = Question::new("Please send the *receipt*.", |message| {
    ///     message.media().first().cloned().ok_or("A photo or a PDF, please.")
    /// });
    /// ```
    pub fn new<R: Into<Reply>>(
        question: impl Into<Reply>,
        read: impl Fn(&Inbound) -> Result<T, R> + Send + Sync + 'static,
    ) -> Self {
        Self::reading(question.into(), move |message| read(message).map_err(|why| Some(why.into())))
    }

    fn reading(
        words: Reply,
        read: impl Fn(&Inbound) -> Result<T, Option<Reply>> + Send + Sync + 'static,
    ) -> Self {
        Self { words, read: Box::new(read), retry: None, last: None }
    }

    /// Only what this holds for is an answer.
    pub fn check(self, holds: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self
    where
        T: 'static,
    {
        let read = self.read;
        let read = Box::new(move |message: &Inbound| {
            read(message).and_then(|answer| if holds(&answer) { Ok(answer) } else { Err(None) })
        });
        Self { read, ..self }
    }

    /// This is said if a message is no answer.
    pub fn retry(self, words: impl Into<Reply>) -> Self {
        Self { retry: Some(words.into()), ..self }
    }

    /// After this many messages that were no answer, these are the last words, and the dialogue is
    /// done.
    pub fn attempts(self, most: u32, last_words: impl Into<Reply>) -> Self {
        Self { last: Some(Last { tries: most, words: last_words.into() }), ..self }
    }

    /// What the message answers.
    ///
    /// # Errors
    /// If it is no answer; a step returns the error by `?`, and the question stays open.
    pub fn answer<S>(&self, turn: &Turn<S>) -> Result<T, Retry> {
        (self.read)(turn.message()).map_err(|words| {
            let words = words.or_else(|| self.retry.clone()).unwrap_or_else(|| self.words.clone());
            Retry(Box::new((words, self.last.clone())))
        })
    }
}

impl<T> IntoReply for Question<T> {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self.words)
    }
}

impl<T> IntoReply for &Question<T> {
    fn into_reply(self) -> Result<Reply, Error> {
        Ok(self.words.clone())
    }
}

impl<T> fmt::Debug for Question<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("words", &self.words).finish_non_exhaustive()
    }
}
