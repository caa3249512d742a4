//! Which turns have been handed off and are at work in this process, and in which conversations.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{conversation::Key, store::TurnId};

/// The turns that have been handed off and are at work in this process.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Places in all conversations: nearly always none, which is known without the lock.
    places: AtomicUsize,
    conversations: Mutex<HashMap<Key, Vec<Option<TurnId>>>>,
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
    pub(super) fn enter(self: &Arc<Self>, key: Key, turn: TurnId) -> Option<Place> {
        let mut conversations = self.lock();
        let places = conversations.entry(key.clone()).or_default();
        if places.contains(&Some(turn)) {
            return None;
        }
        places.push(Some(turn));
        self.places.fetch_add(1, Ordering::SeqCst);
        Some(Place { late: Arc::clone(self), key, turn: Some(turn) })
    }

    /// Whether this turn has a place.
    pub(super) fn has(&self, key: &Key, turn: TurnId) -> bool {
        !self.is_empty() && self.lock().get(key).is_some_and(|places| places.contains(&Some(turn)))
    }

    /// Whether any turn of this conversation has a place.
    pub(super) fn is_in(&self, key: &Key) -> bool {
        !self.is_empty() && self.lock().contains_key(key)
    }

    /// Whether there are no places at all.
    pub(super) fn is_empty(&self) -> bool {
        self.places.load(Ordering::SeqCst) == 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Vec<Option<TurnId>>>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The turn is over; its conversation keeps the place.
    pub(super) fn is_over(&mut self) {
        let mut conversations = self.late.lock();
        let places = conversations.get_mut(&self.key);
        let place = places.and_then(|places| places.iter_mut().find(|turn| **turn == self.turn));
        if let Some(place) = place {
            *place = None;
        }
        self.turn = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut conversations = self.late.lock();
        let Some(places) = conversations.get_mut(&self.key) else { return };
        if let Some(at) = places.iter().position(|turn| *turn == self.turn) {
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

        let mut first = late.enter(ana.clone(), one).unwrap();
        let second = late.enter(ana.clone(), two).unwrap();
        assert!(late.enter(ana.clone(), one).is_none());
        assert!(late.has(&ana, one) && !late.has(&ben, one) && !late.is_in(&ben));

        first.is_over();
        assert!(!late.has(&ana, one) && late.is_in(&ana));
        let again = late.enter(ana.clone(), one).unwrap();
        drop((first, again));
        assert!(late.has(&ana, two) && late.is_in(&ana));
        drop(second);
        assert!(!late.is_in(&ana) && late.is_empty());
    }
}
