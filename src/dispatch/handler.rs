//! The two doors for handlers: a type that implements [`Handler`], or an async function.

use std::{marker::PhantomData, pin::Pin};

use async_trait::async_trait;

use super::{Declined, Error, FromTurn, IntoReply, Reply, Result, Turn};

/// Answers turns: the door for types.
///
/// Functions and closures need not implement it; see [`Callable`].
///
/// ```
/// use async_trait::async_trait;
/// use chinwag::{Handler, Reply, Result, Turn};
///
/// struct Greeter {
///     greeting: String,
/// }
///
/// #[async_trait]
/// impl Handler for Greeter {
///     async fn handle(&self, turn: &mut Turn) -> Result<Reply> {
///         Ok(Reply::text(format!("{}, you said {}", self.greeting, turn.text())))
///     }
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Handler<{S}>`",
    note = "write: #[async_trait] impl Handler<{S}> for {Self} {{ async fn handle(&self, turn: &mut Turn<{S}>) -> Result<Reply> }}"
)]
pub trait Handler<S: Send + Sync + 'static = ()>: Send + Sync + 'static {
    /// Answers one turn.
    ///
    /// # Errors
    /// Any; the turn is undone then, and the bot's error hook may answer in its place.
    async fn handle(&self, turn: &mut Turn<S>) -> Result<Reply>; // impls need #[async_trait]
}

/// What can stand behind a filter: an async function of up to eight arguments, a closure that
/// returns a future, or a [`Handler`].
///
/// `M` tells the shapes apart and is inferred. The questions are asked one after the other, so
/// that the compiler can say which one has a wrong answer: is it a function or a handler at all,
/// can its [`Arguments`] be read from a turn, is it [`Async`], is it `Send` with a reply as its
/// result, so that it [`Answers`].
///
/// What a closure has captured is cloned for each turn:
///
/// ```
/// # use chinwag::{Bot, text};
/// let shop = String::from("corner shop");
/// let bot = Bot::new(()).on(text("hi"), move || {
///     let shop = shop.clone();
///     async move { format!("Welcome to the {shop}!") }
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle a `Turn<{S}>`",
    label = "neither an async function nor a type that implements `Handler<{S}>`",
    note = "a function: async fn greet(Text(words): Text, State(app): State<App>) -> impl IntoReply, given by its name and not called",
    note = "a type: #[async_trait] impl Handler<{S}> for MyHandler {{ async fn handle(&self, turn: &mut Turn<{S}>) -> Result<Reply> }}"
)]
pub trait Callable<S, M>: Send + Sync + 'static {
    /// The arguments, as a tuple.
    type Arguments;
    /// What a call returns.
    type Returned;

    /// Calls the function with its arguments, or the type with the turn.
    #[doc(hidden)]
    fn call<'a>(
        &'a self,
        arguments: Self::Arguments,
        turn: &'a mut Turn<S>,
    ) -> Called<'a, Self::Returned>;
}

/// What a call has begun.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "futures have no debug form")]
pub enum Called<'a, R> {
    /// A function's future, whose output becomes a reply.
    Function(R),
    /// A type's future.
    Type(Answering<'a>),
}

/// What an async function returns: a future.
#[diagnostic::on_unimplemented(
    message = "a handler that returns `{Self}` is not async",
    label = "needs to be `async fn`, or `async ||` for a closure"
)]
pub trait Async: Future {}

#[diagnostic::do_not_recommend]
impl<F: Future> Async for F {}

/// What answers a turn: a future that is `Send` and has a reply as its result.
pub trait Answers {
    /// The reply, once it is there.
    #[doc(hidden)]
    fn answer(self) -> Answering<'static>;
}

impl<F: Future<Output: IntoReply> + Send + 'static> Answers for F {
    fn answer(self) -> Answering<'static> {
        Box::pin(async { self.await.into_reply() })
    }
}

/// The arguments of a handler: a tuple of at most eight.
///
/// A function of nine to twelve is [`Callable`] too, only so that the compiler can count them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are too many arguments for a handler",
    label = "a handler has at most eight arguments",
    note = "join some of them in a type of your own that implements FromTurn"
)]
pub trait Arguments<S>: Sized + Send {
    /// How many groups of the pattern they read.
    #[doc(hidden)]
    const GROUPS: usize;

    /// Reads all of them.
    #[doc(hidden)]
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined>;
}

/// The tuples that are [`Arguments`]; apart, so that the compiler does not list them all.
pub trait Tuple<S>: Sized + Send {
    const GROUPS: usize;

    fn read(turn: &Turn<S>) -> Result<Self, Declined>;
}

impl<S, T: Tuple<S>> Arguments<S> for T {
    const GROUPS: usize = T::GROUPS;

    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
        T::read(turn)
    }
}

/// An answer under way.
pub(super) type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// Any handler, once its shape is forgotten.
#[doc(hidden)]
pub(super) trait Endpoint<S>: Send + Sync {
    /// Reads the arguments and begins to answer, or says why the turn is not for this handler.
    fn claim<'a>(&'a self, turn: &'a mut Turn<S>) -> Result<Answering<'a>, Declined>;

    /// Whether the arguments can be read; nothing is called.
    fn probe(&self, turn: &Turn<S>) -> Result<(), Declined>;

    /// How many groups of the pattern the arguments read.
    fn groups(&self) -> usize;
}

/// Marks a type that implements [`Handler`].
#[derive(Debug)]
pub struct ByType;

impl<S: Send + Sync + 'static, H: Handler<S>> Callable<S, ByType> for H {
    type Arguments = ();
    type Returned = std::future::Ready<Reply>;

    fn call<'a>(&'a self, (): (), turn: &'a mut Turn<S>) -> Called<'a, Self::Returned> {
        Called::Type(self.handle(turn))
    }
}

/// A handler with the mark of its shape.
pub(super) struct Erased<H, M>(H, PhantomData<fn(M)>);

impl<H, M> Erased<H, M> {
    pub(super) fn new(handler: H) -> Self {
        Self(handler, PhantomData)
    }
}

impl<S, M, H> Endpoint<S> for Erased<H, M>
where
    H: Callable<S, M>,
    H::Arguments: Arguments<S>,
    H::Returned: Answers,
{
    fn claim<'a>(&'a self, turn: &'a mut Turn<S>) -> Result<Answering<'a>, Declined> {
        let arguments = Arguments::from_turn(turn)?;
        Ok(match self.0.call(arguments, turn) {
            Called::Function(answer) => answer.answer(),
            Called::Type(answer) => answer,
        })
    }

    fn probe(&self, turn: &Turn<S>) -> Result<(), Declined> {
        H::Arguments::from_turn(turn).map(drop)
    }

    fn groups(&self) -> usize {
        H::Arguments::GROUPS
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<S, $($name: FromTurn<S> + Send),*> Tuple<S> for ($($name,)*) {
            const GROUPS: usize = {
                let groups: &[usize] = &[0 $(, $name::GROUPS)*];
                largest(groups)
            };

            #[expect(clippy::allow_attributes, reason = "only the tuple of nothing needs it")]
            #[allow(unused_variables, reason = "the tuple of nothing reads nothing")]
            fn read(turn: &Turn<S>) -> Result<Self, Declined> {
                let read = || Ok(($($name::from_turn(turn)?,)*));
                read().map_err(|declined: Declined| {
                    // What cannot be read ends the turn only where all else fits.
                    let mut others = std::iter::empty::<Option<Declined>>()$(
                        .chain(std::iter::once_with(|| $name::from_turn(turn).err()))
                    )*.flatten();
                    match declined.lost {
                        Some(_) => others.find(|other| other.lost.is_none()).unwrap_or(declined),
                        None => declined,
                    }
                })
            }
        }
    };
}

macro_rules! functions {
    ($($name:ident)*) => {
        impl<S, Fun, Fut, $($name),*> Callable<S, fn($($name),*) -> Fut> for Fun
        where
            Fun: Fn($($name),*) -> Fut + Send + Sync + 'static,
        {
            type Arguments = ($($name,)*);
            type Returned = Fut;

            #[expect(clippy::allow_attributes, reason = "only some arities need it")]
            #[allow(non_snake_case, reason = "types name the arguments")]
            fn call<'a>(
                &'a self,
                ($($name,)*): Self::Arguments,
                _turn: &'a mut Turn<S>,
            ) -> Called<'a, Fut> {
                Called::Function(self($($name),*))
            }
        }
    };
}

const fn largest(numbers: &[usize]) -> usize {
    let (mut largest, mut at) = (0, 0);
    while at < numbers.len() {
        if numbers[at] > largest {
            largest = numbers[at];
        }
        at += 1;
    }
    largest
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

functions!();
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E F);
functions!(A B C D E F G);
functions!(A B C D E F G H);
functions!(A B C D E F G H I);
functions!(A B C D E F G H I J);
functions!(A B C D E F G H I J K);
functions!(A B C D E F G H I J K L);
