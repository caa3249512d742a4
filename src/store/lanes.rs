//! Who is at work in each conversation, and who waits, in memory.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use super::{LEASE, TurnId};
use crate::conversation::clock::Timestamp;

/// The lanes of the conversations in which a turn is at work or waits.
#[derive(Debug)]
pub(super) struct Lanes<K> {
    lanes: HashMap<K, Lane>,
    /// The newest lease's.
    fence: u64,
}

/// The turn at work, and those that wait, first come first.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) at_work: Option<AtWork>,
    /// Until when their places are kept.
    pub(super) waiting: VecDeque<(TurnId, Timestamp)>,
}

#[derive(Debug)]
pub(super) struct AtWork {
    pub(super) turn: TurnId,
    pub(super) fence: u64,
    pub(super) until: Timestamp,
}

/// Without turns.
impl<K> Default for Lanes<K> {
    fn default() -> Self {
        Self { lanes: HashMap::new(), fence: 0 }
    }
}

impl<K: Hash + Eq> Lanes<K> {
    /// The fence of a new lease, if it is this turn's turn; otherwise it waits.
    pub(super) fn ask(&mut self, conversation: K, turn: TurnId, now: Timestamp) -> Option<u64> {
        let lane = self.lanes.entry(conversation).or_default();
        lane.at_work.take_if(|at_work| at_work.until <= now);
        lane.waiting.retain(|(waiting, until)| *until > now || *waiting == turn);
        let is_next = lane.waiting.front().is_none_or(|(first, _)| *first == turn);
        match &lane.at_work {
            // A copy of the turn at work needs no place: it asks for the answer.
            Some(at_work) if at_work.turn == turn => None,
            None if is_next => {
                lane.waiting.pop_front();
                self.fence += 1;
                let until = now.after(LEASE);
                lane.at_work = Some(AtWork { turn, fence: self.fence, until });
                Some(self.fence)
            }
            _ => {
                let until = now.after(LEASE);
                match lane.waiting.iter_mut().find(|(waiting, _)| *waiting == turn) {
                    Some((_, place)) => *place = until,
                    None => lane.waiting.push_back((turn, until)),
                }
                None
            }
        }
    }

    /// Whether the lease with this fence has not gone to another turn.
    pub(super) fn holds(&self, conversation: &K, fence: u64) -> bool {
        let at_work = self.lanes.get(conversation).and_then(|lane| lane.at_work.as_ref());
        at_work.is_some_and(|at_work| at_work.fence == fence)
    }

    /// Keeps the lease with this fence, if it is there, until then.
    pub(super) fn extend(&mut self, conversation: &K, fence: u64, until: Timestamp) -> bool {
        let at_work = self.lanes.get_mut(conversation).and_then(|lane| lane.at_work.as_mut());
        let at_work = at_work.filter(|at_work| at_work.fence == fence);
        at_work.map(|at_work| at_work.until = until).is_some()
    }

    /// Ends the lease with this fence, if it is there.
    pub(super) fn end(&mut self, conversation: &K, fence: u64) {
        if let Some(lane) = self.lanes.get_mut(conversation) {
            lane.at_work.take_if(|at_work| at_work.fence == fence);
            self.tidy(conversation);
        }
    }

    /// Gives up the turn's place.
    pub(super) fn leave(&mut self, conversation: &K, turn: TurnId) {
        if let Some(lane) = self.lanes.get_mut(conversation) {
            lane.waiting.retain(|(waiting, _)| *waiting != turn);
            self.tidy(conversation);
        }
    }

    /// The fences of new leases are above this one.
    #[allow(dead_code, reason = "only durable stores move lanes")]
    pub(super) fn raise(&mut self, fence: u64) {
        self.fence = self.fence.max(fence);
    }

    #[allow(dead_code, reason = "only durable stores move lanes")]
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// All lanes, in no order.
    #[allow(dead_code, reason = "only durable stores move lanes")]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &Lane)> {
        self.lanes.iter()
    }

    /// The conversation's lane, to be filled.
    #[allow(dead_code, reason = "only durable stores move lanes")]
    pub(super) fn lane(&mut self, conversation: K) -> &mut Lane {
        self.lanes.entry(conversation).or_default()
    }

    /// Removes the lanes of workers that are gone.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.lanes.retain(|_, lane| {
            lane.at_work.take_if(|at_work| at_work.until <= now);
            lane.waiting.retain(|(_, until)| *until > now);
            !lane.is_empty()
        });
    }

    fn tidy(&mut self, conversation: &K) {
        if self.lanes.get(conversation).is_some_and(Lane::is_empty) {
            self.lanes.remove(conversation);
        }
    }
}

impl Lane {
    fn is_empty(&self) -> bool {
        self.at_work.is_none() && self.waiting.is_empty()
    }
}
