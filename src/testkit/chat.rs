//! One person who writes to a bot.

use std::{
    fmt,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{Heard, talk::Talk};
use crate::{
    conversation::clock::ManualClock,
    dispatch::Bot,
    message::{Address, Button, Content, Inbound, MessageSid, Parameters},
};

/// The person's number if nothing else is said: one of Twilio's test numbers.
const ANA: &str = "whatsapp:+15005550006";
/// The bot's number: that of Twilio's sandbox.
const SENDER: &str = "whatsapp:+14155238886";

/// One person who writes to a bot: Ana, on `whatsapp:+15005550006`.
///
/// Each message returns what is [`Heard`], which is checked where it stands. `Display` is the talk
/// so far.
///
/// ```
/// use chinwag::{Bot, testkit::Chat, text};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bot = Bot::new(())
///     .on(text("hi"), async || vec!["Hello!", "What is your name?"])
///     .otherwise(async || "Say *hi*.");
///
/// let chat = Chat::with(bot);
/// chat.says("Hi").await.hears("Hello!").hears_part("your name").hears_nothing();
/// chat.says("What?").await.hears("Say *hi*.");
/// # }
/// ```
pub struct Chat<S = ()> {
    bot: Arc<Bot<S>>,
    clock: Arc<ManualClock>,
    /// How many messages there were, those of other people included.
    messages: Arc<AtomicU64>,
    address: Address,
    name: String,
    newest: Mutex<Option<Inbound>>,
    talk: Mutex<Talk>,
}

impl<S: Send + Sync + 'static> Chat<S> {
    /// Ana begins to talk with this bot, whose clock stands at noon of the first day of 2026, UTC.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the address is one")]
    pub fn with(bot: Bot<S>) -> Self {
        let clock = Arc::new(ManualClock::default());
        let bot = Arc::new(bot.clock(Arc::clone(&clock)).prepared());
        Self {
            bot,
            clock,
            messages: Arc::default(),
            address: ANA.parse().expect("it is an address"),
            name: "Ana".to_owned(),
            newest: Mutex::default(),
            talk: Mutex::default(),
        }
    }

    /// Another person with the same bot and the same clock: `+` and 7 to 15 digits on WhatsApp, or
    /// an address of another kind. The profile has no name until there is one by
    /// [`called`](Self::called).
    ///
    /// # Panics
    /// If it is not an address.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test ends the test")]
    pub fn by(&self, number: &str) -> Self {
        let address = match Address::whatsapp(number).or_else(|_| number.parse()) {
            Ok(address) => address,
            Err(error) => panic!("by({number:?}): {error}"),
        };
        Self {
            bot: Arc::clone(&self.bot),
            clock: Arc::clone(&self.clock),
            messages: Arc::clone(&self.messages),
            address,
            name: String::new(),
            newest: Mutex::default(),
            talk: Mutex::new(Talk::like(&self.talk())),
        }
    }

    /// The person's profile has this name; none, if it is empty.
    #[must_use]
    pub fn called(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Prints the talk as it happens, for a look at it in the terminal.
    #[must_use]
    pub fn aloud(self) -> Self {
        self.talk().print();
        self
    }

    /// The person writes these words.
    #[track_caller]
    pub fn says(&self, words: impl Into<String>) -> impl Future<Output = Heard> {
        self.sends(Content::Text(words.into()))
    }

    /// The person writes these messages, each after the answer to the one before; what is heard is
    /// the answer to the last.
    ///
    /// # Panics
    /// If there are none, or a turn before the last fails.
    #[track_caller]
    pub fn says_all(
        &self,
        messages: impl IntoIterator<Item: Into<String>>,
    ) -> impl Future<Output = Heard> {
        let at = Location::caller();
        let contents = messages.into_iter().map(|words| Content::Text(words.into()));
        let messages: Vec<_> = contents.map(|content| self.message(content)).collect();
        assert!(!messages.is_empty(), "says_all(..) needs a message");
        async move {
            let mut heard = None;
            for message in messages {
                heard = Some(self.delivers(message, "", at).await);
            }
            heard.expect("there is at least one message")
        }
    }

    /// The person taps the quick-reply button with this text and this payload.
    #[track_caller]
    pub fn presses(
        &self,
        text: impl Into<String>,
        payload: impl Into<String>,
    ) -> impl Future<Output = Heard> {
        self.sends(Button { text: text.into(), payload: Some(payload.into()) })
    }

    /// The person sends this: media, a location, a choice from a list or any other content.
    #[track_caller]
    pub fn sends(&self, content: impl Into<Content>) -> impl Future<Output = Heard> {
        let message = self.message(content.into());
        self.delivers(message, "", Location::caller())
    }

    /// Twilio delivers the newest message again: a copy with the same sid.
    ///
    /// # Panics
    /// If the person has not written yet.
    #[track_caller]
    pub fn repeats(&self) -> impl Future<Output = Heard> {
        let newest = self.newest().clone();
        let newest = newest.expect("only what was said can be repeated; use says(..) first");
        self.delivers(newest, " (again)", Location::caller())
    }

    /// This much time passes before the next message, for everyone.
    pub fn waits(&self, time: Duration) {
        self.clock.advance(time);
        self.talk().passes(time);
    }

    /// This bot takes the place of the other: it remembers what that one has stored.
    ///
    /// People who are there already by [`by`](Self::by) stay with the other.
    #[must_use]
    pub fn deploys(self, bot: Bot<S>) -> Self {
        let bot = bot.in_place_of(&self.bot).clock(Arc::clone(&self.clock)).prepared();
        self.talk().deploys();
        Self { bot: Arc::new(bot), ..self }
    }

    async fn delivers(&self, message: Inbound, mark: &str, at: &'static Location<'_>) -> Heard {
        *self.newest() = Some(message.clone());
        self.talk().adds_message(&self.person(), &message.content, mark);
        let record = self.bot.record_before(&message).await;
        // A condition that panics is the turn's affair, and not this one's.
        let explain = AssertUnwindSafe(|| self.bot.explain_after(&message, record).to_string());
        let explanation = catch_unwind(explain)
            .unwrap_or_else(|_| "a filter panicked, so nothing can be explained\n".to_owned());
        let outcome = self.bot.receive(message).await;
        let mut talk = self.talk();
        talk.adds_outcome(&outcome);
        Heard::new(outcome, talk.to_string(), explanation, at)
    }

    fn message(&self, content: Content) -> Inbound {
        let number = self.messages.fetch_add(1, Ordering::SeqCst) + 1;
        let digits = u128::from(number);
        let sid = if content.media().is_empty() {
            MessageSid::new(digits)
        } else {
            MessageSid::with_media(digits)
        };
        let wa_id = self.address.phone().unwrap_or_default().trim_start_matches('+');
        let parameters: Parameters =
            [("ProfileName", &*self.name), ("WaId", wa_id)].into_iter().collect();
        let sender = SENDER.parse().expect("it is an address");
        Inbound::new(sid, self.address.clone(), sender, content).with_parameters(parameters)
    }

    fn person(&self) -> String {
        if self.name.is_empty() { self.address.id().to_owned() } else { self.name.clone() }
    }
}

impl<S> Chat<S> {
    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self) -> MutexGuard<'_, Option<Inbound>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The talk so far, a line for each message.
impl<S> fmt::Display for Chat<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.talk().fmt(f)
    }
}

impl<S> fmt::Debug for Chat<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat").field("person", &self.address).finish_non_exhaustive()
    }
}
