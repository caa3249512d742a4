//! Turns: how they begin, are kept and end.

use std::time::Duration;

use ::redis::ScriptInvocation;

use super::{
    super::{ANSWERS_KEPT, Answer, Begun, LEASE, Lease, Outcome, StoreError, TurnId, revived},
    Redis, millis,
};
use crate::conversation::{Key, Record, clock::Timestamp};

/// After which time of its own the server drops a lane of which nobody has said anything. Lanes
/// end by the workers' clock; this one is for lanes that nobody asks for again.
const LANE_BACKSTOP: Duration = Duration::from_hours(1);
/// How much longer than the workers the server keeps records and answers, if nobody sweeps.
pub(super) const KEPT_BACKSTOP: Duration = Duration::from_hours(30 * 24);
/// Silences from which on the server keeps records for ever unless they are swept, as it counts
/// its time in fewer bits.
pub(super) const FOR_EVER: Duration = Duration::from_hours(100 * 365 * 24);

/// A record's moment and its bytes.
type Kept = (Option<Vec<u8>>, Option<Vec<u8>>);

impl Redis {
    pub(super) async fn begin_turn(
        &self,
        key: &Key,
        turn: TurnId,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let names = self.keys.of(key);
        let mut step = self.steps.begin.prepare_invoke();
        for what in ["answers", "holder", "lane", "waits"] {
            step.key(names.own(what));
        }
        step.key(names.shard("fences")).key(names.own("record"));
        step.arg(turn.as_bytes()).arg(now.as_millis()).arg(now.after(LEASE).as_millis());
        step.arg(millis(LANE_BACKSTOP));
        // A word, the answer or the fence, and the record with its moment.
        let mut start: Vec<Option<Vec<u8>>> = self.link.take(&step).await?;
        start.resize(4, None);
        let [word, first, committed, bytes] =
            <[_; 4]>::try_from(start).expect("it was made four long");
        match (word.as_deref(), first) {
            (Some(b"answered"), Some(answer)) => Ok(Begun::Answered(Answer::new(answer))),
            (Some(b"turn"), Some(fence)) => {
                let fence = number(&fence).ok_or_else(|| self.strange("fence"))?;
                let record = self.fresh(key, committed, bytes, now);
                Ok(Begun::Turn(record, Lease { key: key.clone(), turn, fence }))
            }
            _ => Ok(Begun::Wait),
        }
    }

    pub(super) async fn commit_turn(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let names = self.keys.of(&lease.key);
        let mut step = self.steps.commit.prepare_invoke();
        for what in ["record", "answers", "order", "holder"] {
            step.key(names.own(what));
        }
        for what in ["sweeps", "bells", "dues", "ready"] {
            step.key(names.shard(what));
        }
        step.key(names.own("queue")).key(names.own("parcels"));

        step.arg(lease.key.as_str());
        with_lease(&mut step, lease);
        step.arg(now.as_millis()).arg(outcome.record.to_bytes()).arg(outcome.answer.as_bytes());
        match outcome.record.due() {
            Some(due) => step.arg(due.as_millis()),
            None => step.arg(""),
        };
        step.arg(now.before(ANSWERS_KEPT).as_millis());
        let sweep = now.after(ANSWERS_KEPT.min(self.silence)).after(Duration::from_millis(1));
        step.arg(sweep.as_millis());
        if self.silence < FOR_EVER {
            step.arg(millis(self.silence + KEPT_BACKSTOP));
        } else {
            step.arg("");
        }
        step.arg(millis(ANSWERS_KEPT + KEPT_BACKSTOP));
        for parcel in &outcome.parcels {
            step.arg(&parcel.id.0).arg(parcel.due.as_millis()).arg(&*parcel.body);
        }
        ours(self.link.take(&step).await?)
    }

    pub(super) async fn extend_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut step = self.steps.extend.key(self.keys.of(&lease.key).own("holder"));
        with_lease(&mut step, lease);
        step.arg(now.after(LEASE).as_millis()).arg(millis(LANE_BACKSTOP));
        ours(self.link.take(&step).await?)
    }

    pub(super) async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut step = self.steps.release.key(self.keys.of(&lease.key).own("holder"));
        with_lease(&mut step, lease);
        self.link.take(&step).await
    }

    pub(super) async fn leave_lane(&self, key: &Key, turn: TurnId) -> Result<(), StoreError> {
        let names = self.keys.of(key);
        let mut step = self.steps.leave.key(names.own("lane"));
        step.key(names.own("waits")).arg(turn.as_bytes());
        self.link.take(&step).await
    }

    pub(super) async fn read_record(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Record, StoreError> {
        let mut question = ::redis::pipe();
        question.cmd("HMGET").arg(self.keys.of(key).own("record")).arg(&["committed", "bytes"]);
        let ((committed, bytes),): (Kept,) = self.link.ask_all(&question).await?;
        Ok(self.fresh(key, committed, bytes, now))
    }

    /// The record that was kept, unless its conversation was silent for too long and waits for
    /// nothing.
    fn fresh(
        &self,
        key: &Key,
        committed: Option<Vec<u8>>,
        bytes: Option<Vec<u8>>,
        now: Timestamp,
    ) -> Record {
        let committed = committed.and_then(|millis| number(&millis)).map(Timestamp::from_millis);
        let (Some(committed), Some(bytes)) = (committed, bytes) else { return Record::default() };
        let record = revived(key, &bytes);
        let is_fresh = now.since(committed) <= self.silence || record.due().is_some();
        if is_fresh { record } else { Record::default() }
    }

    /// The server has answered something else than our scripts do.
    pub(super) fn strange(&self, what: &str) -> StoreError {
        StoreError::unusable(format!(
            "the Redis at {} has a {what} that chinwag did not write; \
             give this bot a prefix or a database of its own",
            self.link.place()
        ))
    }
}

fn with_lease(step: &mut ScriptInvocation<'_>, lease: &Lease) {
    step.arg(lease.turn.as_bytes()).arg(lease.fence);
}

/// Whether a script that asks for the lease has found it.
fn ours(found: bool) -> Result<(), StoreError> {
    if found { Ok(()) } else { Err(StoreError::conflict()) }
}

/// A number that a script has written as text.
pub(super) fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
