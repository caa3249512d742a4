//! The journal: turns of many conversations on few pages, until they are carried over to their
//! places.
//!
//! A turn in its place changes a page or two of its own, each of which is written whole; in the
//! journal it lies behind the one before. When they are carried over, only the newest record of a
//! conversation is written, and its answers lie together. Only a process that is alone notes turns
//! there; whoever comes next carries them over first.

use std::collections::BTreeMap;

use rusqlite::OptionalExtension;

use super::{
    known::Saved,
    packs::{Pack, damaged},
    tables::Tables,
    turn::Written,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Lease, TurnId},
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
        let conversations = self.all_noted()?;
        for (conversation, noted) in &conversations {
            self.put_answers(conversation, &noted.answers, noted.answered)?;
            self.put_record(conversation, &noted.record, noted.due, noted.at)?;
        }
        if !conversations.is_empty() {
            self.write("DELETE FROM journal", ())?;
        }
        Ok(())
    }

    /// All that the journal holds, by conversation: in the order in which their places lie.
    fn all_noted(&self) -> rusqlite::Result<BTreeMap<String, Noted>> {
        let mut turns = self.prepared(
            "SELECT conversation, turn, record, answer, at, due FROM journal ORDER BY number",
        )?;
        let mut turns = turns.query(())?;
        let mut conversations = BTreeMap::<String, Noted>::new();
        while let Some(row) = turns.next()? {
            let conversation = row.get_ref(0)?.as_str()?;
            if !conversations.contains_key(conversation) {
                conversations.insert(conversation.to_owned(), Noted::default());
            }
            let Some(noted) = conversations.get_mut(conversation) else { continue };
            let turn = row.get::<_, [u8; _]>(1).map_err(|_| damaged())?;
            noted.answers.push(TurnId::from(turn), row.get_ref(3)?.as_blob()?);
            noted.record.clear();
            noted.record.extend(row.get_ref(2)?.as_blob()?);
            noted.at = Timestamp::from_millis(row.get(4)?);
            noted.answered = noted.answered.max(noted.at);
            noted.due = row.get::<_, Option<_>>(5)?.map(Timestamp::from_millis);
        }
        Ok(conversations)
    }
}

/// What the journal holds of a conversation: all answers, and the rest of its newest turn.
#[derive(Default)]
struct Noted {
    answers: Pack,
    record: Vec<u8>,
    due: Option<Timestamp>,
    at: Timestamp,
    /// The latest moment of all: clocks are set back now and then.
    answered: Timestamp,
}
