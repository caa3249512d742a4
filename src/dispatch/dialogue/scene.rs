//! A dialogue of a bot, once its type is forgotten.

use std::{any::TypeId, marker::PhantomData, pin::Pin};

use async_trait::async_trait;

use super::{Dialogue, Frame, step::Moves};
use crate::{
    conversation::{Unreadable, from_note},
    dispatch::{Error, Handler, IntoReply, Reply, Result, Turn},
};

/// A step under way.
pub(super) type Stepping<'a> = Pin<Box<dyn Future<Output = Result<Moves, Error>> + Send + 'a>>;

/// A dialogue that the bot knows.
pub(super) trait Scene<S>: Send + Sync {
    fn name(&self) -> &'static str;

    fn of(&self) -> TypeId;

    /// Reads the state and begins to step, or says why it cannot be read.
    fn step<'a>(&self, state: &str, turn: &'a mut Turn<S>) -> Result<Stepping<'a>, Unreadable>;

    /// Whether the state can be read.
    fn probe(&self, state: &str) -> Result<(), Unreadable>;
}

/// The dialogue `D`.
pub(super) struct Of<D>(PhantomData<fn() -> D>);

impl<D> Of<D> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: Send + Sync + 'static, D: Dialogue<S>> Scene<S> for Of<D> {
    fn name(&self) -> &'static str {
        D::NAME
    }

    fn of(&self) -> TypeId {
        TypeId::of::<D>()
    }

    fn step<'a>(&self, state: &str, turn: &'a mut Turn<S>) -> Result<Stepping<'a>, Unreadable> {
        let state: D = from_note(state)?;
        Ok(Box::pin(async { Moves::of(state.step(turn).await) }))
    }

    fn probe(&self, state: &str) -> Result<(), Unreadable> {
        from_note::<D>(state).map(drop)
    }
}

/// The route that begins a dialogue: its first state steps on the message.
#[async_trait]
impl<S: Send + Sync + 'static, D: Dialogue<S> + Default> Handler<S> for Of<D> {
    async fn handle(&self, turn: &mut Turn<S>) -> Result<Reply> {
        let first = Frame::of(&D::default())?;
        let moves = Moves::of(D::default().step(turn).await)?;
        moves.beginning_in(first).into_reply()
    }
}
