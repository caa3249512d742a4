//! What a dialogue does without a message.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use chinwag::{
    Webhook,
    conversation::clock::Timestamp,
    store::{Claim, Delivery, LEASE, Lease, Parcel, StoreError},
};
use tokio::time::timeout;

use super::*;

/// Asks once, reminds after two hours and again after five, gives up after twenty.
#[derive(Default, Serialize, Deserialize)]
enum Quiz {
    #[default]
    New,
    Asked,
    Alone,
}

impl Stored for Quiz {
    const NAME: &'static str = "quiz";
}

impl Dialogue for Quiz {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match (self, turn.text()) {
            (Self::New, "late") => Step::next(Self::Asked, "6 × 7?").remind_after(hours(24), "?"),
            (Self::New, "silent") => Step::next(Self::Alone, "Well?").give_up_after(hours(30), ()),
            (Self::New, _) => Step::next(Self::Asked, "6 × 7?")
                .remind_after(hours(2), vec!["*Still* there?", "6 × 7?"])
                .remind_after(hours(5), "Hello?")
                .give_up_after(hours(20), "It is 42."),
            (Self::Asked, "42") => Step::done("Right."),
            (Self::Asked, "later") => Step::stay("Later.").remind_after(hours(10), "Now?"),
            (Self::Asked, "alone") => Step::next(Self::Alone, "And alone?"),
            (Self::Asked | Self::Alone, _) => Step::again("No."),
        })
    }
}

fn quiz() -> Bot {
    Bot::new(())
        .dialogue::<Quiz>(words(["quiz", "late", "silent"]))
        .interrupt(text("hours"), async || "Till ten.")
        .otherwise(async || "Say quiz.")
}

#[tokio::test]
async fn what_is_due_is_said_without_a_message_once_among_three_workers() {
    let ana = World::with(3, quiz);
    ana.says("quiz").await;
    assert!(ana.after(hours(1)).await.is_empty());
    assert_eq!(ana.after(hours(1)).await, ["*Still* there?", "6 × 7?"]);
    assert!(ana.after(Duration::from_mins(1)).await.is_empty());
    assert_eq!(ana.after(hours(3)).await, ["Hello?"]);
    assert_eq!(ana.after(hours(15)).await, ["It is 42."]);
    assert!(ana.after(hours(100)).await.is_empty());
    assert_eq!(ana.record().await.timers(), []);
    assert_eq!(ana.says("42").await, "Say quiz.");
}

#[tokio::test]
async fn each_message_begins_the_time_anew_and_the_next_question_ends_it() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    for words in ["41", "hours"] {
        assert!(ana.after(Duration::from_mins(119)).await.is_empty());
        ana.says(words).await;
    }
    assert_eq!(ana.after(hours(2)).await.len(), 2);
    ana.says("41").await;
    assert_eq!(ana.after(hours(5)).await, ["Hello?"], "each is said once for a question");
    ana.says("later").await;
    assert!(ana.after(hours(9)).await.is_empty());
    assert_eq!(ana.after(hours(1)).await, ["Now?"], "a step's own timers replace the question's");
    for ends in ["alone", "42", "cancel"] {
        ana.says_all(&["cancel", "quiz", ends]).await;
        assert_eq!(ana.record().await.timers(), [], "{ends}");
    }
}

#[tokio::test]
async fn of_what_is_late_only_the_last_is_said() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    assert_eq!(ana.after(hours(6)).await, ["Hello?"]);
    ana.says_all(&["cancel", "quiz"]).await;
    assert_eq!(ana.after(hours(21)).await, ["It is 42."]);
}

#[tokio::test]
async fn nothing_is_said_when_the_session_has_closed_but_the_dialogue_gives_up() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    assert!(ana.after(hours(24)).await.is_empty());
    assert_eq!(ana.says("42").await, "Say quiz.");
    ana.says("silent").await;
    assert!(ana.after(hours(29)).await.is_empty());
    assert!(ana.record().await.remembered("chinwag.dialogue").is_some());
    assert!(ana.after(hours(1)).await.is_empty());
    assert_eq!(ana.says("x").await, "Say quiz.");
}

#[tokio::test]
async fn a_reminder_after_the_session_is_a_mistake_that_is_found_at_once() {
    let ana = World::of(quiz);
    let why = ana.why_not("late").await;
    assert!(why.starts_with("a text 86400s after the message"), "{why}");
    let error = ana.sends("late").await.unwrap_err();
    let TurnError::Handler(error) = error else { panic!("{error}") };
    let after = hours(24);
    assert_eq!(error.downcast_ref(), Some(&InvalidStep::AfterSession { after }));
    assert_eq!(ana.record().await, Record::default());
}

#[tokio::test]
async fn sms_has_no_session_and_shows_no_markup() {
    let ana = World { person: SMS, ..World::of(quiz) };
    assert_eq!(ana.says("late").await, "6 × 7?");
    assert_eq!(ana.after(hours(24)).await, ["?"]);
    ana.says_all(&["cancel", "quiz"]).await;
    assert_eq!(ana.after(hours(2)).await, ["Still there?", "6 × 7?"]);
    assert_eq!(ana.says("hours").await, "Till ten.|6 × 7?");
}

#[tokio::test]
async fn a_message_and_a_timer_at_the_same_moment_are_one_after_the_other() {
    let ana = World::with(3, quiz);
    for _ in 0..50 {
        ana.says("quiz").await;
        ana.clock.advance(hours(2));
        let answer = ana.bots[0].receive(ana.message("42"));
        let rings = futures_util::future::join(ana.bots[1].ring(), ana.bots[2].ring());
        let (reply, _) = futures_util::future::join(answer, rings).await;
        assert_eq!(bodies(&reply.unwrap()), "Right.");
        let said = ana.outbox().await;
        assert!(said.is_empty() || said == ["*Still* there?", "6 × 7?"], "{said:?}");
        assert_eq!(ana.record().await.timers(), []);
    }
}

#[tokio::test]
async fn a_timer_that_nobody_knows_rings_once_and_is_gone() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    let ana = ana.deploys(Bot::new(()).otherwise(async || "Say nothing."));
    assert!(ana.after(hours(2)).await.is_empty());
    assert_eq!(ana.record().await.timers(), []);
    assert_eq!(ana.says("42").await, "Say nothing.");
}

#[tokio::test]
async fn a_timer_for_the_moment_of_one_that_has_rung_rings_too() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    assert_eq!(ana.after(hours(2)).await.len(), 2);
    // The next reminder of a bot whose clock is two hours behind.
    let behind = ManualClock::default();
    let late = quiz().store(Arc::clone(&ana.store)).clock(behind);
    for words in ["cancel", "quiz"] {
        drop(late.receive(ana.message(words)).await.unwrap());
    }
    assert_eq!(ana.after(Duration::from_secs(6)).await.len(), 2);
}

/// A store whose next commits are refused.
#[derive(Debug, Default)]
struct Refusing(Memory, AtomicUsize);

#[async_trait]
impl Store for Refusing {
    async fn begin(&self, key: &Key, turn: TurnId, now: Timestamp) -> Result<Begun, StoreError> {
        self.0.begin(key, turn, now).await
    }
    async fn commit(&self, lease: &Lease, done: &Outcome, at: Timestamp) -> Result<(), StoreError> {
        let left = self.1.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            Err(StoreError::conflict())
        } else {
            self.0.commit(lease, done, at).await
        }
    }
    async fn extend(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.0.extend(lease, now).await
    }
    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.0.release(lease).await
    }
    async fn leave(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        self.0.leave(key, turn).await
    }
    async fn read(&self, key: &Key, now: Timestamp) -> Result<Record, StoreError> {
        self.0.read(key, now).await
    }
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        self.0.due(now, most).await
    }
    async fn post(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        self.0.post(parcels).await
    }
    async fn claim(&self, now: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError> {
        self.0.claim(now, most).await
    }
    async fn settle(&self, claim: &Claim, settled: Settled) -> Result<(), StoreError> {
        self.0.settle(claim, settled).await
    }
    async fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        self.0.report(sid, status, error, now).await
    }
    async fn delivery(&self, sid: MessageSid) -> Result<Option<Delivery>, StoreError> {
        self.0.delivery(sid).await
    }
    async fn unreported(&self, now: Timestamp, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.0.unreported(now, most).await
    }
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.0.sweep(now).await
    }
}

#[tokio::test]
async fn a_timer_or_a_step_whose_commit_is_refused_has_not_happened() {
    let ana = World::of(quiz);
    let store = Arc::new(Refusing::default());
    let bot = quiz().store(Arc::clone(&store)).clock(Arc::clone(&ana.clock));
    store.1.store(1, SeqCst);
    let quiz = ana.message("quiz");
    assert!(bot.receive(quiz.clone()).await.unwrap_err().is_retryable());
    assert_eq!(bodies(&bot.receive(quiz).await.unwrap()), "6 × 7?");
    ana.clock.advance(hours(2));
    store.1.store(2, SeqCst);
    for rung in [0, 0, 1, 0] {
        assert_eq!(bot.ring().await.unwrap(), rung);
        ana.clock.advance(LEASE);
        // The lease that was not used is given back in the background.
        tokio::task::yield_now().await;
    }
    let first = store.claim(ana.clock.now(), 9).await.unwrap();
    store.settle(&first[0], Settled::Done).await.unwrap();
    let second = store.claim(ana.clock.now(), 9).await.unwrap();
    store.settle(&second[0], Settled::Done).await.unwrap();
    assert!(store.claim(ana.clock.now(), 9).await.unwrap().is_empty(), "two messages, each once");
}

#[tokio::test]
async fn a_webhook_lets_timers_ring_as_long_as_it_stands() {
    let ana = World::of(quiz);
    ana.says("quiz").await;
    ana.clock.advance(hours(2));
    let World { bots, store, clock, .. } = ana;
    let mut bots = bots.into_iter();
    let router = Webhook::new(bots.next().unwrap()).unsigned().router().unwrap();
    let rings = async {
        while store.claim(clock.now(), 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), rings).await.unwrap();
    assert!(store.due(clock.now().after(LEASE), 1).await.unwrap().is_empty());
    drop(router);
    let ends = async {
        while Arc::strong_count(&store) > 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), ends).await.unwrap();
}
