//! What becomes of a message before any dialogue or handler: consent is heeded.

use super::{Keywords, Means, Word};
use crate::{
    conversation::{Record, clock::Timestamp},
    dispatch::{Bot, Reply, dialogue::Stack, later::Laters},
    message::{Inbound, OptOut},
};

impl<S: Send + Sync + 'static> Bot<S> {
    /// These words for STOP, START and HELP, and these texts, in place of the
    /// [usual](Keywords::usual) ones.
    pub fn keywords(self, keywords: Keywords) -> Self {
        Self { keywords, ..self }
    }

    /// These words mean STOP too; the confirmation is the English one.
    /// [`keywords`](Self::keywords) has more to set.
    ///
    /// ```
    /// let bot = chinwag::Bot::new(()).stop_words(["leave me alone"]);
    /// ```
    pub fn stop_words<T: AsRef<str>>(self, words: impl IntoIterator<Item = T>) -> Self {
        let keywords = self.keywords.clone().stop("en", words);
        Self { keywords, ..self }
    }

    /// What answers HELP and INFO; without it handlers get these words.
    pub fn help_text(self, text: impl Into<String>) -> Self {
        let keywords = self.keywords.clone().help_text("en", text);
        Self { keywords, ..self }
    }

    /// What is answered if the message is about consent, or if nothing may be answered because the
    /// contact has said STOP; `None` if the message is for dialogues and handlers.
    pub(in crate::dispatch) fn heed(
        &self,
        message: &Inbound,
        record: &mut Record,
        now: Timestamp,
    ) -> Option<Reply> {
        let words = message.text();
        // Twilio has answered already.
        match message.opt_out() {
            Some(OptOut::Stop) => {
                stop(record, words, now);
                return Some(Reply::silent());
            }
            Some(OptOut::Start) => {
                record.starts(words, now);
                return Some(Reply::silent());
            }
            Some(OptOut::Help) => return Some(Reply::silent()),
            None => {}
        }
        let word = self.keywords.of(message);
        if record.stopped().is_some() {
            let Some(start @ Word { means: Means::Start, .. }) = word else {
                tracing::info!(inbound = ?message, "the contact has said STOP; nothing is said");
                return Some(Reply::silent());
            };
            record.starts(words, now);
            return Some(self.says(start));
        }
        let word = word?;
        match word.means {
            Means::Start => return None,
            Means::Help => {
                let help = self.keywords.text(word, |texts| texts.help.as_ref())?;
                return Some(Reply::text(help));
            }
            Means::WeakStop if self.is_waited_for(message, record) => return None,
            Means::Stop | Means::WeakStop => {}
        }
        stop(record, words, now);
        Some(self.says(word))
    }

    /// Whether a dialogue runs, or these very words are asked for by a route or by what ends a
    /// dialogue: who says *cancel* to one that is over just now wants no more than that.
    fn is_waited_for(&self, message: &Inbound, record: &Record) -> bool {
        self.dialogues.known_of(record).top().is_some()
            || self.table().asks_for(message, record)
            || self.dialogues.ends_by(message, record)
    }

    fn says(&self, word: Word) -> Reply {
        let text = self.keywords.text(word, |texts| match word.means {
            Means::Start => texts.started.as_ref(),
            Means::Stop | Means::WeakStop => texts.stopped.as_ref(),
            Means::Help => texts.help.as_ref(),
        });
        text.map_or_else(Reply::silent, Reply::text)
    }
}

/// Nothing that was begun goes on, and nothing that was planned is said.
fn stop(record: &mut Record, words: &str, now: Timestamp) {
    record.stops(words, now);
    Stack::default().keep(record);
    Laters::default().keep(record);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::OptIn,
        message::{Button, Content, MessageSid},
    };

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn message(content: impl Into<Content>) -> Inbound {
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        let [from, to] = [from, to].map(|address| address.parse().unwrap());
        Inbound::new(MessageSid::new(1), from, to, content.into())
    }

    /// What a bot without routes answers: `handlers` get it, or the first word of an answer.
    fn heeds(bot: &Bot, record: &mut Record, content: impl Into<Content>) -> String {
        let Some(reply) = bot.heed(&message(content), record, NOW) else {
            return "handlers".to_owned();
        };
        let body = reply.messages().first().map_or("", |message| &message.body);
        body.split_whitespace().next().unwrap_or("silence").to_owned()
    }

    #[test]
    fn the_whole_message_is_the_word_however_it_is_written() {
        for (words, expected) in [
            ("stop", "You"),
            ("STOP", "You"),
            (" Stop!! ", "You"),
            ("*stop*", "You"),
            ("¡stop!", "You"),
            ("ＳＴＯＰ。", "You"),
            ("stop 🛑", "You"),
            ("Stop\nall", "You"),
            ("OPT-OUT", "You"),
            ("unsubscribe.", "You"),
            ("cancel", "You"),
            ("Abmelden", "Sie"),
            ("BAJA", "No"),
            ("Désabonner", "Vous"),
            ("arret", "Vous"),
            ("stop it", "handlers"),
            ("please stop", "handlers"),
            ("stopp ed", "handlers"),
            ("", "handlers"),
            ("🛑", "handlers"),
            ("start", "handlers"),
            ("yes", "handlers"),
            ("help", "handlers"),
        ] {
            let mut record = Record::default();
            assert_eq!(heeds(&Bot::new(()), &mut record, words), expected, "{words:?}");
            assert_eq!(record.stopped().is_some(), expected != "handlers", "{words:?}");
        }
    }

    #[test]
    fn after_stop_only_start_is_answered() {
        let (bot, mut record) = (Bot::new(()).help_text("Call us."), Record::default());
        record.opts_in(OptIn::with("yes"), NOW);
        for (words, expected) in [
            ("help", "Call"),
            ("Hilfe", "Call"),
            ("stop", "You"),
            ("stop", "silence"),
            ("hi", "silence"),
            ("help", "silence"),
            ("cancel", "silence"),
            ("Ja!", "Willkommen"),
            ("ja", "handlers"),
        ] {
            assert_eq!(heeds(&bot, &mut record, words), expected, "{words}");
        }
        assert!(record.has_consent());
    }

    #[test]
    fn a_weak_word_stops_only_where_nothing_waits_for_it() {
        let silent = async || ();
        let asking = |filter| Bot::new(()).on(filter, silent).otherwise(silent);
        for (bot, expected) in [
            (Bot::new(()).otherwise(silent), "You"),
            (asking(crate::text("quit")), "handlers"),
            (asking(crate::word("quit")), "handlers"),
            (asking(crate::pattern("(quit|leave)")), "handlers"),
            (asking(crate::text("menu")), "You"),
            (Bot::new(()).cancel(crate::text("quit"), silent), "You"),
        ] {
            assert_eq!(heeds(&bot, &mut Record::default(), "quit"), expected);
            assert_eq!(heeds(&bot, &mut Record::default(), "stop"), "You");
        }
    }

    #[test]
    fn a_button_that_says_cancel_is_the_bots_own_word() {
        let button = |text: &str| Button { text: text.to_owned(), payload: None };
        let bot = Bot::new(());
        assert_eq!(heeds(&bot, &mut Record::default(), button("Cancel")), "handlers");
        assert_eq!(heeds(&bot, &mut Record::default(), button("Stop")), "You");
    }

    #[test]
    fn what_twilio_has_answered_is_not_answered_again() {
        let (bot, mut record) = (Bot::new(()).help_text("Call us."), Record::default());
        for (kind, is_stopped) in
            [("HELP", false), ("STOP", true), ("HELP", true), ("START", false)]
        {
            let message =
                message("whatever").with_parameters([("OptOutType", kind)].into_iter().collect());
            let reply = bot.heed(&message, &mut record, NOW).unwrap();
            assert_eq!((reply.messages().len(), record.stopped().is_some()), (0, is_stopped));
        }
    }

    #[test]
    fn authors_add_words_and_texts() {
        let keywords = Keywords::usual()
            .stop("tr", ["Dur"])
            .stop_text("tr", "Tamam")
            .start("tr", ["başla"])
            .stop_text("de", "Schade");
        let bot = Bot::new(()).keywords(keywords).stop_words(["leave me alone"]);
        for (words, expected) in [
            ("DUR!", "Tamam"),
            ("Başla", "Welcome"),
            ("Leave me alone.", "You"),
            ("yes", "Welcome"),
            ("abbestellen", "Schade"),
        ] {
            let mut record = Record::default();
            if expected == "Welcome" {
                record.stops("stop", NOW);
            }
            assert_eq!(heeds(&bot, &mut record, words), expected, "{words}");
        }
    }
}
