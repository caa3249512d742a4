//! Arguments of handlers: what can be read out of a turn.

use std::{borrow::Cow, fmt, str::FromStr};

use super::Turn;
use crate::{
    conversation::{Session, Unreadable, clock::Timestamp},
    message::{self, Address, Content, Inbound},
};

/// An argument of a handler.
///
/// An argument that cannot be read means "not mine": the turn is offered to the next route.
/// `Option<T>` and `Result<T, Declined>` take the turn in any case.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler, because it cannot be read from a `Turn<{S}>`",
    label = "a handler with this argument",
    note = "arguments are taken by value: Text, Captures<(..)>, Media, Location, Button, ListChoice, Flow, Profile, Sender, Inbound, Session, Timestamp, State<{S}>, Remembered<T>, and Option or Result<_, Declined> of these",
    note = "for arguments of your own implement FromTurn; the whole turn, &mut Turn<{S}>, goes to types that implement Handler"
)]
pub trait FromTurn<S>: Sized {
    /// How many groups of the pattern the argument reads.
    #[doc(hidden)]
    const GROUPS: usize = 0;

    /// Reads the argument.
    ///
    /// # Errors
    /// If the turn has no such thing; the reason is shown by `explain`.
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined>;
}

/// Why a handler did not take a turn: "not mine".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    reason: Cow<'static, str>,
    /// What is stored and cannot be read, if that is the reason: the turn ends here.
    pub(super) lost: Option<Box<Unreadable>>,
}

impl Declined {
    /// The reason in a few words, such as `no image came along`.
    pub fn because(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), lost: None }
    }
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Declined {}

impl From<Unreadable> for Declined {
    fn from(lost: Unreadable) -> Self {
        Self { reason: lost.to_string().into(), lost: Some(Box::new(lost)) }
    }
}

/// The words of the message, as they were typed; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

/// What the groups of the route's pattern caught, each read by its type's `FromStr`.
///
/// A group that took no part reads as an empty text. If one cannot be read, as `99999999999` as a
/// `u32`, the turn is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captures<T>(pub T);

/// The author's application state, a clone of what was given to `Bot::new`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State<S>(pub S);

/// The name that the person has chosen on WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(pub String);

/// The person's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub Address);

impl<S> FromTurn<S> for Text {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        match turn.text() {
            "" => Err(Declined::because("the message has no words")),
            text => Ok(Self(text.to_owned())),
        }
    }
}

impl<S: Clone> FromTurn<S> for State<S> {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(Self(turn.app().clone()))
    }
}

impl<S> FromTurn<S> for Profile {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        let name = turn.message().profile_name();
        name.map(|name| Self(name.to_owned())).ok_or(Declined::because("the profile has no name"))
    }
}

impl<S> FromTurn<S> for Sender {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(Self(turn.message().from.clone()))
    }
}

impl<S> FromTurn<S> for Inbound {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(turn.message().clone())
    }
}

impl<S> FromTurn<S> for Session {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(turn.session())
    }
}

/// When the message came.
impl<S> FromTurn<S> for Timestamp {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(turn.now())
    }
}

/// The first attachment.
impl<S> FromTurn<S> for message::Media {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        let first = turn.message().media().first();
        first.cloned().ok_or(Declined::because("nothing is attached"))
    }
}

/// All attachments, none included.
impl<S> FromTurn<S> for Vec<message::Media> {
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(turn.message().media().to_vec())
    }
}

macro_rules! content {
    ($($kind:ident $reason:literal)*) => {$(
        impl<S> FromTurn<S> for message::$kind {
            fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
                match &turn.message().content {
                    Content::$kind(content) => Ok(content.clone()),
                    _ => Err(Declined::because($reason)),
                }
            }
        }
    )*};
}

content! {
    Location "it is no location"
    Button "no button was tapped"
    ListChoice "nothing was chosen from a list"
    Flow "no flow was submitted"
}

impl<S, T: FromTurn<S>> FromTurn<S> for Option<T> {
    const GROUPS: usize = T::GROUPS;

    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(T::from_turn(turn).ok())
    }
}

impl<S, T: FromTurn<S>> FromTurn<S> for Result<T, Declined> {
    const GROUPS: usize = T::GROUPS;

    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        Ok(T::from_turn(turn))
    }
}

/// What one group of a pattern can be read as: every type with `FromStr`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be captured, because it does not implement `FromStr`",
    label = "a handler that captures this",
    note = "capture numbers, String or whatever else implements FromStr; texts are captured as String and not as &str"
)]
pub trait Captured: FromStr {}

#[diagnostic::do_not_recommend]
impl<T: FromStr> Captured for T {}

/// What the groups of a pattern are read as: a tuple of one to six.
#[diagnostic::on_unimplemented(
    message = "`Captures<{Self}>` does not hold a tuple of one to six",
    label = "a handler with this argument",
    note = "write Captures<(u32,)> for one group, with the comma, and Captures<(u32, String)> for two"
)]
pub trait Groups: Sized {
    /// How many they are.
    #[doc(hidden)]
    const COUNT: usize;

    /// Reads them.
    #[doc(hidden)]
    fn read(caught: &regex::Captures<'_>) -> Result<Self, Declined>;
}

impl<S, T: Groups> FromTurn<S> for Captures<T> {
    const GROUPS: usize = T::COUNT;

    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        let caught = turn.captures().ok_or(Declined::because("no pattern matched"))?;
        T::read(&caught).map(Self)
    }
}

/// A group's text as the wanted type.
fn capture<T: FromStr>(caught: &regex::Captures<'_>, group: usize) -> Result<T, Declined> {
    let text = caught.get(group).map_or("", |text| text.as_str());
    text.parse().map_err(|_| {
        // Not what it caught: the reason may end in a log.
        Declined::because(format!("group {group} is no {}", std::any::type_name::<T>()))
    })
}

macro_rules! arities {
    ($($name:ident $group:literal),*) => {
        impl<$($name: Captured),*> Groups for ($($name,)*) {
            const COUNT: usize = [$($group),*].len();

            fn read(caught: &regex::Captures<'_>) -> Result<Self, Declined> {
                Ok(($(capture::<$name>(caught, $group)?,)*))
            }
        }
    };
}

arities!(A 1);
arities!(A 1, B 2);
arities!(A 1, B 2, C 3);
arities!(A 1, B 2, C 3, D 4);
arities!(A 1, B 2, C 3, D 4, E 5);
arities!(A 1, B 2, C 3, D 4, E 5, F 6);
