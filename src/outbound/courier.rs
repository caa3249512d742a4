//! The courier: one parcel from the outbox to the gateway, whatever happens between.

use std::{
    error::Error,
    fmt,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    gateway::{Fault, Gateway, Letter, Unsent},
    latecomers::{Latecomers, Resumed},
    ledger::Ledger,
    memo::Memo,
    pace::{Pace, Rate},
    pause::pause,
    quiet::QuietHours,
};
use crate::{
    conversation::{SESSION_MARGIN, Uninvited, clock::Clock, confirmed, permitted},
    message::{Confirmation, ErrorCode, HandedOff, InvalidForm, MessageSid, Outbound},
    store::{Claim, Delivery, LEASE, Parcel, Sent, Settled, Store, StoreError},
};

/// Most messages that are under way to the gateway at the same time.
pub(super) const MOST: usize = 64;
/// How often the store is told that a parcel is still in hand.
const STILL_HERE: Duration = Duration::from_millis(1_500);
/// How long a gateway may take for one message or one look.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long after a try of unknown outcome the other side is asked: it may still be at work.
const SETTLING: Duration = LEASE;
/// How far the other side's clock may be behind ours.
const SKEW: Duration = Duration::from_mins(1);
/// How long after a failure to settle it is tried again.
const SETTLE_AGAIN: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(250)];
/// Free-form text or media outside of the session
/// (<https://www.twilio.com/docs/api/errors/63016>).
const SESSION_CLOSED: ErrorCode = ErrorCode(63016);

/// Takes parcels out of a store's outbox and sends them: in order for each conversation, one at a
/// time, and again until it is known what became of them.
///
/// Any number of couriers may work on one store. When it is not known whether a message left, the
/// gateway is asked for it before it is sent again. Only between a crash of this process and the
/// next try can two messages of the very same words in one conversation be taken for each other.
pub struct Courier {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    gateway: Box<dyn Gateway>,
    margin: Duration,
    pub(super) quiet: Option<QuietHours>,
    latecomers: Option<Box<dyn Latecomers>>,
    memo: Mutex<Memo>,
    lines: Semaphore,
    pace: Pace,
    hears: Option<Box<Hears>>,
    fates: Option<Box<Fates>>,
}

/// What has become of a parcel in a courier's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It was taken, as this message.
    Sent(MessageSid),
    /// It never will be sent: the other side refused it, or it may not be said any more.
    Refused,
    /// It waits for the end of the contact's quiet hours, as another parcel.
    Waits,
}

/// Is told of deliveries that have moved.
type Hears = dyn Fn(Delivery) -> BoxFuture<'static, ()> + Send + Sync;
/// Is told of parcels that are gone.
type Fates = dyn Fn(&Parcel, Fate) + Send + Sync;

impl Courier {
    /// A courier for this outbox that sends through this gateway.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, gateway: impl Gateway) -> Self {
        Self {
            store,
            pace: Pace::new(Rate::default(), Arc::clone(&clock)),
            clock,
            gateway: Box::new(gateway),
            margin: SESSION_MARGIN,
            quiet: None,
            latecomers: None,
            memo: Mutex::default(),
            lines: Semaphore::new(MOST),
            hears: None,
            fates: None,
        }
    }

    /// How long before its end a session counts as closed, in place of [`SESSION_MARGIN`].
    #[must_use]
    pub fn margin(self, margin: Duration) -> Self {
        Self { margin, ..self }
    }

    /// How fast each sender may send, in place of [`Rate::WHATSAPP`].
    #[must_use]
    pub fn rate(self, rate: Rate) -> Self {
        Self { pace: Pace::new(rate, Arc::clone(&self.clock)), ..self }
    }

    /// When notifications wait.
    #[must_use]
    pub fn quiet_hours(self, quiet: QuietHours) -> Self {
        Self { quiet: Some(quiet), ..self }
    }

    /// Messages whose reply took too long go back this way. Without it they stay for the courier of
    /// another worker.
    #[must_use]
    pub fn returns_to(self, latecomers: impl Latecomers) -> Self {
        Self { latecomers: Some(Box::new(latecomers)), ..self }
    }

    /// Tells this of each message whose status no callback brought, but a look at the gateway.
    #[must_use]
    pub fn tells<F>(self, hears: impl Fn(Delivery) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let hears = move |delivery| hears(delivery).boxed();
        Self { hears: Some(Box::new(hears)), ..self }
    }

    /// Tells this at once what has become of each parcel that leaves this courier's hands for good; of
    /// one, after a crash, perhaps twice.
    #[must_use]
    pub fn tells_fates(self, fates: impl Fn(&Parcel, Fate) + Send + Sync + 'static) -> Self {
        Self { fates: Some(Box::new(fates)), ..self }
    }

    /// Asks the gateway for messages that nothing final was heard of for long; says how many have
    /// moved. [`run`](Self::run) does so each minute.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub async fn catch_up(&self) -> Result<usize, StoreError> {
        let ledger = Ledger::new(Arc::clone(&self.store), Arc::clone(&self.clock));
        let moved = ledger.catch_up(&*self.gateway).await?;
        let count = moved.len();
        if let Some(hears) = &self.hears {
            let told =
                moved.into_iter().map(|delivery| AssertUnwindSafe(hears(delivery)).catch_unwind());
            if join_all(told).await.iter().any(Result::is_err) {
                tracing::error!("a status handler panicked");
            }
        }
        Ok(count)
    }

    /// Sends what may be sent now, of each conversation one message; says of how many it had one in
    /// hand. Call it again at once while it says more than zero; [`run`](Self::run) does better.
    ///
    /// # Errors
    /// If the store cannot say what is to be sent. What happens to one parcel is in the log.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let claims = self.claim(MOST).await?;
        let count = claims.len();
        join_all(claims.into_iter().map(|claim| self.carry(claim))).await;
        Ok(count)
    }

    pub(super) async fn claim(&self, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.store.claim(self.clock.now(), most).await
    }

    /// What becomes of one parcel in our hands.
    pub(super) async fn carry(&self, claim: Claim) {
        let work = AssertUnwindSafe(self.attempt(&claim)).catch_unwind();
        let Some(done) = self.held(&claim, work).await else { return };
        let settled = done.unwrap_or_else(|_| {
            tracing::error!(conversation = ?claim.parcel.key, "sending panicked; it is tried again");
            self.again(&claim, SETTLING)
        });
        let mut again = SETTLE_AGAIN.iter();
        while let Err(error) = (*self.store).settle(&claim, settled.clone()).await {
            let pause = again.next().filter(|_| error.is_unavailable());
            let Some(pause) = pause else {
                let parcel = claim.parcel.id;
                tracing::error!(?parcel, error = &error as &dyn Error, "a parcel is not settled");
                return;
            };
            sleep(*pause).await;
        }
    }

    /// Does this work and keeps the parcel meanwhile; `None` if another worker has it.
    async fn held<T>(&self, claim: &Claim, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(STILL_HERE, &mut work).await {
                return Some(done);
            }
            let until = Settled::Again(self.clock.now().after(LEASE));
            match self.store.settle(claim, until).await {
                Err(error) if error.is_conflict() => {
                    tracing::warn!(parcel = ?claim.parcel.id, "another worker has taken a parcel");
                    return None;
                }
                _ => {}
            }
        }
    }

    /// Looks and sends, as far as the parcel may be sent.
    async fn attempt(&self, claim: &Claim) -> Settled {
        if let Some(handed_off) = HandedOff::read(&claim.parcel.body) {
            return self.return_to_bot(claim, handed_off).await;
        }
        let key = &claim.parcel.key;
        let confirmation = Confirmation::read(&claim.parcel.body);
        let body = confirmation.map_or(&*claim.parcel.body, |confirmation| confirmation.0);
        let Ok(message) = serde_json::from_slice::<Outbound>(body) else {
            let parcel = claim.parcel.id;
            tracing::error!(conversation = ?key, ?parcel, "a parcel is damaged; it is dropped");
            return self.refused(claim);
        };
        let letter = Letter { key, message: &message };
        if let Some(sid) = self.has_been_sent(claim) {
            return self.sent(&message, sid, claim);
        }
        if self.memo().may_have_been_sent(claim) {
            match self.look(&letter, claim).await {
                Ok(Some(sid)) => return self.sent(&message, sid, claim),
                Ok(None) => {}
                Err(unsent) => return self.unknown(claim, &unsent, "could not look for a message"),
            }
        }
        if let Some(settled) = self.by_day(claim, &message).await {
            return settled;
        }
        if let Err(when) = self.pace.keep(key.sender()).await {
            self.memo().put_off(claim);
            return Settled::Again(when);
        }
        // Whatever is asked before the message leaves is asked when its turn has come.
        let _line = self.lines.acquire().await;
        let now = self.clock.now();
        // The store itself: by its handle each call would be boxed twice.
        let record = (*self.store).read(key, now).await;
        let permitted = if confirmation.is_some() { confirmed } else { permitted };
        match record.map(|record| permitted(&message, key, &record, now, self.margin)) {
            Ok(Ok(allowed)) => self.send(&Letter { key, message: &allowed }, &message, claim).await,
            Ok(Err(uninvited)) => {
                let code = (uninvited == Uninvited::SessionClosed).then_some(SESSION_CLOSED);
                let code = code.map(tracing::field::display);
                tracing::error!(conversation = ?key, code, error = %uninvited, "a message is not sent");
                self.refused(claim)
            }
            Err(error) => {
                let error = &error as &dyn Error;
                tracing::warn!(conversation = ?key, error, "the store could not tell of the session");
                self.not_now(claim)
            }
        }
    }

    /// A message whose reply took too long goes back, and stays in the outbox until it is done.
    async fn return_to_bot(
        &self,
        claim: &Claim,
        handed_off: Result<HandedOff, InvalidForm>,
    ) -> Settled {
        let Ok(HandedOff(message)) = handed_off else {
            let parcel = claim.parcel.id;
            tracing::error!(?parcel, "a message that was handed off is damaged; it is dropped");
            return Settled::Done;
        };
        let resumed = match &self.latecomers {
            Some(latecomers) => latecomers.resume(message).await,
            None => Resumed::AtWork,
        };
        match resumed {
            Resumed::Done => Settled::Done,
            Resumed::AtWork => Settled::Again(self.clock.now().after(LEASE)),
            Resumed::Failed => self.again(claim, Duration::ZERO),
        }
    }

    fn has_been_sent(&self, claim: &Claim) -> Option<MessageSid> {
        if claim.tries > 1 { self.memo().sid(claim.parcel.id) } else { None }
    }

    /// The session may have closed on the way: then the template is sent after all, if there is one.
    fn sent(&self, asked: &Outbound, sid: MessageSid, claim: &Claim) -> Settled {
        self.hear(claim, Fate::Sent(sid));
        let free_form = Outbound { template: None, ..asked.clone() };
        let template = asked.template.clone().filter(|_| !free_form.is_empty());
        let instead = template.map(|template| {
            let instead =
                Outbound { at_any_hour: asked.at_any_hour, ..Outbound::template(template) };
            let instead = serde_json::to_vec(&instead);
            instead.expect("texts and lists are always JSON").into()
        });
        Settled::Sent(Sent { sid, at: self.clock.now(), instead })
    }

    /// The message that an earlier try has become after all.
    async fn look(&self, letter: &Letter<'_>, claim: &Claim) -> Result<Option<MessageSid>, Unsent> {
        let parcel = &claim.parcel;
        let found = timeout(PATIENCE, self.gateway.find(letter, parcel.due.before(SKEW))).await;
        let found = found.unwrap_or_else(|_| Err(too_slow()))?;
        let ours = self.memo().find(parcel.id, &found);
        if let Some(sid) = ours {
            tracing::info!(%sid, tries = claim.tries, "an earlier try has sent this message");
            self.memo().sent(parcel.id, sid);
        }
        Ok(ours)
    }

    /// Sends what was allowed of what is asked.
    async fn send(&self, letter: &Letter<'_>, asked: &Outbound, claim: &Claim) -> Settled {
        let sent = timeout(PATIENCE, (*self.gateway).send(letter)).await;
        let unsent = match sent.unwrap_or_else(|_| Err(too_slow())) {
            Ok(sid) => {
                tracing::debug!(%sid, conversation = ?letter.key, "a message is sent");
                self.memo().sent(claim.parcel.id, sid);
                return self.sent(asked, sid, claim);
            }
            Err(unsent) => unsent,
        };
        let (key, error) = (letter.key, &unsent as &dyn Error);
        match unsent.fault {
            Fault::Refused => {
                tracing::error!(conversation = ?key, error, "a message is refused; it is not sent");
                self.refused(claim)
            }
            Fault::NotSent => {
                tracing::warn!(conversation = ?key, error, tries = claim.tries, "a message waits");
                self.memo().not_sent(claim);
                if let Some(asked) = unsent.after {
                    self.pace.rest(key.sender(), asked);
                }
                self.later(claim, unsent.after, Duration::ZERO)
            }
            Fault::Unknown => self.unknown(claim, &unsent, "a message may be sent or not"),
        }
    }

    fn unknown(&self, claim: &Claim, unsent: &Unsent, what: &str) -> Settled {
        let (conversation, tries) = (&claim.parcel.key, claim.tries);
        tracing::warn!(?conversation, error = unsent as &dyn Error, tries, "{what}");
        self.later(claim, unsent.after, SETTLING)
    }

    fn refused(&self, claim: &Claim) -> Settled {
        self.hear(claim, Fate::Refused);
        Settled::Done
    }

    pub(super) fn hear(&self, claim: &Claim, fate: Fate) {
        if let Some(fates) = &self.fates {
            fates(&claim.parcel, fate);
        }
    }

    /// It was surely not sent, and is tried again.
    pub(super) fn not_now(&self, claim: &Claim) -> Settled {
        self.memo().not_sent(claim);
        self.again(claim, Duration::ZERO)
    }

    fn again(&self, claim: &Claim, least: Duration) -> Settled {
        self.later(claim, None, least)
    }

    fn later(&self, claim: &Claim, asked: Option<Duration>, least: Duration) -> Settled {
        let failures = self.memo().failures(claim);
        let pause = pause(failures, claim.parcel.id, asked).max(least);
        Settled::Again(self.clock.now().after(pause))
    }

    fn memo(&self) -> MutexGuard<'_, Memo> {
        self.memo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_slow() -> Unsent {
    Unsent::new(Fault::Unknown, format!("there was no answer within {PATIENCE:?}"))
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier")
            .field("store", &self.store)
            .field("gateway", &self.gateway)
            .finish_non_exhaustive()
    }
}
