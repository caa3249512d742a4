//! What a committed turn leaves in its place in the file, and how it is found and forgotten there.

use std::sync::Arc;

use super::{
    known::{Change, Saved},
    tables::Tables,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Answer, LEASE, Lease, Parcel, TurnId},
};

/// What a turn changes, as it is written.
pub(super) struct Written {
    pub(super) record: Arc<[u8]>,
    pub(super) due: Option<Timestamp>,
    pub(super) answer: Answer,
    pub(super) parcels: Vec<Parcel>,
}

/// Rows that one slice of a sweep looks at: less than a millisecond's.
pub(super) const SLICE: i64 = 200;

impl Tables<'_> {
    /// Ends a turn; says whether it is committed, now or before.
    pub(super) fn commit(
        &self,
        lease: &Lease,
        written: &Written,
        now: Timestamp,
    ) -> rusqlite::Result<bool> {
        let key = &lease.key;
        if !self.end(key, lease.fence)? {
            return Ok(self.answer(key, lease.turn)?.is_some());
        }
        let is_noted = self.is_to_be_noted(key);
        if is_noted {
            self.note(lease, written, now)?;
        } else {
            self.put_record(key.as_str(), &written.record, written.due, now)?;
            self.put_answer(key.as_str(), lease.turn, written.answer.as_bytes(), now)?;
        }
        self.post(&written.parcels)?;
        let bytes = Some(Arc::clone(&written.record));
        let record = Saved { bytes, at: now, has_timer: written.due.is_some() };
        let (turn, answer) = (lease.turn, written.answer.clone());
        self.holder().changed(key, Change { turn, record, answer, is_noted });
        Ok(true)
    }

    /// Puts a record into its place.
    pub(super) fn put_record(
        &self,
        conversation: &str,
        record: &[u8],
        due: Option<Timestamp>,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let due = due.map(Timestamp::as_millis);
        // Mostly no index has to know.
        let quietly = match due {
            Some(_) => 0,
            None => self.write(
                "UPDATE conversations SET bytes = ?2, at = ?3
                    WHERE conversation = ?1 AND turn = x'' AND hour = ?4 AND due IS NULL",
                (conversation, record, at.as_millis(), hour(at)),
            )?,
        };
        if quietly == 0 {
            self.write(
                "INSERT INTO conversations VALUES (?1, x'', ?2, ?3, ?4, ?5, ?5)
                    ON CONFLICT DO UPDATE SET
                        bytes = excluded.bytes, at = excluded.at, hour = excluded.hour,
                        due = excluded.due, tell = excluded.tell",
                (conversation, record, at.as_millis(), hour(at), due),
            )?;
        }
        Ok(())
    }

    /// Puts an answer beside the record.
    pub(super) fn put_answer(
        &self,
        conversation: &str,
        turn: TurnId,
        answer: &[u8],
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.write(
            "INSERT INTO conversations (conversation, turn, bytes, at) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET bytes = excluded.bytes, at = excluded.at",
            (conversation, turn.as_bytes(), answer, at.as_millis()),
        )?;
        Ok(())
    }

    /// The records of some conversations behind this one, in their order.
    pub(super) fn records_behind(
        &self,
        conversation: &str,
        oldest: Timestamp,
    ) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
        self.carry_over()?;
        let mut records = self.prepared(
            "SELECT conversation, bytes FROM conversations
                WHERE conversation > ?1 AND turn = x'' AND at >= ?2
                ORDER BY conversation LIMIT ?3",
        )?;
        let records = records.query_map((conversation, oldest.as_millis(), SLICE), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        records.collect()
    }

    /// Conversations with a timer that is due, and when; they are told again after a lease.
    pub(super) fn due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> rusqlite::Result<Vec<(Key, Timestamp)>> {
        self.carry_over()?;
        let mut due = self.prepared(
            "SELECT conversation, due FROM conversations WHERE tell <= ?1 ORDER BY tell LIMIT ?2",
        )?;
        let due = due.query_map((now.as_millis(), row_count(most)), |row| {
            Ok((row.get::<_, String>(0)?, Timestamp::from_millis(row.get(1)?)))
        })?;
        let due: Vec<_> = due.collect::<Result<_, _>>()?;
        for (conversation, _) in &due {
            self.write(
                "UPDATE conversations SET tell = ?2 WHERE conversation = ?1 AND turn = x''",
                (conversation, now.after(LEASE).as_millis()),
            )?;
        }
        let revived = due.into_iter().filter_map(|(text, due)| Some((Key::revive(&text)?, due)));
        Ok(revived.collect())
    }

    /// Removes some of the conversations that were committed last before `oldest`; says how many.
    pub(super) fn forget_conversations(&self, oldest: Timestamp) -> rusqlite::Result<i64> {
        self.carry_over()?;
        let mut silent = self.prepared(
            "SELECT conversation FROM conversations
                WHERE hour IS NOT NULL AND due IS NULL AND hour <= ?1 AND at < ?2 LIMIT ?3",
        )?;
        let silent =
            silent.query_map((hour(oldest), oldest.as_millis(), SLICE), |row| row.get(0))?;
        let silent: Vec<String> = silent.collect::<Result<_, _>>()?;
        for conversation in &silent {
            self.write(
                "DELETE FROM conversations WHERE conversation = ?1 AND turn = x''",
                (conversation,),
            )?;
        }
        Ok(row_count(silent.len()))
    }

    /// Removes some of the answers that were given before `oldest`; says how many.
    pub(super) fn forget_answers(&self, oldest: Timestamp) -> rusqlite::Result<i64> {
        self.carry_over()?;
        let mut old = self.prepared(
            "SELECT conversation, turn FROM conversations
                WHERE hour IS NULL AND at < ?1 ORDER BY at LIMIT ?2",
        )?;
        let old =
            old.query_map((oldest.as_millis(), SLICE), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let old: Vec<(String, Vec<u8>)> = old.collect::<Result<_, _>>()?;
        for row in &old {
            self.write(
                "DELETE FROM conversations WHERE conversation = ?1 AND turn = ?2",
                (&row.0, &row.1),
            )?;
        }
        let packs = self.forget_packs(oldest)?;
        Ok(row_count(old.len().max(packs)))
    }

    /// Removes some of the leases and places whose workers are gone; says how many.
    pub(super) fn forget_workers(&self, now: Timestamp) -> rusqlite::Result<i64> {
        if let Some(lanes) = self.holder().lanes() {
            lanes.sweep(now);
        }
        let lanes = self.write(
            "DELETE FROM lanes WHERE conversation IN
                (SELECT conversation FROM lanes WHERE until <= ?1 LIMIT ?2)",
            (now.as_millis(), SLICE),
        )?;
        let tickets = self.write(
            "DELETE FROM tickets WHERE (conversation, place) IN
                (SELECT conversation, place FROM tickets WHERE until <= ?1 LIMIT ?2)",
            (now.as_millis(), SLICE),
        )?;
        Ok(row_count(lanes.max(tickets)))
    }
}

/// This many rows, as statements take it.
pub(super) fn row_count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The hour of this moment, since 1970.
fn hour(moment: Timestamp) -> i64 {
    moment.as_millis().div_euclid(3_600_000)
}
