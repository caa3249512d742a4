//! One template to many contacts, each told once under the broadcast's name.
//!
//! [`tell`](Broadcast::tell) goes through the list and lets a part of it at a time into the outbox.
//! Whom it has told is kept in the contact's own record, with the turn that told them; what is wanted
//! of it and how far it is stands in a conversation of the broadcast's own. So a run that was killed
//! is run again, and any process can pause it.

mod board;
mod event;
#[cfg(feature = "csv")]
mod list;
mod one;
mod run;
mod told;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::Stream;

use super::{Fate, Notifier, QuietHours, Unsaid};
use crate::{
    conversation::Key,
    message::{Address, Filled},
    store::Parcel,
};
use board::Wanted;
use waiting::Waiting;

pub use event::{Event, Progress, Stage, Untold};
#[cfg(feature = "csv")]
pub use list::{Flaw, InvalidLine, InvalidList, List};
pub use told::TOLD_KEPT;

/// Longest name of a broadcast.
const LONGEST_NAME: usize = 64;
/// How many messages may lie in the outbox at a time: what a sender sends in five seconds.
const IN_OUTBOX: usize = 400;

/// Tells many contacts something, each of them once under its name: also when it is killed in the
/// middle and run again, days later too.
///
/// Whoever has not opted in or has said STOP is told nothing, and named. The messages leave by a
/// [`Courier`](super::Courier), at its rate; a part of them at a time lies in the outbox, so that a
/// broadcast can be paused. It is cheap to clone, and all clones are the same broadcast, as is one of
/// the same name in another process on the same store.
///
/// ```
/// use chinwag::{message::Template, outbound::{Broadcast, Line, Notifier}};
/// use futures_util::stream;
///
/// # async fn run(notifier: Notifier) -> chinwag::Result<()> {
/// let sender = "whatsapp:+14155238886".parse()?;
/// let sale = Template::new("sale", "Hello {{1}}, bread is at half price today.")?;
/// let ana = Line::new(1, "whatsapp:+15005550006".parse()?, sale.fill(["Ana"])?);
///
/// let broadcast = Broadcast::new("sale-2026-03", sender, notifier)?;
/// let progress = broadcast.tell(stream::iter([ana]), |event| println!("{event:?}")).await?;
/// println!("{} were told", progress.told);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Broadcast {
    name: Arc<str>,
    sender: Address,
    notifier: Notifier,
    total: Option<u64>,
    in_outbox: usize,
    quiet: Option<QuietHours>,
    waiting: Arc<Mutex<Waiting>>,
}

/// Why a text names no broadcast.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} names no broadcast; a name has up to 64 letters, digits, dashes, dots and underlines"
)]
pub struct InvalidName(String);

/// One contact of a broadcast's list, and what they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line's number, for whoever reads what is said of it.
    pub number: u64,
    /// Who is told.
    pub contact: Address,
    /// What.
    pub template: Filled,
}

impl Line {
    /// A line of this number.
    #[must_use]
    pub fn new(number: u64, contact: Address, template: Filled) -> Self {
        Self { number, contact, template }
    }
}

impl Broadcast {
    /// The broadcast of this name, by this sender.
    ///
    /// # Errors
    /// If the name is none.
    pub fn new(
        name: impl Into<String>,
        sender: Address,
        notifier: Notifier,
    ) -> Result<Self, InvalidName> {
        let name = name.into();
        let is_sign = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(is_sign) {
            return Err(InvalidName(name));
        }
        Ok(Self {
            name: name.into(),
            sender,
            notifier,
            total: None,
            in_outbox: IN_OUTBOX,
            quiet: None,
            waiting: Arc::default(),
        })
    }

    /// How many lines the list has, for who wants to know how many are left.
    #[must_use]
    pub fn of(self, lines: u64) -> Self {
        Self { total: Some(lines), ..self }
    }

    /// How many messages lie in the outbox at most, in place of 400: so many still leave when the
    /// broadcast is paused or stopped.
    #[must_use]
    pub fn in_outbox(self, most: usize) -> Self {
        Self { in_outbox: most.max(1), ..self }
    }

    /// When contacts are not told: they wait in the list, and not in the outbox, where a courier with
    /// quiet hours would keep them.
    #[must_use]
    pub fn quiet_hours(self, quiet: QuietHours) -> Self {
        Self { quiet: Some(quiet), ..self }
    }

    /// For a courier of this process: `courier.tells_fates(broadcast.fates())`. By it the broadcast
    /// knows at once what has left, and what was refused by Twilio, which counts as told otherwise.
    pub fn fates(&self) -> impl Fn(&Parcel, Fate) + Send + Sync + 'static {
        let waiting = Arc::clone(&self.waiting);
        move |parcel, fate| lock(&waiting).fate(parcel.id, fate)
    }

    /// Tells all of these, and says at most twice a second how far it is, and of each who is not
    /// told, why. It ends when all is in the courier's past, or when the broadcast is stopped.
    ///
    /// Dropping the future leaves off at any place; run it again, with the same list or a longer one.
    ///
    /// # Errors
    /// If the store cannot be reached for half a minute.
    pub async fn tell(
        &self,
        lines: impl Stream<Item = Line>,
        hears: impl FnMut(Event),
    ) -> Result<Progress, Unsaid> {
        run::run(self, lines, hears).await
    }

    /// The same as a stream: it works as long as it is asked for more, and ends with an error if
    /// there was one.
    pub fn events(
        self,
        lines: impl Stream<Item = Line> + Send + 'static,
    ) -> impl Stream<Item = Result<Event, Unsaid>> + Send {
        run::events(self, lines)
    }

    /// Tells nobody more for now, wherever it runs: it waits, also when it is run again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn pause(&self) -> Result<(), Unsaid> {
        board::want(self, Wanted::Paused).await
    }

    /// Goes on where it was paused, or lets a broadcast that was stopped be run again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn resume(&self) -> Result<(), Unsaid> {
        board::want(self, Wanted::Running).await
    }

    /// Ends it, wherever it runs; run again, it ends at once, until it is [resumed](Self::resume).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stop(&self) -> Result<(), Unsaid> {
        board::want(self, Wanted::Stopped).await
    }

    /// How far it was when it was heard of last, wherever it runs; nothing if it never ran.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn progress(&self) -> Result<Option<Progress>, Unsaid> {
        Ok(board::read(self).await?.progress)
    }

    /// The conversation in which it is kept how far it is: with nobody.
    fn key(&self) -> Key {
        let name = format!("broadcast:{}", self.name);
        Key::new(&self.sender, &name.parse().expect("a channel and a name without spaces"))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
