//! The life of a message, from the moment it is trusted to the moment its reply may leave.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use futures_util::FutureExt;

use super::{
    Error, Failure, Keywords, Panicked, Reply, Router, Turn, TurnError,
    begin::{Desk, Started},
    caller::Caller,
    dialogue::Dialogues,
    explain::OTHERWISE_DECLINED,
    failure,
    finish::Excess,
    handler::Endpoint,
    posting::{BEHIND_THE_ANSWER, confirmations, parcels},
    table::Table,
};
use crate::{
    conversation::{End, Key, Record, Unreadable},
    message::Inbound,
    store::{Outcome, TurnId},
};

/// A bot: routes, the author's application state, a store and a clock.
///
/// ```
/// use chinwag::{Bot, Captures, State, pattern, text};
///
/// #[derive(Clone)]
/// struct Shop {
///     price: u32,
/// }
///
/// async fn price(Captures((count,)): Captures<(u32,)>, State(shop): State<Shop>) -> String {
///     format!("That is *{}* €.", count * shop.price)
/// }
///
/// let bot = Bot::new(Shop { price: 3 })
///     .on(text("hi"), async || "Hello! Say *buy 2*.")
///     .on(pattern(r"buy (\d+)"), price)
///     .otherwise(async || "Say *hi*.");
/// ```
#[must_use = "a bot does nothing until it is given to a webhook"]
pub struct Bot<S = ()> {
    pub(super) router: Router<S>,
    /// The routes, arranged when the first message needs them.
    pub(super) table: OnceLock<Table<S>>,
    pub(super) app: Arc<S>,
    pub(super) on_error: Option<failure::Hook>,
    pub(super) dialogues: Dialogues<S>,
    pub(super) on_unreadable: Option<Box<dyn Endpoint<S>>>,
    pub(super) keywords: Keywords,
    pub(super) desk: Desk,
    /// Nothing sends parcels, and that was not said yet.
    pub(super) is_unheard: AtomicBool,
    /// What becomes of replies that are too large for one answer.
    pub(super) excess: Excess,
}

impl<S: Send + Sync + 'static> Bot<S> {
    /// Answers one message: the same answer to each copy of it, effects once.
    ///
    /// Only when this returns a reply may anything leave the process. Dropping the future at any
    /// moment leaves the conversation as it was.
    ///
    /// # Errors
    /// If the message is not answered; the conversation is as it was.
    pub async fn receive(&self, message: Inbound) -> Result<Reply, TurnError> {
        self.receive_for(message, &Caller::waiting()).await
    }

    /// The same for a caller who may leave: then the reply goes to the outbox, and each copy is
    /// answered with silence.
    pub(crate) async fn receive_for(
        &self,
        message: Inbound,
        caller: &Caller,
    ) -> Result<Reply, TurnError> {
        let key = Key::of(&message);
        let id = TurnId::of(&message);
        // The next message of this conversation waits until `working` is gone.
        let (mut record, working) = match self.desk.begin(&key, id).await? {
            Started::Turn(record, working) => (record, working),
            Started::Answered(answer) => return Ok(Reply::recall(&answer)?),
        };
        caller.begin();
        let now = self.desk.now();
        record.heard(now);

        let heeded = self.heed(&message, &mut record, now);
        let confirms = heeded.is_some() && record.stopped().is_some();
        let (mut reply, record) = if let Some(reply) = heeded {
            (reply.finished(&message.from, self.excess).map_err(TurnError::Reply)?, record)
        } else {
            let turn = Turn::new(message, record, now, Arc::clone(&self.app));
            working.does(self.answer(turn)).await?
        };

        let now = self.desk.now();
        let parcels = if caller.serve() {
            parcels(id, &key, now.after(BEHIND_THE_ANSWER), &reply.split_off_excess())
        } else {
            let parcels = if confirms { confirmations } else { parcels };
            parcels(id, &key, now, &reply.take_messages())
        };
        working.commit(&Outcome { record, answer: reply.answer(), parcels }).await?;
        Ok(reply)
    }

    /// The handler's reply and what is remembered, or else the error hook's reply and what was
    /// remembered before.
    async fn answer(&self, mut turn: Turn<S>) -> Result<(Reply, Record), TurnError> {
        let outcome = AssertUnwindSafe(self.handle(&mut turn)).catch_unwind().await;
        let finish = |reply: Reply| {
            reply.check_aside(turn.record())?;
            Ok(reply.finished(&turn.message().from, self.excess)?)
        };
        let failed = match outcome.map(|reply| reply.and_then(finish)) {
            Ok(Ok(mut reply)) => {
                let (notes, aside) = (reply.take_notes(), reply.take_aside());
                for (name, json) in notes {
                    turn.note(name, json);
                }
                let (now, mut record) = (turn.now(), turn.into_record().1);
                aside.keep(&mut record, now);
                return Ok((reply, record));
            }
            Ok(Err(error)) => error,
            Err(panic) => Panicked::with(&*panic).into(),
        };
        turn.drop_notes();
        let (message, record) = turn.into_record();
        Ok((self.excuse(message, failed).await?, record))
    }

    /// What answers, or what becomes of stored values that it cannot read.
    async fn handle(&self, turn: &mut Turn<S>) -> Result<Reply, Error> {
        let mut reply = match self.offer(turn).await {
            Err(error) => self.end(turn, *error.downcast()?).await?,
            Ok(reply) => reply,
        };
        if let Some(begin) = reply.take_begin() {
            self.dialogues.begin(begin, turn)?;
        }
        Ok(reply)
    }

    /// The end that the type of an unreadable value has for it; what is stored stays as it is.
    async fn end(&self, turn: &mut Turn<S>, lost: Unreadable) -> Result<Reply, Error> {
        tracing::warn!(%lost, inbound = ?turn.message(), "what is remembered cannot be read");
        turn.drop_notes();
        if let End::Answer(text) = lost.end {
            return Ok(Reply::text(text));
        }
        turn.lost(lost.clone());
        match self.on_unreadable.as_ref().map(|handler| handler.claim(turn)) {
            Some(Ok(answer)) => answer.await,
            Some(Err(_)) | None => Err(lost.into()),
        }
    }

    /// A running dialogue has the first word, and then the routes.
    async fn offer(&self, turn: &mut Turn<S>) -> Result<Reply, Error> {
        if let Some(reply) = self.dialogues.hear(turn).await? {
            return Ok(reply);
        }
        if let Some(reply) = self.table().offer(turn).await? {
            return Ok(reply);
        }
        let has_declined = self.table().has_otherwise(turn.message(), turn.record());
        let advice = if has_declined { OTHERWISE_DECLINED } else { "add an otherwise" };
        tracing::warn!(inbound = ?turn.message(), advice, "no route took the message");
        Ok(Reply::silent())
    }

    /// What the author's error hook says in place of the handler.
    async fn excuse(&self, message: Inbound, error: Error) -> Result<Reply, TurnError> {
        tracing::error!(%error, inbound = ?message, "the handler failed");
        let Some(hook) = &self.on_error else { return Err(error.into()) };
        let contact = message.from.clone();
        let answer = AssertUnwindSafe(async { hook(Failure { error, message }).await });
        let reply = answer.catch_unwind().await;
        let reply = reply.map_err(|panic| TurnError::Panicked(Panicked::with(&*panic)))?;
        let reply = reply.map_err(TurnError::from)?.finished(&contact, self.excess);
        let mut reply = reply.map_err(TurnError::Reply)?;
        drop((reply.take_notes(), reply.take_begin(), reply.take_aside()));
        Ok(reply)
    }
}
