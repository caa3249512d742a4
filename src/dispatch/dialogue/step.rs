//! What a dialogue does with a message: what it says, where it stands then, what it does unasked.

use std::{any::Any, fmt, marker::PhantomData, time::Duration};

use super::{Frame, Retry};
use crate::{
    conversation::Stored,
    dispatch::{Error, IntoReply, Reply},
};

/// What a dialogue does with a message: what it says, where it stands then, and what it does
/// unasked if nobody answers.
///
/// ```
/// # use chinwag::Stored;
/// use std::time::Duration;
///
/// use chinwag::Step;
///
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # enum Order { Count { dish: String } }
/// # impl Stored for Order { const NAME: &'static str = "order"; }
/// let step = Step::next(Order::Count { dish: "pizza".into() }, "How many?")
///     .remind_after(Duration::from_hours(2), "Still hungry? How many *pizzas*?")
///     .give_up_after(Duration::from_hours(20), "We close. Say *order* to begin again.");
/// ```
///
/// A handler that returns [`Step::next`] begins the dialogue.
#[must_use = "a step does nothing until `step` or a handler returns it"]
pub struct Step<D> {
    moves: Result<Moves, Error>,
    of: PhantomData<fn() -> D>,
}

/// A step, once the type of its dialogue is forgotten.
#[derive(Debug)]
pub(super) struct Moves {
    pub(super) reply: Reply,
    pub(super) change: Change,
    pub(super) alarms: Vec<Plan>,
}

/// Where a dialogue stands after a step.
#[derive(Debug)]
pub(super) enum Change {
    /// In these frames, the last of which has asked.
    Next(Vec<Frame>),
    /// Where it stood.
    Stay,
    /// Where it stood, one try later.
    Again(Option<Last>),
    /// Nowhere: it is over.
    Done(Option<Gift>),
    /// In this frame, for which another dialogue is over already.
    Return(Vec<Frame>, Option<Gift>),
}

/// How many tries there are, and what is said after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) tries: u32,
    pub(super) words: Reply,
}

/// What is to be said unasked, how long after the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dispatch) struct Plan {
    pub(super) after: Duration,
    pub(super) words: Reply,
    pub(super) is_end: bool,
}

/// A dialogue that begins with a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dispatch) struct Begin {
    pub(super) frames: Vec<Frame>,
    /// What was asked, to be asked again.
    pub(super) question: Reply,
    pub(super) alarms: Vec<Plan>,
}

/// A dialogue that gives something to the one that has called it.
///
/// ```
/// use chinwag::{Dialogue, Result, Step, Stored, Turn, dispatch::Gives};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// enum Address {
///     Street,
///     City { street: String },
/// }
///
/// # impl Stored for Address { const NAME: &'static str = "address"; }
/// impl Gives for Address {
///     type Given = String;
/// }
///
/// impl Dialogue for Address {
///     async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
///         let words = turn.text().to_owned();
///         Ok(match self {
///             Self::Street => Step::next(Self::City { street: words }, "Which city?"),
///             Self::City { street } => Step::done_with(format!("{street}, {words}"), ()),
///         })
///     }
/// }
///
/// #[derive(Serialize, Deserialize)]
/// enum Order {
///     Dish,
///     Where { dish: String },
/// }
///
/// # impl Stored for Order { const NAME: &'static str = "order"; }
/// impl Dialogue for Order {
///     async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
///         Ok(match self {
///             // Address asks and learns; then comes Where.
///             Self::Dish => Step::next(Address::Street, "Which street?")
///                 .then(Self::Where { dish: turn.text().to_owned() }),
///             Self::Where { dish } => match turn.given::<Address>() {
///                 Some(place) => Step::done(format!("*{dish}*, to {place}.")),
///                 None => Step::done("Without an address we cannot deliver."),
///             },
///         })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives nothing to the dialogue that calls it",
    label = "needs `impl Gives`",
    note = "write: impl Gives for {Self} {{ type Given = …; }}, or end it by Step::done"
)]
pub trait Gives {
    /// What it gives.
    type Given: Send + Sync + 'static;
}

/// What one dialogue gives another, within one turn.
pub(in crate::dispatch) type Gift = Box<dyn Any + Send + Sync>;

/// Why a step cannot be taken; the dialogue stays where it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidStep {
    /// A text would come when WhatsApp's session is closed.
    #[error(
        "a text {after:?} after the message comes when WhatsApp's session is closed, 24 h after \
         it; choose a shorter time, or give up silently: give_up_after(.., ())"
    )]
    AfterSession {
        /// How long after the step it would come.
        after: Duration,
    },
    /// The bot does not know the dialogue.
    #[error("the bot does not know the dialogue `{0}`; add .knows::<..>() to the bot")]
    Unknown(String),
    /// Dialogues call each other in a circle.
    #[error("a hundred steps were taken without waiting for a message; ask by Step::next")]
    Endless,
    /// Another dialogue was called by a step that does not begin it.
    #[error("then(..) needs a step that begins another dialogue, by Step::next, or ends it")]
    NotBegun,
}

impl<D: Stored> Step<D> {
    /// Says this, which the person will answer in that state.
    #[expect(clippy::needless_pass_by_value, reason = "a state moves on, and is not lent")]
    pub fn next(state: D, question: impl IntoReply) -> Self {
        let moves = Frame::of(&state)
            .and_then(|frame| Ok(Moves::new(question.into_reply()?, Change::Next(vec![frame]))));
        Self::from_moves(moves)
    }

    /// When the other dialogue, which this step begins, is over, the one that calls it steps on in
    /// this state, without waiting for a message; [`Turn::given`](super::super::Turn::given) has
    /// what it was given.
    #[expect(clippy::needless_pass_by_value, reason = "a state moves on, and is not lent")]
    pub fn then<C: Stored>(self, state: C) -> Step<C> {
        let moves = self.moves.and_then(|moves| {
            let caller = Frame::of(&state)?.calling();
            let change = match moves.change {
                Change::Next(frames) => {
                    Change::Next(std::iter::once(caller).chain(frames).collect())
                }
                Change::Return(frames, gift) => {
                    Change::Return(std::iter::once(caller).chain(frames).collect(), gift)
                }
                Change::Done(gift) => Change::Return(vec![caller], gift),
                Change::Stay | Change::Again(_) => return Err(InvalidStep::NotBegun.into()),
            };
            Ok(Moves { change, ..moves })
        });
        Step::from_moves(moves)
    }
}

impl<D> Step<D> {
    /// Says this and stays in the state; it is not counted as a try.
    pub fn stay(reply: impl IntoReply) -> Self {
        Self::saying(reply, Change::Stay)
    }

    /// The message was no answer: says this and stays in the state.
    pub fn again(words: impl IntoReply) -> Self {
        Self::saying(words, Change::Again(None))
    }

    /// After this many answers that were none, [`again`](Self::again) is not said any more: these
    /// are the last words, and the dialogue is done.
    pub fn attempts(self, most: u32, last_words: impl IntoReply) -> Self {
        let moves = self.moves.and_then(|mut moves| {
            if let Change::Again(last) = &mut moves.change {
                *last = Some(Last { tries: most, words: last_words.into_reply()? });
            }
            Ok(moves)
        });
        Self::from_moves(moves)
    }

    /// Says this, and the dialogue is over.
    pub fn done(reply: impl IntoReply) -> Self {
        Self::saying(reply, Change::Done(None))
    }

    /// Says this, and the dialogue is over; the one that has called it is given the value.
    pub fn done_with<G: Send + Sync + 'static>(value: G, reply: impl IntoReply) -> Self
    where
        D: Gives<Given = G>,
    {
        Self::saying(reply, Change::Done(Some(Box::new(value))))
    }

    /// If no message comes for so long, this is said; once for each question.
    ///
    /// It must come within WhatsApp's session, 24 hours after the message that the step is for.
    /// Each message of the person begins the time anew, and the next question ends it.
    pub fn remind_after(self, time: Duration, words: impl IntoReply) -> Self {
        self.plan(time, words, false)
    }

    /// If no message comes for so long, this is said, or nothing if it is `()`, and the dialogue is
    /// over, with those that have called it.
    ///
    /// What is said must come within WhatsApp's session, 24 hours after the message.
    pub fn give_up_after(self, time: Duration, last_words: impl IntoReply) -> Self {
        self.plan(time, last_words, true)
    }

    fn plan(self, after: Duration, words: impl IntoReply, is_end: bool) -> Self {
        let moves = self.moves.and_then(|mut moves| {
            moves.alarms.push(Plan { after, words: words.into_reply()?, is_end });
            Ok(moves)
        });
        Self::from_moves(moves)
    }

    fn saying(reply: impl IntoReply, change: Change) -> Self {
        Self::from_moves(reply.into_reply().map(|reply| Moves::new(reply, change)))
    }

    fn from_moves(moves: Result<Moves, Error>) -> Self {
        Self { moves, of: PhantomData }
    }

    pub(super) fn into_moves(self) -> Result<Moves, Error> {
        self.moves
    }
}

impl Moves {
    fn new(reply: Reply, change: Change) -> Self {
        Self { reply, change, alarms: Vec::new() }
    }

    /// What a step came to, if its error is no failure.
    pub(super) fn of<D>(step: Result<Step<D>, Error>) -> Result<Self, Error> {
        let error = match step.and_then(Step::into_moves) {
            Ok(moves) => return Ok(moves),
            Err(error) => error,
        };
        let Retry(asked) = *error.downcast::<Retry>()?;
        let (words, last) = *asked;
        Ok(Self::new(words, Change::Again(last)))
    }

    /// The same in a dialogue that stands nowhere yet: staying is staying in this frame.
    pub(super) fn beginning_in(mut self, frame: Frame) -> Self {
        if matches!(self.change, Change::Stay | Change::Again(_)) {
            self.change = Change::Next(vec![frame]);
        }
        self
    }
}

/// A handler that returns it begins the dialogue, or says only what [`Step::done`] says.
impl IntoReply for Moves {
    fn into_reply(self) -> Result<Reply, Error> {
        let Change::Next(frames) = self.change else { return Ok(self.reply) };
        let begin = Begin { frames, question: self.reply.newest(), alarms: self.alarms };
        Ok(self.reply.beginning(begin))
    }
}

/// A handler that returns it begins the dialogue.
impl<D> IntoReply for Step<D> {
    fn into_reply(self) -> Result<Reply, Error> {
        self.moves?.into_reply()
    }
}

/// Shows what is said, and no state.
impl<D> fmt::Debug for Step<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Step").field(&self.moves).finish()
    }
}
