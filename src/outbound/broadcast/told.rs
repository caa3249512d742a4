//! In a contact's record: by which broadcasts they were told, and when.

use serde::{Deserialize, Serialize};

use crate::conversation::{Record, Stored, clock::Timestamp, to_note};

/// By how many broadcasts a contact's record tells that they were told: the newest.
pub const TOLD_KEPT: usize = 64;

/// The names of broadcasts and when each put its message into the outbox, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Told(Vec<(String, Timestamp)>);

impl Stored for Told {
    const NAME: &'static str = "chinwag.told";
}

impl Told {
    fn of(record: &Record) -> Self {
        record
            .recall()
            .unwrap_or_else(|error| {
                tracing::error!(%error, "it is not known what a contact was told");
                None
            })
            .unwrap_or_default()
    }

    /// When this contact was told by the broadcast of this name.
    pub(super) fn at(record: &Record, name: &str) -> Option<Timestamp> {
        Self::of(record).0.into_iter().find_map(|(known, at)| (known == name).then_some(at))
    }

    /// Notes that they are told.
    pub(super) fn mark(record: &mut Record, name: &str, now: Timestamp) {
        let mut told = Self::of(record);
        if told.0.len() >= TOLD_KEPT {
            told.0.remove(0);
        }
        told.0.push((name.to_owned(), now));
        let note = to_note(&told).expect("lists of texts and numbers are always JSON");
        record.remember(Self::NAME, &note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_broadcasts_are_known() {
        let (mut record, at) = (Record::default(), Timestamp::from_millis);
        for number in 0..70 {
            Told::mark(&mut record, &number.to_string(), at(number));
        }
        for number in 0..70 {
            let known = Told::at(&record, &number.to_string());
            assert_eq!(known, (number >= 6).then_some(at(number)));
        }
    }
}
