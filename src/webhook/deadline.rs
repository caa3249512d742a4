//! Turns at the doors: each outlives its caller, and none lets it wait beyond the deadline.

use std::{
    convert::Infallible,
    fmt,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{FutureExt, poll};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::{
    form,
    late::{Late, Place},
    outliving::{Outliving, Running, Tasks},
};
use crate::{
    conversation::Key,
    dispatch::{Bot, Caller, Reply, TurnError},
    message::{Inbound, MessageSid, Parameters},
    outbound::{Gateway, Latecomers, Resumed},
    store::TurnId,
};

/// How long a caller waits if nothing else is said: Twilio hangs up after 15 seconds
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>).
pub(super) const DEADLINE: Duration = Duration::from_secs(10);
/// How soon it is tried again to hand off a message when the store could not be reached.
const POST_AGAIN: Duration = Duration::from_millis(250);
/// How long after a late turn its conversation's replies still go behind its own.
const OUTBOX_SENDS: Duration = Duration::from_secs(2);
/// How long the courier waits for a message that it brings back.
const PATIENCE: Duration = Duration::from_secs(1);
/// When a turn counts as slow, so that the person is shown that an answer is being written.
const SLOW: Duration = Duration::from_millis(1_500);
/// How often that is shown again: it lasts for 25 seconds.
const TYPING: Duration = Duration::from_secs(20);

/// The turns of all messages that come to the doors.
///
/// A message whose turn is not done at the deadline is handed off: it lies in the outbox from then
/// on, its caller is answered with silence, and its reply goes by way of the outbox. If this process
/// ends before that, a courier brings the message back to another one.
pub(super) struct Turns<S> {
    pub(super) bot: Arc<Bot<S>>,
    pub(super) deadline: Duration,
    /// Whether a courier sends what is in the outbox; otherwise each caller has to wait.
    pub(super) has_courier: bool,
    /// What shows that an answer is being written.
    pub(super) typing: Option<Arc<dyn Gateway>>,
    pub(super) late: Arc<Late>,
    pub(super) tasks: Tasks,
    /// The log was told that somebody waits for too long.
    pub(super) is_warned: AtomicBool,
}

impl<S: Send + Sync + 'static> Turns<S> {
    /// The reply to a message for a caller who waits for it, or silence at the deadline.
    pub(super) async fn answer(&self, message: Inbound) -> Result<Reply, TurnError> {
        if !self.has_courier {
            return self.wait(message).await;
        }
        let key = Key::of(&message);
        if self.late.has(&key, TurnId::of(&message)) {
            return Ok(Reply::silent());
        }
        // Behind a late reply goes what is said after it.
        let caller = if self.late.is_in(&key) { Caller::gone() } else { Caller::waiting() };
        let mut turn = self.begin(message.clone(), &caller);
        if let Poll::Ready(answer) = poll!(&mut turn) {
            return answer;
        }
        if let Ok(answer) = timeout(self.deadline, &mut turn).await {
            return answer;
        }
        tokio::select! {
            biased;
            answer = &mut turn => return answer,
            () = self.post(&message) => {}
        }
        if !caller.leave() {
            // The reply is being committed for this caller.
            return turn.await;
        }
        if let (Some(turn), Some(place)) =
            (turn.turn.take(), self.late.enter(key, TurnId::of(&message), caller.clone()))
        {
            tracing::info!(inbound = ?message, "a message is handed off: its turn takes too long");
            self.tasks.spawn(goes_on(Arc::clone(&self.bot), turn, message, place));
        }
        Ok(Reply::silent())
    }

    /// Whether this message is handed off and at work here.
    pub(super) fn has_handed_off(&self, message: &Inbound) -> bool {
        !self.late.is_empty() && self.late.has(&Key::of(message), TurnId::of(message))
    }

    /// Without a way to answer late, the caller waits.
    async fn wait(&self, message: Inbound) -> Result<Reply, TurnError> {
        let caller = Caller::waiting();
        let mut turn = self.begin(message, &caller);
        if let Poll::Ready(answer) = poll!(&mut turn) {
            return answer;
        }
        if let Ok(answer) = timeout(self.deadline, &mut turn).await {
            return answer;
        }
        if !self.is_warned.swap(true, Ordering::Relaxed) {
            let advice = "give the webhook a way to answer late, by sends_through(..)";
            tracing::warn!(advice, "a handler is not done at the deadline; Twilio may hang up");
        }
        turn.await
    }

    fn begin<'a>(&'a self, message: Inbound, caller: &'a Caller) -> Outliving<'a> {
        let turn = Some(self.run(message, caller.clone()));
        Outliving { turn, caller, may_leave: self.has_courier, tasks: &self.tasks }
    }

    fn run(&self, message: Inbound, caller: Caller) -> Running {
        let bot = Arc::clone(&self.bot);
        let typing = self.typing.clone().filter(|_| message.from.is_whatsapp());
        let Some(gateway) = typing else {
            return Box::pin(async move { bot.receive_for(message, &caller).await });
        };
        Box::pin(async move {
            let sid = message.sid;
            let typing = pin!(types(gateway, sid));
            let turn = pin!(bot.receive_for(message, &caller));
            tokio::select! {
                biased;
                done = turn => done,
                never = typing => match never {},
            }
        })
    }

    /// Puts the message into the outbox, however long that takes.
    async fn post(&self, message: &Inbound) {
        while let Err(error) = self.bot.hand_off(message).await {
            tracing::warn!(%error, inbound = ?message, "a message could not be handed off yet");
            sleep(POST_AGAIN).await;
        }
    }

    /// Handles a message that lies in the outbox, unless that is being done.
    async fn resume(&self, message: Inbound) -> Resumed {
        let caller = Caller::gone();
        let (key, id) = (Key::of(&message), TurnId::of(&message));
        let Some(place) = self.late.enter(key, id, caller.clone()) else {
            return Resumed::AtWork;
        };
        let turn = self.run(message.clone(), caller);
        let (tell, told) = oneshot::channel();
        let bot = Arc::clone(&self.bot);
        self.tasks.spawn(async move {
            let resumed = match AssertUnwindSafe(turn).catch_unwind().await {
                Ok(Ok(_)) => Resumed::Done,
                Ok(Err(error)) => failed(&error, &message),
                Err(_) => {
                    tracing::error!(inbound = ?message, "a late turn panicked; it is tried again");
                    Resumed::Failed
                }
            };
            // Nobody listens any more if it took long.
            if tell.send(resumed).is_err() && resumed == Resumed::Done {
                ends(&bot, &message).await;
            }
            lingers(place).await;
        });
        match timeout(PATIENCE, told).await {
            Ok(told) => told.unwrap_or(Resumed::Failed),
            Err(_) => Resumed::AtWork,
        }
    }
}

/// A turn that was handed off, to its end.
async fn goes_on<S: Send + Sync + 'static>(
    bot: Arc<Bot<S>>,
    turn: Running,
    message: Inbound,
    place: Place,
) {
    match AssertUnwindSafe(turn).catch_unwind().await {
        Ok(Ok(_)) => ends(&bot, &message).await,
        Ok(Err(error)) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, inbound = ?message, "a late turn failed; it is tried again");
        }
        Err(_) => tracing::error!(inbound = ?message, "a late turn panicked; it is tried again"),
    }
    lingers(place).await;
}

/// The conversation's next replies go behind this one's until that is sent.
async fn lingers(mut place: Place) {
    place.is_over();
    sleep(OUTBOX_SENDS).await;
}

/// Takes a message that is done out of the outbox.
async fn ends<S: Send + Sync + 'static>(bot: &Bot<S>, message: &Inbound) {
    if let Err(error) = bot.has_done(message).await {
        // The courier will find out.
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, inbound = ?message, "a message that is done is still in the outbox");
    }
}

/// What becomes of a message whose second try has failed too, as with Twilio's fallback URL.
fn failed(error: &TurnError, message: &Inbound) -> Resumed {
    let is_retryable = error.is_retryable();
    let error = error as &dyn std::error::Error;
    if is_retryable {
        tracing::warn!(error, inbound = ?message, "a late turn failed; it is tried again");
        return Resumed::Failed;
    }
    tracing::error!(error, inbound = ?message, "a late message is not answered");
    Resumed::Done
}

/// Shows that an answer is being written, as soon as it takes long.
async fn types(gateway: Arc<dyn Gateway>, message: MessageSid) -> Infallible {
    sleep(SLOW).await;
    loop {
        if let Err(error) = gateway.typing(message).await {
            tracing::debug!(%error, "nobody is shown that an answer is being written");
        }
        sleep(TYPING).await;
    }
}

/// What the courier brings back, as long as the doors stand.
pub(super) struct Returns<S>(pub(super) Weak<Turns<S>>);

#[async_trait]
impl<S: Send + Sync + 'static> Latecomers for Returns<S> {
    async fn resume(&self, message: Parameters) -> Resumed {
        let Some(turns) = self.0.upgrade() else { return Resumed::AtWork };
        match form::message(message) {
            Ok(message) => turns.resume(message).await,
            Err(error) => {
                tracing::error!(%error, "a message that was handed off is damaged; it is dropped");
                Resumed::Done
            }
        }
    }
}

impl<S> fmt::Debug for Returns<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returns").finish_non_exhaustive()
    }
}
