//! Which bots there are.

use std::sync::Arc;

use axum::Router;
use chinwag::{
    Bot, Webhook,
    conversation::clock::Clock,
    outbound::Ledger,
    rest::Client,
    simulator::{Badge, Sender},
    store::Store,
    webhook::InvalidWebhook,
};

use crate::{
    appointments,
    assistant::{self, Endpoint},
    echo, faq, formatter, orders, passcode,
    shipping::{self, Desk},
    survey,
};

/// The number of Twilio's sandbox: the one that everybody tries first.
pub const SANDBOX: &str = "+14155238886";

/// One bot, and how it presents itself.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it is started by; lower-case letters.
    pub name: &'static str,
    /// Its number when all are started: `+` and digits.
    pub number: &'static str,
    /// What WhatsApp says about the business.
    pub badge: Badge,
    /// One line about it.
    pub about: &'static str,
    /// What one may write to it.
    pub tries: &'static [&'static str],
    /// The bot itself.
    pub bot: fn() -> Bot,
}

/// Every bot; the first one answers on the sandbox's number.
pub const ROSTER: &[Entry] = &[
    Entry {
        name: "echo",
        number: SANDBOX,
        badge: Badge::Verified,
        about: "Says it back, and shows how WhatsApp formats",
        tries: &["hi", "bold fresh bread", "formats", "help"],
        bot: echo::bot,
    },
    Entry {
        name: "orders",
        number: "+14155550102",
        badge: Badge::Confirmed,
        about: "A trattoria: menu, an order step by step, a reminder",
        tries: &["menu", "2 pizza and a tea", "remove 1 pizza", "checkout", "hours", "cancel"],
        bot: orders::bot,
    },
    Entry {
        name: "faq",
        number: "+14155550103",
        badge: Badge::Regular,
        about: "A bakery: hours, prices, the nearest shop",
        tries: &["When do you open on Sunday?", "How much is a croissant?", "menu", "where"],
        bot: faq::bot,
    },
    Entry {
        name: "formatter",
        number: "+14155550104",
        badge: Badge::Regular,
        about: "Shows Markdown as WhatsApp can show it",
        tries: &["sample", "**fresh** bread, ~~4.00~~ *3.50*", "# Hours\n\n- Mon 7–18", "help"],
        bot: formatter::bot,
    },
    Entry {
        name: "survey",
        number: "+14155550105",
        badge: Badge::Regular,
        about: "A bicycle workshop: asks how the repair went",
        tries: &["hi", "yes", "two of five", "the brakes squeak", "ana@example.com", "skip"],
        bot: survey::bot,
    },
    Entry {
        name: "appointments",
        number: "+14155550106",
        badge: Badge::Verified,
        about: "A dentist: books, and reminds by template the day before",
        tries: &["hi", "book", "2", "yes", "when", "confirm", "cancel", "help"],
        bot: appointments::bot,
    },
    Entry {
        name: "passcode",
        number: "+14155550107",
        badge: Badge::Verified,
        about: "A bank: signs in with a one-time code",
        tries: &["hi", "sign in", "123456"],
        bot: passcode::bot,
    },
    Entry {
        name: shipping::NAME,
        number: "+14155550108",
        badge: Badge::Verified,
        about: "A pottery: tells when an order ships, and tracks it",
        tries: &["hi", "order 2 mugs", "yes", "track 1", "help"],
        bot: shipping::bot,
    },
    Entry {
        name: assistant::NAME,
        number: "+14155550109",
        badge: Badge::Regular,
        about: "Answers anything, by a language model of your choice",
        tries: &["What is a sourdough starter?", "And how do I feed it?", "new", "help"],
        bot: assistant::bot,
    },
];

/// What all bots have in common where they run.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The account's auth tokens; several while one is replaced.
    pub tokens: Vec<String>,
    /// The address under which Twilio calls.
    pub public_url: String,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What sends reminders and late replies; without it they are not sent.
    pub client: Option<Client>,
    /// What the assistant thinks with; without it, it says what to set.
    pub endpoint: Option<Endpoint>,
}

impl Ground {
    fn webhook<S: Send + Sync + 'static>(
        &self,
        bot: Bot<S>,
        path: &str,
        store: Arc<dyn Store>,
    ) -> Webhook<S> {
        let bot = bot.store(store).clock(Arc::clone(&self.clock));
        let webhook = Webhook::new(bot).at(path).public_url(&*self.public_url);
        let webhook = match &self.client {
            Some(client) => webhook.sends_through(client.clone()).shows_typing(),
            None => webhook,
        };
        webhook.auth_tokens(self.tokens.iter().map(String::as_str))
    }
}

impl Entry {
    /// The bot's webhook at this path, with its fallback and status doors below; it remembers in this
    /// store.
    ///
    /// # Errors
    /// If there is no usable token, or the public URL is none.
    pub fn webhook(
        &self,
        path: &str,
        ground: &Ground,
        store: Arc<dyn Store>,
    ) -> Result<Router, InvalidWebhook> {
        match &ground.endpoint {
            Some(endpoint) if self.name == assistant::NAME => {
                ground.webhook(assistant::answering(endpoint.clone()), path, store).router()
            }
            _ if self.name == shipping::NAME => {
                let ledger = Ledger::new(Arc::clone(&store), Arc::clone(&ground.clock));
                let desk = Desk::new(ledger);
                let bot = shipping::telling(desk.clone());
                ground.webhook(bot, path, store).on_status(desk).router()
            }
            _ => ground.webhook((self.bot)(), path, store).router(),
        }
    }

    /// The bot's sender on the simulator, with its webhook at this URL.
    #[must_use]
    pub fn sender(&self, number: &str, webhook: &str) -> Sender {
        Sender::new(self.name, number, webhook)
            .badge(self.badge)
            .about(self.about)
            .try_(self.tries.iter().copied())
            .fallback(format!("{webhook}/fallback"))
            .status_callback(format!("{webhook}/status"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chinwag::testkit::Chat;

    use super::*;

    #[test]
    fn names_and_numbers_are_told_apart() {
        let names: HashSet<_> = ROSTER.iter().map(|entry| entry.name).collect();
        let numbers: HashSet<_> = ROSTER.iter().map(|entry| entry.number).collect();
        assert_eq!((names.len(), numbers.len()), (ROSTER.len(), ROSTER.len()));
        assert_eq!(ROSTER[0].number, SANDBOX);
        assert!(
            ROSTER.iter().all(|entry| entry.sender(entry.number, "http://a/b").check().is_ok())
        );
    }

    #[tokio::test]
    async fn whatever_the_page_offers_is_answered() {
        for entry in ROSTER {
            let chat = Chat::with((entry.bot)());
            for words in entry.tries {
                assert!(!chat.says(*words).await.all().is_empty(), "{}: {words}", entry.name);
            }
        }
    }
}
