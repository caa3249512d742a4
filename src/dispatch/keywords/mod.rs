//! STOP, START and HELP: the words that are heeded before any handler, and what answers them.

mod heed;
mod languages;

use std::{borrow::Cow, collections::HashMap};

use languages::LANGUAGES;

use super::fold;
use crate::message::{Content, Inbound};

/// Bytes of a message that may be a word: longer ones are not looked at.
const LONGEST: usize = 200;
/// The language whose texts stand in where another has none.
const ENGLISH: &str = "en";

/// The words for STOP, START and HELP, by language, and the texts that answer them.
///
/// A word counts if it is the whole message: in any letter case, as full-width letters too, with
/// whatever signs around it. After STOP nothing is sent and no handler runs before START; both
/// cannot be switched off.
///
/// | word | when it counts |
/// | --- | --- |
/// | STOP, UNSUBSCRIBE, OPTOUT, REVOKE, and so on | always |
/// | CANCEL, END, QUIT and the like | unless a dialogue runs, or a route or the end of a dialogue asks for that |
/// | START, UNSTOP, YES | after STOP; otherwise handlers get them |
/// | HELP, INFO | if there is a [help text](Self::help_text); otherwise handlers get them |
///
/// English, German, Spanish, Portuguese, French, Italian and Dutch are there; a language is named
/// as in ISO 639-1.
///
/// ```
/// use chinwag::{Bot, dispatch::Keywords};
///
/// let keywords = Keywords::usual()
///     .stop("tr", ["dur", "abonelikten çık"])
///     .stop_text("tr", "Artık size yazmayacağız. *START* yazarak dönebilirsiniz.")
///     .help_text("en", "Corner Shop: call +1 415 555 0100. Say *STOP* to hear no more.");
/// let bot = Bot::new(()).keywords(keywords);
/// ```
#[derive(Debug, Clone)]
#[must_use = "keywords do nothing until they are given to a bot"]
pub struct Keywords {
    /// By the folded word.
    words: HashMap<Box<str>, Word>,
    languages: Vec<Texts>,
}

/// What a word means, and in which of the languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word {
    means: Means,
    language: usize,
}

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    Stop,
    WeakStop,
    Start,
    Help,
}

/// What is answered in one language.
#[derive(Debug, Clone)]
struct Texts {
    code: Box<str>,
    stopped: Option<String>,
    started: Option<String>,
    help: Option<String>,
}

impl Keywords {
    /// The usual words, without a help text.
    pub fn usual() -> Self {
        let mut keywords = Self { words: HashMap::new(), languages: Vec::new() };
        for language in LANGUAGES {
            let code = language.code;
            keywords =
                keywords.stop_text(code, language.stopped).start_text(code, language.started);
            for (means, words) in [
                (Means::Stop, language.stop),
                (Means::WeakStop, language.weak_stop),
                (Means::Start, language.start),
                (Means::Help, language.help),
            ] {
                // A word of two languages is the first one's.
                let new = words.iter().filter(|word| !keywords.words.contains_key(&*key(word)));
                let new: Vec<_> = new.copied().collect();
                keywords = keywords.mean(means, code, new);
            }
        }
        keywords
    }

    /// These mean STOP too.
    pub fn stop<T: AsRef<str>>(self, language: &str, words: impl IntoIterator<Item = T>) -> Self {
        self.mean(Means::Stop, language, words)
    }

    /// These mean START too, after STOP.
    pub fn start<T: AsRef<str>>(self, language: &str, words: impl IntoIterator<Item = T>) -> Self {
        self.mean(Means::Start, language, words)
    }

    /// These mean HELP too.
    pub fn help<T: AsRef<str>>(self, language: &str, words: impl IntoIterator<Item = T>) -> Self {
        self.mean(Means::Help, language, words)
    }

    /// What confirms STOP, to whoever has said it in this language.
    pub fn stop_text(mut self, language: &str, text: impl Into<String>) -> Self {
        self.texts(language).stopped = Some(text.into());
        self
    }

    /// What confirms START.
    pub fn start_text(mut self, language: &str, text: impl Into<String>) -> Self {
        self.texts(language).started = Some(text.into());
        self
    }

    /// What answers HELP; who asks in a language that has none gets the English one. Without any,
    /// handlers get the message.
    pub fn help_text(mut self, language: &str, text: impl Into<String>) -> Self {
        self.texts(language).help = Some(text.into());
        self
    }

    fn mean<T: AsRef<str>>(
        mut self,
        means: Means,
        language: &str,
        words: impl IntoIterator<Item = T>,
    ) -> Self {
        let language = self.number(language);
        for word in words {
            self.words.insert(key(word.as_ref()).into(), Word { means, language });
        }
        self
    }

    fn texts(&mut self, language: &str) -> &mut Texts {
        let number = self.number(language);
        &mut self.languages[number]
    }

    fn number(&mut self, language: &str) -> usize {
        let known = self.languages.iter().position(|texts| *texts.code == *language);
        known.unwrap_or_else(|| {
            let code = language.into();
            self.languages.push(Texts { code, stopped: None, started: None, help: None });
            self.languages.len() - 1
        })
    }

    /// The word that this message is.
    fn of(&self, message: &Inbound) -> Option<Word> {
        let text = match &message.content {
            Content::Text(text) => text,
            Content::Button(button) => &button.text,
            Content::ListChoice(choice) => &choice.title,
            _ => return None,
        };
        if text.len() > LONGEST {
            return None;
        }
        let word = *self.words.get(&*key(text))?;
        // What stands on a button is the bot's own word.
        let is_typed = matches!(message.content, Content::Text(_));
        (is_typed || word.means != Means::WeakStop).then_some(word)
    }

    fn text(&self, word: Word, of: impl Fn(&Texts) -> Option<&String>) -> Option<&str> {
        let english = || self.languages.iter().find(|texts| *texts.code == *ENGLISH);
        let own = of(&self.languages[word.language]);
        own.or_else(|| of(english()?)).map(String::as_str)
    }
}

impl Default for Keywords {
    fn default() -> Self {
        Self::usual()
    }
}

/// The text as words are compared: folded, without signs around it.
fn key(text: &str) -> Cow<'_, str> {
    let is_sign = |c: char| !c.is_alphanumeric();
    match fold::fold(text) {
        Cow::Borrowed(folded) => Cow::Borrowed(folded.trim_matches(is_sign)),
        Cow::Owned(folded) => Cow::Owned(folded.trim_matches(is_sign).to_owned()),
    }
}
