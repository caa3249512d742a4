//! What a courier remembers of parcels that it had in its hands: less to ask, no twin mistaken.

use std::collections::{HashMap, VecDeque};

use crate::{
    message::MessageSid,
    store::{Claim, ParcelId},
};

/// Most parcels that are remembered: sent ones, and others.
const MOST: usize = 10_000;
const MOST_UNSENT: usize = 100_000;

/// The newest parcels that this courier sent or could not send.
#[derive(Debug, Default)]
pub(super) struct Memo {
    sent: HashMap<MessageSid, ParcelId>,
    in_order: VecDeque<MessageSid>,
    /// Parcels of which no try was sent.
    unsent: HashMap<ParcelId, Tries>,
}

/// What is known of a parcel that was not sent.
#[derive(Debug, Clone, Copy, Default)]
struct Tries {
    /// So many tries surely were not sent.
    unsent: u32,
    /// So many of them were none: the parcel had to wait.
    put_off: u32,
}

impl Memo {
    pub(super) fn sent(&mut self, parcel: ParcelId, sid: MessageSid) {
        self.unsent.remove(&parcel);
        if self.sent.insert(sid, parcel).is_none() {
            self.in_order.push_back(sid);
        }
        if self.in_order.len() > MOST
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.sent.remove(&oldest);
        }
    }

    /// No try so far was sent, as far as this courier made them all.
    pub(super) fn not_sent(&mut self, claim: &Claim) {
        if self.may_have_been_sent(claim) {
            return;
        }
        if self.unsent.len() == MOST_UNSENT {
            self.unsent.clear();
        }
        self.unsent.entry(claim.parcel.id).or_default().unsent = claim.tries;
    }

    /// It was not even tried.
    pub(super) fn put_off(&mut self, claim: &Claim) {
        self.not_sent(claim);
        if let Some(tries) = self.unsent.get_mut(&claim.parcel.id) {
            tries.put_off += 1;
        }
    }

    /// How many tries there were, without those that were none.
    pub(super) fn failures(&self, claim: &Claim) -> u32 {
        let put_off = self.unsent.get(&claim.parcel.id).map_or(0, |tries| tries.put_off);
        claim.tries.saturating_sub(put_off)
    }

    /// Whether an earlier try may have sent it.
    pub(super) fn may_have_been_sent(&self, claim: &Claim) -> bool {
        let known = self.unsent.get(&claim.parcel.id).map_or(0, |tries| tries.unsent);
        claim.tries > known + 1
    }

    /// Which of these messages is this parcel: a message of another parcel is a twin.
    pub(super) fn find(&self, parcel: ParcelId, found: &[MessageSid]) -> Option<MessageSid> {
        let is_ours = |sid: &&MessageSid| self.sent.get(sid).is_none_or(|known| *known == parcel);
        found.iter().find(is_ours).copied()
    }

    /// The message that this parcel has become.
    pub(super) fn sid(&self, parcel: ParcelId) -> Option<MessageSid> {
        let newest = self.in_order.iter().rev();
        newest.copied().find(|sid| self.sent.get(sid) == Some(&parcel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::{Key, clock::Timestamp},
        store::Parcel,
    };

    fn claim(id: u8, tries: u32) -> Claim {
        let [sender, contact] = ["+14155238886", "+15005550006"].map(|it| it.parse().unwrap());
        let key = Key::new(&sender, &contact);
        let id = ParcelId([id; 16]);
        let due = Timestamp::default();
        Claim { parcel: Parcel { id, key, due, body: Box::default() }, tries }
    }

    #[test]
    fn only_a_try_of_unknown_outcome_has_to_be_looked_up() {
        let mut memo = Memo::default();
        assert!(!memo.may_have_been_sent(&claim(1, 1)));
        assert!(memo.may_have_been_sent(&claim(1, 2)));
        memo.not_sent(&claim(1, 1));
        assert!(!memo.may_have_been_sent(&claim(1, 2)));
        assert!(memo.may_have_been_sent(&claim(1, 3)));
        memo.not_sent(&claim(1, 3));
        assert!(memo.may_have_been_sent(&claim(1, 4)), "the second try is still unknown");
    }

    #[test]
    fn what_had_to_wait_is_no_failure() {
        let mut memo = Memo::default();
        memo.put_off(&claim(1, 1));
        memo.put_off(&claim(1, 2));
        assert!(!memo.may_have_been_sent(&claim(1, 3)));
        assert_eq!(memo.failures(&claim(1, 3)), 1);
        memo.not_sent(&claim(1, 3));
        assert_eq!(memo.failures(&claim(1, 4)), 2);
        assert_eq!(memo.failures(&claim(2, 4)), 4);
    }

    #[test]
    fn a_twin_is_not_mistaken() {
        let mut memo = Memo::default();
        let [one, two] = [1, 2].map(MessageSid::new);
        let [mine, other] = [1, 2].map(|id| ParcelId([id; 16]));
        memo.sent(other, one);
        assert_eq!(memo.find(mine, &[one]), None);
        assert_eq!(memo.find(mine, &[one, two]), Some(two));
        assert_eq!(memo.find(other, &[one, two]), Some(one));
        assert_eq!((memo.sid(other), memo.sid(mine)), (Some(one), None));
    }

    #[test]
    fn the_newest_are_remembered() {
        let mut memo = Memo::default();
        for number in 0..10_005 {
            memo.sent(ParcelId([0; 16]), MessageSid::new(number));
        }
        assert_eq!((memo.sent.len(), memo.in_order.len()), (MOST, MOST));
    }
}
