//! The journal: turns of many conversations on few pages, until they are carried over to their
//! places.
//!
//! A turn in its place changes a page or two of its own, each of which is written whole; in the
//! journal it lies behind the one before. When it is carried over, the turns of a conversation
//! share its pages, and only the newest record is written. Only a process that is alone notes turns
//! there; whoever comes next carries them over first.

use rusqlite::OptionalExtension;

use super::{known::Saved, tables::Tables, turn::Written};
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

    /// Carries all turns over to their places.
    pub(super) fn carry_over(&self) -> rusqlite::Result<()> {
        self.holder().carried_over();
        if !self.prepared("SELECT 1 FROM journal LIMIT 1")?.exists(())? {
            return Ok(());
        }
        self.write(
            "INSERT INTO kept (conversation, turn, bytes, at)
                SELECT conversation, turn, answer, at FROM journal WHERE true
                ORDER BY conversation, turn
                ON CONFLICT DO UPDATE SET bytes = excluded.bytes, at = excluded.at",
            (),
        )?;
        self.write(
            "INSERT INTO kept
                SELECT conversation, x'', record, at, at / 3600000, due, due FROM journal
                WHERE number IN (SELECT max(number) FROM journal GROUP BY conversation)
                ON CONFLICT DO UPDATE SET
                    bytes = excluded.bytes, at = excluded.at, hour = excluded.hour,
                    due = excluded.due, tell = excluded.tell",
            (),
        )?;
        self.write("DELETE FROM journal", ())?;
        Ok(())
    }
}
