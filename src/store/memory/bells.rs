//! Which conversations have a timer, and when it rings.

use std::collections::{BTreeSet, HashMap};

use super::super::LEASE;
use crate::conversation::{Key, clock::Timestamp};

/// The conversations with a timer.
#[derive(Debug, Default)]
pub(super) struct Bells {
    bells: HashMap<Key, Bell>,
    /// All of them by the moment at which somebody is to be told.
    by_moment: BTreeSet<(Timestamp, Key)>,
}

#[derive(Debug, Clone, Copy)]
struct Bell {
    due: Timestamp,
    tell: Timestamp,
}

impl Bells {
    /// The conversation's first timer is now this one.
    pub(super) fn set(&mut self, key: &Key, due: Option<Timestamp>) {
        if let Some(old) = self.bells.remove(key) {
            self.by_moment.remove(&(old.tell, key.clone()));
        }
        if let Some(due) = due {
            self.bells.insert(key.clone(), Bell { due, tell: due });
            self.by_moment.insert((due, key.clone()));
        }
    }

    /// Those that ring, with the moment of their timer; they ring again after a lease.
    pub(super) fn ring(&mut self, now: Timestamp, most: usize) -> Vec<(Key, Timestamp)> {
        let ringing = self.by_moment.iter().take_while(|(tell, _)| *tell <= now).take(most);
        let ringing: Vec<_> = ringing.cloned().collect();
        let tell = now.after(LEASE);
        let told = ringing.into_iter().filter_map(|old| {
            self.by_moment.remove(&old);
            let bell = self.bells.get_mut(&old.1)?;
            bell.tell = tell;
            self.by_moment.insert((tell, old.1.clone()));
            Some((old.1, bell.due))
        });
        told.collect()
    }
}
