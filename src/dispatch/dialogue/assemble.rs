//! How a bot comes to know its dialogues.

use std::{any::TypeId, panic::Location};

use super::{Dialogue, scene::Of, talk::Known};
use crate::dispatch::{
    Answers, Arguments, Async, Bot, Callable, IntoFilter, Router, handler::ByType,
};

impl<S: Send + Sync + 'static> Bot<S> {
    /// Messages for which the filter holds begin this dialogue: its first state is its `Default`,
    /// and steps on the message at once.
    ///
    /// It is a route among the others, tried in order.
    ///
    /// # Panics
    /// If the bot knows another dialogue of this name.
    #[track_caller]
    pub fn dialogue<D: Dialogue<S> + Default>(self, filter: impl IntoFilter) -> Self {
        self.knows::<D>().on::<ByType, _>(filter, Of::<D>::new())
    }

    /// The bot can go on with this dialogue, which handlers and other dialogues begin.
    ///
    /// ```
    /// # use chinwag::{Dialogue, Result, Stored, Turn};
    /// use chinwag::{Bot, Captures, Step, pattern};
    ///
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # enum Booking { When { seats: u32 } }
    /// # impl Stored for Booking { const NAME: &'static str = "booking"; }
    /// # impl Dialogue for Booking {
    /// #     async fn step(self, _: &mut Turn) -> Result<Step<Self>> { Ok(Step::done(())) }
    /// # }
    /// let bot = Bot::new(()).knows::<Booking>().on(
    ///     pattern(r"a table for (\d+)"),
    ///     async |Captures((seats,)): Captures<(u32,)>| {
    ///         Step::next(Booking::When { seats }, "For which evening?")
    ///     },
    /// );
    /// ```
    ///
    /// # Panics
    /// If the bot knows another dialogue of this name.
    #[track_caller]
    pub fn knows<D: Dialogue<S>>(mut self) -> Self {
        let scenes = &mut self.dialogues.scenes;
        let Some(known) = scenes.iter().find(|known| known.scene.name() == D::NAME) else {
            let (scene, at) = (Box::new(Of::<D>::new()), Location::caller());
            scenes.push(Known { scene, at });
            return self;
        };
        assert!(
            known.scene.of() == TypeId::of::<D>(),
            "the bot knows another dialogue called {:?} already, at {}",
            D::NAME,
            known.at
        );
        self
    }

    /// While a dialogue runs, messages for which the filter holds end it, with those that have
    /// called it, and this handler answers.
    ///
    /// Without any, `cancel` and `stop it` do, and the answer is `Cancelled.`. The words that end
    /// consent, such as STOP, need no filter and cannot have one: see
    /// [`Keywords`](crate::dispatch::Keywords).
    ///
    /// ```
    /// use chinwag::{Bot, text};
    ///
    /// let bot = Bot::new(()).cancel(text("forget it"), async || "Forgotten. Say *order* any time.");
    /// ```
    #[track_caller]
    pub fn cancel<M: 'static, H>(mut self, filter: impl IntoFilter, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        let cancels = std::mem::take(&mut self.dialogues.cancels);
        let is_first = std::mem::take(&mut self.dialogues.has_usual_cancels);
        let cancels = if is_first { Router::new() } else { cancels };
        self.dialogues.cancels = cancels.on(filter, handler);
        self
    }

    /// While a dialogue runs, messages for which the filter holds go to this handler, and then the
    /// dialogue asks its question again.
    ///
    /// ```
    /// use chinwag::{Bot, word};
    ///
    /// let bot = Bot::new(()).interrupt(word("hours"), async || "We are here till ten.");
    /// ```
    #[track_caller]
    pub fn interrupt<M: 'static, H>(mut self, filter: impl IntoFilter, handler: H) -> Self
    where
        H: Callable<S, M>,
        H::Arguments: Arguments<S>,
        H::Returned: Async + Answers,
    {
        let interrupts = std::mem::take(&mut self.dialogues.interrupts);
        self.dialogues.interrupts = interrupts.on(filter, handler);
        self
    }
}
