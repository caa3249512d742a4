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
    message = "`{Self}` does not implement `Handler`",
    note = "write: #[async_trait] impl Handler for {Self} {{ async fn handle(&self, turn: &mut Turn) -> Result<Reply> }}"
)]
pub trait Handler<S: Send + Sync + 'static = ()>: Send + Sync + 'static {
    /// Answers one turn.
    ///
    /// # Errors
    /// Any; the turn is undone then, and the bot's error hook may answer in its place.
    async fn handle(&self, turn: &mut Turn<S>) -> Result<Reply>;
}

/// What can stand behind a filter: an async function of up to eight arguments, a closure that
/// returns a future, or a [`Handler`].
///
/// `M` tells the shapes apart and is inferred. The four questions are asked one after the other,
/// so that the compiler can say which one has a wrong answer: is it a function or a handler at
/// all, can its arguments be read from a turn, is it async and `Send`, is its result a reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle turns",
    label = "needs an async function, or a type that implements `Handler`",
    note = "a function has at most eight arguments, takes them by value, and captures nothing that it borrows: async fn(Text, State<App>) -> impl IntoReply",
    note = "a type implements Handler: #[async_trait] impl Handler for MyBot {{ async fn handle(&self, turn: &mut Turn) -> Result<Reply> }}"
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

/// Several arguments of a handler, as a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a handler",
    note = "each argument implements FromTurn and is taken by value"
)]
pub trait Arguments<S>: Sized + Send {
    /// How many groups of the pattern they read.
    #[doc(hidden)]
    const GROUPS: usize;

    /// Reads all of them.
    #[doc(hidden)]
    fn from_turn(turn: &Turn<S>) -> Result<Self, Declined>;
}

/// An answer under way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 'a>>;

/// Any handler, once its shape is forgotten.
#[doc(hidden)]
pub trait Endpoint<S>: Send + Sync {
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
    H::Returned: Future + Send + 'static,
    <H::Returned as Future>::Output: IntoReply,
{
    fn claim<'a>(&'a self, turn: &'a mut Turn<S>) -> Result<Answering<'a>, Declined> {
        let arguments = Arguments::from_turn(turn)?;
        Ok(match self.0.call(arguments, turn) {
            Called::Function(answer) => Box::pin(async move { answer.await.into_reply() }),
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

macro_rules! arities {
    ($($name:ident)*) => {
        impl<S, $($name: FromTurn<S> + Send),*> Arguments<S> for ($($name,)*) {
            const GROUPS: usize = {
                let groups: &[usize] = &[0 $(, $name::GROUPS)*];
                largest(groups)
            };

            #[expect(clippy::allow_attributes, reason = "only the tuple of nothing needs it")]
            #[allow(unused_variables, reason = "the tuple of nothing reads nothing")]
            fn from_turn(turn: &Turn<S>) -> Result<Self, Declined> {
                Ok(($($name::from_turn(turn)?,)*))
            }
        }

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

arities!();
arities!(A);
arities!(A B);
arities!(A B C);
arities!(A B C D);
arities!(A B C D E);
arities!(A B C D E F);
arities!(A B C D E F G);
arities!(A B C D E F G H);
