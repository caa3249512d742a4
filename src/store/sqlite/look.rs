//! What was committed in a conversation, wherever it lies: in memory, in the journal, in its place.

use rusqlite::OptionalExtension;

use super::{
    known::{MOST_TURNS, Saved},
    tables::Tables,
    turn::row_count,
};
use crate::{
    conversation::Key,
    store::{Answer, TurnId},
};

/// What there is for a turn that begins.
pub(super) enum Past {
    /// It was committed, and this was answered.
    Answer(Answer),
    /// It was not, and this is the conversation's record.
    Record(Saved),
}

impl Tables<'_> {
    /// What there is for a turn that begins; for the next turn it is known, if nobody else is at
    /// work.
    pub(super) fn past(&self, key: &Key, turn: TurnId) -> rusqlite::Result<Past> {
        let known = self.holder().read_within(key);
        if let Some(record) = known {
            let answer = self.answer(key, turn)?;
            return Ok(answer.map_or(Past::Record(record), Past::Answer));
        }
        let record = match self.beside(key, turn)? {
            Past::Record(record) => record,
            answered @ Past::Answer(_) => return Ok(answered),
        };
        let packed = self.packed(key)?;
        if let Some(answer) = self.packed_answer(&packed, turn)? {
            return Ok(Past::Answer(answer));
        }
        if packed.len() <= MOST_TURNS && self.holder().known().is_some() {
            let mut turns = self.turns(key)?;
            turns.extend(packed.iter().map(|packed| packed.turn));
            if turns.len() <= MOST_TURNS {
                self.holder().learned(key, record.clone(), turns);
            }
        }
        Ok(Past::Record(record))
    }

    /// What was answered, if the turn was committed.
    pub(super) fn answer(&self, key: &Key, turn: TurnId) -> rusqlite::Result<Option<Answer>> {
        let in_memory = self.holder().answer(key, turn);
        let is_new = self.holder().known().is_some_and(|known| known.is_new(key, turn));
        if in_memory.is_some() || is_new && !self.holder().has_changed(key) {
            return Ok(in_memory);
        }
        let mut answer =
            self.prepared("SELECT bytes FROM conversations WHERE conversation = ?1 AND turn = ?2")?;
        let bytes = |row: &rusqlite::Row<'_>| Ok(Answer::new(row.get_ref(0)?.as_blob()?));
        let answer = answer.query_row((key.as_str(), turn.as_bytes()), bytes).optional()?;
        if answer.is_some() {
            return Ok(answer);
        }
        self.packed_answer(&self.packed(key)?, turn)
    }

    /// The record.
    pub(super) fn read(&self, key: &Key) -> rusqlite::Result<Saved> {
        let known = self.holder().read_within(key);
        known.map_or_else(|| self.newest(key), Ok)
    }

    /// The record in the file.
    fn newest(&self, key: &Key) -> rusqlite::Result<Saved> {
        // What this process does not know is in its place, as long as it is alone.
        if self.holder().known().is_none()
            && let Some(noted) = self.noted(key)?
        {
            return Ok(noted);
        }
        let mut record = self.prepared(
            "SELECT bytes, at, due IS NOT NULL FROM conversations
                WHERE conversation = ?1 AND turn = x''",
        )?;
        Ok(record.query_row((key.as_str(),), Saved::read).optional()?.unwrap_or_default())
    }

    /// The answer beside the record, or else the record, in one look.
    fn beside(&self, key: &Key, turn: TurnId) -> rusqlite::Result<Past> {
        let mut rows = self.prepared(
            "SELECT bytes, at, due IS NOT NULL, turn = x'' FROM conversations
                WHERE conversation = ?1 AND turn IN (x'', ?2)",
        )?;
        let mut rows = rows.query((key.as_str(), turn.as_bytes()))?;
        let mut record = Saved::default();
        while let Some(row) = rows.next()? {
            if !row.get(3)? {
                return Ok(Past::Answer(Answer::new(row.get_ref(0)?.as_blob()?)));
            }
            record = Saved::read(row)?;
        }
        Ok(Past::Record(record))
    }

    /// The turns of a conversation whose answers are in no pack, up to one more than may be known.
    fn turns(&self, key: &Key) -> rusqlite::Result<Vec<TurnId>> {
        let mut turns = self.prepared(
            "SELECT turn FROM conversations WHERE conversation = ?1 AND turn > x'' LIMIT ?2",
        )?;
        let most = row_count(MOST_TURNS + 1);
        let turns = turns.query_map((key.as_str(), most), |row| {
            row.get::<_, [u8; TurnId::BYTES]>(0).map(TurnId::from)
        })?;
        turns.collect()
    }
}
