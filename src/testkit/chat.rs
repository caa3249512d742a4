//! One person who writes to a bot.

use std::{
    fmt,
    panic::Location,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    Cluster, Heard, Lasts,
    cluster::lock,
    line::{Carried, Line},
    talk::Talk,
};
use crate::{
    dispatch::Bot,
    message::{Address, Button, Content, Inbound, MessageSid, Outbound, Parameters},
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
pub struct Chat {
    line: Arc<dyn Line>,
    /// How many messages there were, those of other people included.
    messages: Arc<AtomicU64>,
    address: Address,
    name: String,
    newest: Mutex<Option<Inbound>>,
    talk: Mutex<Talk>,
}

impl Chat {
    /// Ana begins to talk with this bot, whose clock stands at noon of the first day of 2026, UTC.
    #[must_use]
    pub fn with<S: Send + Sync + 'static>(bot: Bot<S>) -> Self {
        Self::over(Arc::new(Cluster::alone(bot)))
    }

    /// Ana begins to talk over this line.
    pub(super) fn over(line: Arc<dyn Line>) -> Self {
        Self {
            line,
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
            line: Arc::clone(&self.line),
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
                heard = Some(self.delivers(message, at).await);
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
        self.delivers(message, Location::caller())
    }

    /// Twilio delivers the newest message again: a copy with the same sid.
    ///
    /// # Panics
    /// If the person has not written yet.
    #[track_caller]
    pub fn repeats(&self) -> impl Future<Output = Heard> {
        let newest = lock(&self.newest).clone();
        let newest = newest.expect("only what was said can be repeated; use says(..) first");
        let at = Location::caller();
        async move {
            self.talk().adds_copy(&self.person());
            self.carries(newest, at).await
        }
    }

    /// This much time passes before the next message, for everyone: `"25h"`, `"90 min"`, or a
    /// [`Duration`](std::time::Duration). What is heard is what comes unasked meanwhile.
    ///
    /// # Panics
    /// If the words say no time.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test ends the test")]
    pub fn waits(&self, time: impl Lasts) -> impl Future<Output = Heard> {
        let time = time.lasts().unwrap_or_else(|error| panic!("waits(..): {error}"));
        let at = Location::caller();
        async move {
            self.talk().passes(time);
            self.line.passes(time).await;
            self.hears(Vec::new(), None, at).await
        }
    }

    /// This bot takes the place of the other: it remembers what that one has stored.
    ///
    /// People who are there already by [`by`](Self::by) stay with the other.
    ///
    /// # Panics
    /// If the chat is a [hostile](super::Hostile) one, which deploys by itself.
    #[must_use]
    #[track_caller]
    pub fn deploys<S: Send + Sync + 'static>(self, bot: Bot<S>) -> Self {
        let place = self.line.place().expect("a hostile chat deploys by itself");
        let cluster = Cluster::deployed(bot, place);
        if let Some(newest) = &*lock(&self.newest) {
            cluster.knows(newest);
        }
        self.talk().deploys();
        Self { line: Arc::new(cluster), ..self }
    }

    /// What has come unasked since the person heard something last.
    #[track_caller]
    pub fn looks(&self) -> impl Future<Output = Heard> {
        let at = Location::caller();
        async move { self.hears(Vec::new(), None, at).await }
    }

    /// Waits for what is still under way: copies that come late. Only a [hostile](super::Hostile)
    /// chat has such.
    ///
    /// # Panics
    /// If a copy was answered otherwise than the first.
    #[expect(clippy::panic, reason = "a check ends the test")]
    pub async fn ends(self) {
        if let Err(trouble) = self.ended().await {
            panic!("{trouble}\n\nthe talk:\n{self}");
        }
    }

    pub(super) async fn ended(&self) -> Result<(), String> {
        self.line.ends().await
    }

    async fn delivers(&self, message: Inbound, at: &'static Location<'_>) -> Heard {
        *lock(&self.newest) = Some(message.clone());
        self.talk().adds_message(&self.person(), &message.content);
        self.carries(message, at).await
    }

    async fn carries(&self, message: Inbound, at: &'static Location<'_>) -> Heard {
        let before = self.line.brings(&self.address).await;
        let carried = self.line.carries(message).await;
        self.hears(before, Some(carried), at).await
    }

    async fn hears(
        &self,
        before: Vec<Outbound>,
        carried: Option<Carried>,
        at: &'static Location<'_>,
    ) -> Heard {
        let behind = self.line.brings(&self.address).await;
        let mut talk = self.talk();
        talk.adds_unasked(&before);
        if let Some(carried) = &carried {
            talk.adds_outcome(&carried.outcome);
        }
        talk.adds_unasked(&behind);
        Heard::new(before, carried, behind, talk.to_string(), at)
    }

    /// What the person sends, as it arrives.
    pub(super) fn message(&self, content: Content) -> Inbound {
        let number = self.messages.fetch_add(1, Ordering::SeqCst) + 1;
        let digits = u128::from(self.line.number()) << 64 | u128::from(number);
        let sid = if content.media().is_empty() {
            MessageSid::new(digits)
        } else {
            MessageSid::with_media(digits)
        };
        let wa_id = self.address.phone().unwrap_or_default().trim_start_matches('+');
        let parameters: Parameters =
            [("ProfileName", &*self.name), ("WaId", wa_id)].into_iter().collect();
        let usual = || SENDER.parse().expect("it is an address");
        let sender = self.line.sender().unwrap_or_else(usual);
        Inbound::new(sid, self.address.clone(), sender, content).with_parameters(parameters)
    }

    /// The name in talks: what would be misread there is told by the address.
    fn person(&self) -> String {
        let is_plain = !self.name.is_empty()
            && !self.name.starts_with(['#', '-'])
            && !self.name.contains([':', '~', '/', '\n', '\r'])
            && !self.name.starts_with("bot ")
            && !matches!(&*self.name, "bot" | "or")
            && self.name.trim() == self.name;
        match self.address.phone() {
            _ if is_plain => self.name.clone(),
            Some(phone) => phone.to_owned(),
            None => self.address.to_string(),
        }
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        lock(&self.talk)
    }
}

/// The talk so far, a line for each message.
impl fmt::Display for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.talk().fmt(f)
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat").field("person", &self.address).finish_non_exhaustive()
    }
}
