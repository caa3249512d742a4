//! Who is at work in each conversation, and who waits.

use std::collections::{HashMap, VecDeque};

use super::super::{LEASE, TurnId};
use crate::conversation::clock::Timestamp;

/// The lanes of the conversations in which a turn is at work or waits.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: HashMap<u128, Lane>,
    leases: u64,
}

/// The turn at work, and those that wait, first come first.
#[derive(Debug, Default)]
struct Lane {
    at_work: Option<AtWork>,
    waiting: VecDeque<(TurnId, Timestamp)>,
}

#[derive(Debug)]
struct AtWork {
    turn: TurnId,
    fence: u64,
    until: Timestamp,
}

impl Lanes {
    /// The fence of a new lease, if it is this turn's turn; otherwise it waits.
    pub(super) fn ask(&mut self, conversation: u128, turn: TurnId, now: Timestamp) -> Option<u64> {
        let lane = self.lanes.entry(conversation).or_default();
        lane.at_work.take_if(|at_work| at_work.until <= now);
        lane.waiting.retain(|(waiting, until)| *until > now || *waiting == turn);
        let is_next = lane.waiting.front().is_none_or(|(first, _)| *first == turn);
        match &lane.at_work {
            // A copy of the turn at work needs no place: it asks for the answer.
            Some(at_work) if at_work.turn == turn => None,
            None if is_next => {
                lane.waiting.pop_front();
                self.leases += 1;
                let until = now.after(LEASE);
                lane.at_work = Some(AtWork { turn, fence: self.leases, until });
                Some(self.leases)
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
    pub(super) fn holds(&self, conversation: u128, fence: u64) -> bool {
        let at_work = self.lanes.get(&conversation).and_then(|lane| lane.at_work.as_ref());
        at_work.is_some_and(|at_work| at_work.fence == fence)
    }

    /// Keeps the lease with this fence, if it is there, until then.
    pub(super) fn extend(&mut self, conversation: u128, fence: u64, until: Timestamp) -> bool {
        let at_work = self.lanes.get_mut(&conversation).and_then(|lane| lane.at_work.as_mut());
        let at_work = at_work.filter(|at_work| at_work.fence == fence);
        at_work.map(|at_work| at_work.until = until).is_some()
    }

    /// Ends the lease with this fence, if it is there.
    pub(super) fn end(&mut self, conversation: u128, fence: u64) {
        if let Some(lane) = self.lanes.get_mut(&conversation) {
            lane.at_work.take_if(|at_work| at_work.fence == fence);
            self.tidy(conversation);
        }
    }

    /// Gives up the turn's place.
    pub(super) fn leave(&mut self, conversation: u128, turn: TurnId) {
        if let Some(lane) = self.lanes.get_mut(&conversation) {
            lane.waiting.retain(|(waiting, _)| *waiting != turn);
            self.tidy(conversation);
        }
    }

    /// Removes the lanes of workers that are gone.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.lanes.retain(|_, lane| {
            lane.at_work.take_if(|at_work| at_work.until <= now);
            lane.waiting.retain(|(_, until)| *until > now);
            !lane.is_empty()
        });
    }

    fn tidy(&mut self, conversation: u128) {
        if self.lanes.get(&conversation).is_some_and(Lane::is_empty) {
            self.lanes.remove(&conversation);
        }
    }
}

impl Lane {
    fn is_empty(&self) -> bool {
        self.at_work.is_none() && self.waiting.is_empty()
    }
}
