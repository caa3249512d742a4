//! Which turns have been handed off and are at work in this process, and in which conversations.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{conversation::Key, dispatch::Caller, store::TurnId};

/// The turns that have been handed off and are at work in this process.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Places in all conversations: nearly always none, which is known without the lock.
    places: AtomicUsize,
    conversations: Mutex<HashMap<Key, Vec<Held>>>,
}

/// What is known of a place; without a turn once that is over.
#[derive(Debug)]
struct Held {
    turn: Option<TurnId>,
    caller: Caller,
}

/// A turn's place among them, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    late: Arc<Late>,
    key: Key,
    turn: Option<TurnId>,
}

impl Late {
    /// The place of this turn; `None` if it has one already.
    pub(super) fn enter(self: &Arc<Self>, key: Key, turn: TurnId, caller: Caller) -> Option<Place> {
        let mut conversations = self.lock();
        let places = conversations.entry(key.clone()).or_default();
        if places.iter().any(|place| place.turn == Some(turn)) {
            return None;
        }
        places.push(Held { turn: Some(turn), caller });
        self.places.fetch_add(1, Ordering::SeqCst);
        Some(Place { late: Arc::clone(self), key, turn: Some(turn) })
    }

    /// Whether this turn has a place and has begun, so that its reply goes to the outbox and to no
    /// other caller.
    pub(super) fn has(&self, key: &Key, turn: TurnId) -> bool {
        let is_it = |place: &Held| place.turn == Some(turn) && place.caller.has_begun();
        !self.is_empty() && self.lock().get(key).is_some_and(|places| places.iter().any(is_it))
    }

    /// Whether any turn of this conversation has a place.
    pub(super) fn is_in(&self, key: &Key) -> bool {
        !self.is_empty() && self.lock().contains_key(key)
    }

    /// Whether there are no places at all.
    pub(super) fn is_empty(&self) -> bool {
        self.places.load(Ordering::SeqCst) == 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Vec<Held>>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The turn is over; its conversation keeps the place.
    pub(super) fn is_over(&mut self) {
        let mut conversations = self.late.lock();
        let places = conversations.get_mut(&self.key);
        let mut places = places.into_iter().flatten();
        if let Some(place) = places.find(|place| place.turn == self.turn) {
            place.turn = None;
        }
        self.turn = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut conversations = self.late.lock();
        let Some(places) = conversations.get_mut(&self.key) else { return };
        if let Some(at) = places.iter().position(|place| place.turn == self.turn) {
            places.swap_remove(at);
            self.late.places.fetch_sub(1, Ordering::SeqCst);
        }
        if places.is_empty() {
            conversations.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::MessageSid;

    #[test]
    fn a_conversation_is_late_as_long_as_one_of_its_turns_has_a_place() {
        let late = Arc::new(Late::default());
        let sender = "whatsapp:+14155238886".parse().unwrap();
        let [ana, ben] = ["whatsapp:+15005550006", "whatsapp:+15005550007"]
            .map(|contact| Key::new(&sender, &contact.parse().unwrap()));
        let [one, two] = [1, 2].map(|sid| TurnId::message(None, MessageSid::new(sid)));

        let begun = Caller::gone();
        begun.begin();
        let enter = |turn| late.enter(ana.clone(), turn, begun.clone());
        let mut first = enter(one).unwrap();
        let second = enter(two).unwrap();
        assert!(enter(one).is_none());
        assert!(late.has(&ana, one) && !late.has(&ben, one) && !late.is_in(&ben));

        first.is_over();
        assert!(!late.has(&ana, one) && late.is_in(&ana));
        let again = enter(one).unwrap();
        drop((first, again));
        assert!(late.has(&ana, two) && late.is_in(&ana));
        drop(second);
        assert!(!late.is_in(&ana) && late.is_empty());
    }

    #[test]
    fn a_turn_that_waits_for_its_copy_is_not_known_to_be_late() {
        let late = Arc::new(Late::default());
        let [sender, contact] = ["+14155238886", "+15005550006"].map(|it| it.parse().unwrap());
        let key = Key::new(&sender, &contact);
        let turn = TurnId::message(None, MessageSid::new(1));
        let _place = late.enter(key.clone(), turn, Caller::gone()).unwrap();
        assert!(!late.has(&key, turn) && late.is_in(&key));
    }
}
