//! What is remembered as an argument of handlers, and what they get when it cannot be read.

use super::{Declined, FromTurn, Turn};
use crate::conversation::{Remember, Unreadable};

/// What is remembered of the conversation under the type's name, or its default.
///
/// Returned beside a reply, as in `("Noted.", Remembered(list))`, it is remembered from then on.
///
/// What is stored and cannot be read comes to the [end](crate::conversation::End) that its type
/// says. As `Result<Remembered<T>, Unreadable>` it comes to the handler in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered<T>(pub T);

impl<S, T: Remember> FromTurn<S> for Remembered<T> {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(Self(turn.remembered()?))
    }
}

/// For handlers that see to it themselves; the type's own end is not asked.
impl<S, T: Remember> FromTurn<S> for Result<Remembered<T>, Unreadable> {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(turn.recall().map(|value| Remembered(value.unwrap_or_default())))
    }
}

/// In what is given to `Bot::on_unreadable`, and nowhere else.
impl<S> FromTurn<S> for Unreadable {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        let lost = turn.unreadable().cloned();
        lost.ok_or(Declined::because("nothing was found unreadable in this turn"))
    }
}
