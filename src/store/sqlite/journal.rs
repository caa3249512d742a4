//! The journal: turns of many conversations on few pages, until they are carried over to their
//! places.
//!
//! A turn in its place changes a page or two of its own, each of which is written whole; in the
//! journal it lies behind the one before. When they are carried over, only the newest record of a
//! conversation is written, and its answers lie together. Only a process that is alone notes turns
//! there; whoever comes next carries them over first.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;

use super::{known::Saved, packs::Pack, tables::Tables, turn::Written};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::Lease,
};

/// From so many turns in the journal on they are carried over.
const MOST_NOTED: usize = 1_024;

impl Tables<'_> {
    /// Whether the conversation's next turn belongs into the journal: when there are many, and then
    /// until it is carried over, so that the newest is the last.
    pub(super) fn is_to_be_noted(&self, key: &Key) -> bool {
        let is_crowded = self.is_crowded;
        self.holder()
            .known()
            .is_some_and(|known| known.is_noted(key) || is_crowded && known.knows(key))
    }

    /// Whether there is enough in the journal to be carried over.
    pub(super) fn is_full(&self) -> bool {
        self.holder().noted() >= MOST_NOTED
    }

    /// Notes what a turn leaves.
    pub(super) fn note(
        &self,
        lease: &Lease,
        written: &Written,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let due = written.due.map(Timestamp::as_millis);
        self.write(
            "INSERT INTO journal (conversation, turn, record, answer, at, due)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                lease.key.as_str(),
                lease.turn.as_bytes(),
                &*written.record,
                written.answer.as_bytes(),
                now.as_millis(),
                due,
            ),
        )?;
        Ok(())
    }

    /// The newest record of the conversation in the journal.
    pub(super) fn noted(&self, key: &Key) -> rusqlite::Result<Option<Saved>> {
        let mut newest = self.prepared(
            "SELECT record, at, due IS NOT NULL FROM journal
                WHERE conversation = ?1 ORDER BY number DESC LIMIT 1",
        )?;
        newest.query_row((key.as_str(),), Saved::read).optional()
    }

    /// Carries all turns over to their places: of each conversation the newest record, and all answers.
    pub(super) fn carry_over(&self) -> rusqlite::Result<()> {
        self.holder().carried_over();
        let packs = self.packs()?;
        for (conversation, pack) in &packs {
            self.place_answers(conversation, pack)?;
            self.write(
                "INSERT INTO conversations
                    SELECT conversation, x'', record, at, at / 3600000, due, due FROM journal
                    WHERE number = ?1
                    ON CONFLICT DO UPDATE SET
                        bytes = excluded.bytes, at = excluded.at, hour = excluded.hour,
                        due = excluded.due, tell = excluded.tell",
                (pack.newest(),),
            )?;
        }
        if !packs.is_empty() {
            self.write("DELETE FROM journal", ())?;
        }
        Ok(())
    }

    /// All that the journal holds, by conversation: in the order in which their places lie.
    fn packs(&self) -> rusqlite::Result<BTreeMap<String, Pack>> {
        let mut turns = self.prepared(
            "SELECT conversation, number, turn, answer, at FROM journal ORDER BY number",
        )?;
        let mut turns = turns.query(())?;
        let mut packs = BTreeMap::<String, Pack>::new();
        while let Some(row) = turns.next()? {
            let conversation = row.get_ref(0)?.as_str()?;
            if !packs.contains_key(conversation) {
                packs.insert(conversation.to_owned(), Pack::default());
            }
            if let Some(pack) = packs.get_mut(conversation) {
                let (turn, answer) = (row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?);
                pack.push(row.get(1)?, turn, answer, row.get(4)?);
            }
        }
        Ok(packs)
    }
}
