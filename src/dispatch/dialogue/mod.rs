//! A conversation over several turns: a state enum and one `step`.
//!
//! What an author writes stands first, then what is kept of it, then what happens with a message.

mod question;
mod step;

mod stack;

mod scene;
mod talk;

mod assemble;

pub use question::{Question, Retry, ask, choose};
pub use step::{Gives, InvalidStep, Step};

pub(super) use stack::{Frame, Stack};
pub(super) use step::{Begin, Gift};
pub(super) use talk::Dialogues;

use super::{Result, Turn};
use crate::conversation::Stored;

/// A conversation over several turns: an enum of states, and one `step` from each of them.
///
/// A state is what the dialogue waits for, with all that it has learned so far. The next message
/// goes to `step`, whose one `match` says for each state what the message means; a forgotten state
/// is an error of the compiler. What it returns is a [`Step`]: what is said, and where the
/// dialogue stands then. Both are committed together, and if the step fails, nothing has happened.
///
/// ```
/// use chinwag::{Bot, Dialogue, Result, Step, Stored, Turn, ask, text};
///
/// #[derive(Default, serde::Serialize, serde::Deserialize)]
/// enum Order {
///     #[default]
///     New,
///     Dish,
///     Count { dish: String },
/// }
///
/// impl Stored for Order {
///     const NAME: &'static str = "order";
/// }
///
/// impl Dialogue for Order {
///     async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
///         let count = ask::<u8>("How many?").retry("A number, please.");
///         Ok(match self {
///             Self::New => Step::next(Self::Dish, "What would you like?"),
///             Self::Dish => Step::next(Self::Count { dish: turn.text().to_owned() }, count),
///             Self::Count { dish } => {
///                 let count = count.answer(turn)?;
///                 Step::done(format!("Noted: *{count} × {dish}*."))
///             }
///         })
///     }
/// }
///
/// let bot = Bot::new(()).dialogue::<Order>(text("order"));
/// ```
///
/// **Beginning.** `Bot::dialogue` begins it when a filter holds: `Default` is the first state, and
/// the message that began it is the first one that it steps on. Any handler begins it too, by
/// returning a [`Step::next`] of it; the bot must [know](super::Bot::knows) it then.
///
/// **While it runs** it has every message before the routes. Words such as *cancel*
/// ([`Bot::cancel`](super::Bot::cancel)) end it from anywhere, and a question of the person's
/// ([`Bot::interrupt`](super::Bot::interrupt)) is answered before its own is asked again.
///
/// **Deploys.** A state is [`Stored`], with a version and a way up from older ones. One that cannot
/// be read comes to the end that [`Stored::IF_UNREADABLE`] says: by default the dialogue is over,
/// the log says so, and the message goes to the routes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a dialogue of a bot with the application state `{S}`",
    label = "needs `impl Dialogue<{S}>`",
    note = "write: impl Dialogue<{S}> for {Self} {{ async fn step(self, turn: &mut Turn<{S}>) -> Result<Step<Self>> }}"
)]
pub trait Dialogue<S: Send + Sync + 'static = ()>: Stored {
    /// What this message means in this state, and what comes next.
    ///
    /// # Errors
    /// Any; the dialogue stays where it was then, and the bot's error hook may answer. A [`Retry`]
    /// is no failure: its words are said and the state stays.
    fn step(self, turn: &mut Turn<S>) -> impl Future<Output = Result<Step<Self>>> + Send;
}
