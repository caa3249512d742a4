//! Who is at work in each conversation, and who waits: in memory while this process is alone, and in
//! the file while there are others.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use rusqlite::OptionalExtension;

use super::{holder::Holder, look::Past, tables::Tables};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{
        Answer, LEASE, TurnId,
        lanes::{AtWork, Lanes},
    },
};

/// Bits of a fence that are left to chance, below the milliseconds.
const CHANCE: u32 = 21;

/// How a turn begins, with bytes as they are in the file.
#[derive(Debug)]
pub(super) enum Found {
    Turn { record: Option<Arc<[u8]>>, fence: u64 },
    Answered(Answer),
    Wait,
}

impl Tables<'_> {
    /// Begins this turn if it is its conversation's next. A record that was committed before
    /// `oldest` is forgotten.
    pub(super) fn begin(
        &self,
        key: &Key,
        turn: TurnId,
        now: Timestamp,
        oldest: Timestamp,
    ) -> rusqlite::Result<Found> {
        let record = match self.past(key, turn)? {
            Past::Answer(answer) => {
                self.leave(key, turn)?;
                return Ok(Found::Answered(answer));
            }
            Past::Record(record) => record.since(oldest),
        };
        let in_memory = self.holder().lanes().map(|lanes| {
            lanes.raise(fence_at(now));
            lanes.ask(key.clone(), turn, now)
        });
        let fence = match in_memory {
            Some(fence) => fence,
            None => self.ask(key, turn, now)?,
        };
        let Some(fence) = fence else { return Ok(Found::Wait) };
        self.holder().granted(key, fence);
        Ok(Found::Turn { record, fence })
    }

    /// The fence of a new lease in the file, if it is this turn's turn; otherwise it waits there.
    fn ask(&self, key: &Key, turn: TurnId, now: Timestamp) -> rusqlite::Result<Option<u64>> {
        let mut at_work =
            self.prepared("SELECT turn FROM lanes WHERE conversation = ?1 AND until > ?2")?;
        let at_work = at_work.query_row((key.as_str(), now.as_millis()), |row| row.get(0));
        let at_work: Option<[u8; TurnId::BYTES]> = at_work.optional()?;
        // A copy of the turn at work needs no place: it asks for the answer.
        if at_work.is_some_and(|at_work| at_work == *turn.as_bytes()) {
            return Ok(None);
        }
        if at_work.is_some() || !self.is_first(key, turn, now)? {
            self.take_place(key, turn, now)?;
            return Ok(None);
        }
        self.write(
            "DELETE FROM tickets WHERE conversation = ?1 AND turn = ?2",
            (key.as_str(), turn.as_bytes()),
        )?;
        let fence = fence_at(now);
        self.write(
            "INSERT INTO lanes VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET
                turn = excluded.turn, fence = excluded.fence, until = excluded.until",
            (key.as_str(), turn.as_bytes(), fence.cast_signed(), now.after(LEASE).as_millis()),
        )?;
        Ok(Some(fence))
    }

    /// Whether nobody who still waits is before this turn.
    fn is_first(&self, key: &Key, turn: TurnId, now: Timestamp) -> rusqlite::Result<bool> {
        self.write(
            "DELETE FROM tickets WHERE conversation = ?1 AND until <= ?2 AND turn <> ?3",
            (key.as_str(), now.as_millis(), turn.as_bytes()),
        )?;
        let mut first = self
            .prepared("SELECT turn FROM tickets WHERE conversation = ?1 ORDER BY place LIMIT 1")?;
        let first = first.query_row((key.as_str(),), |row| row.get::<_, [u8; TurnId::BYTES]>(0));
        Ok(first.optional()?.is_none_or(|first| first == *turn.as_bytes()))
    }

    /// The turn's place is kept, or it gets one behind all others.
    fn take_place(&self, key: &Key, turn: TurnId, now: Timestamp) -> rusqlite::Result<()> {
        let until = now.after(LEASE).as_millis();
        let kept = self.write(
            "UPDATE tickets SET until = ?3 WHERE conversation = ?1 AND turn = ?2",
            (key.as_str(), turn.as_bytes(), until),
        )?;
        if kept == 0 {
            self.write(
                "INSERT INTO tickets SELECT ?1, coalesce(max(place), 0) + 1, ?2, ?3
                    FROM tickets WHERE conversation = ?1",
                (key.as_str(), turn.as_bytes(), until),
            )?;
        }
        Ok(())
    }

    /// Keeps the lease with this fence, if it is there, until then.
    pub(super) fn extend(&self, key: &Key, fence: u64, until: Timestamp) -> rusqlite::Result<bool> {
        if let Some(lanes) = self.holder().lanes() {
            return Ok(lanes.extend(key, fence, until));
        }
        let kept = self.write(
            "UPDATE lanes SET until = ?3 WHERE conversation = ?1 AND fence = ?2",
            (key.as_str(), fence.cast_signed(), until.as_millis()),
        )?;
        Ok(kept > 0)
    }

    /// Ends the lease with this fence when the transaction is over; says whether it is there.
    pub(super) fn end(&self, key: &Key, fence: u64) -> rusqlite::Result<bool> {
        let mut holder = self.holder();
        if let Some(lanes) = holder.lanes() {
            let is_there = lanes.holds(key, fence);
            holder.ended(key, fence);
            return Ok(is_there);
        }
        let ended = self.write(
            "DELETE FROM lanes WHERE conversation = ?1 AND fence = ?2",
            (key.as_str(), fence.cast_signed()),
        )?;
        self.look_whether_done(&mut holder)?;
        Ok(ended > 0)
    }

    /// Gives up the turn's place.
    pub(super) fn leave(&self, key: &Key, turn: TurnId) -> rusqlite::Result<()> {
        if let Some(lanes) = self.holder().lanes() {
            lanes.leave(key, turn);
            return Ok(());
        }
        self.write(
            "DELETE FROM tickets WHERE conversation = ?1 AND turn = ?2",
            (key.as_str(), turn.as_bytes()),
        )?;
        self.look_whether_done(&mut self.holder())
    }

    fn look_whether_done(&self, holder: &mut Holder) -> rusqlite::Result<()> {
        let mut some =
            self.prepared("SELECT EXISTS (SELECT 1 FROM lanes) OR EXISTS (SELECT 1 FROM tickets)")?;
        holder.set_done(!some.query_one((), |row| row.get(0))?);
        Ok(())
    }

    /// Moves the lanes from the file into memory.
    pub(super) fn take_lanes(&self, lanes: &mut Lanes<Key>) -> rusqlite::Result<()> {
        let mut at_work = self.prepared("SELECT conversation, turn, fence, until FROM lanes")?;
        let mut rows = at_work.query(())?;
        while let Some(row) = rows.next()? {
            let Some(key) = Key::revive(&row.get::<_, String>(0)?) else { continue };
            let turn = TurnId::from(row.get::<_, [u8; TurnId::BYTES]>(1)?);
            let fence = row.get::<_, i64>(2)?.cast_unsigned();
            let until = Timestamp::from_millis(row.get(3)?);
            lanes.lane(key).at_work = Some(AtWork { turn, fence, until });
        }
        let mut waiting = self.prepared(
            "SELECT conversation, turn, until FROM tickets ORDER BY conversation, place",
        )?;
        let mut rows = waiting.query(())?;
        while let Some(row) = rows.next()? {
            let Some(key) = Key::revive(&row.get::<_, String>(0)?) else { continue };
            let turn = TurnId::from(row.get::<_, [u8; TurnId::BYTES]>(1)?);
            lanes.lane(key).waiting.push_back((turn, Timestamp::from_millis(row.get(2)?)));
        }
        if !lanes.is_empty() {
            self.write("DELETE FROM lanes", ())?;
            self.write("DELETE FROM tickets", ())?;
        }
        Ok(())
    }

    /// Writes the lanes in memory into the file.
    pub(super) fn keep_lanes(&self, lanes: &Lanes<Key>) -> rusqlite::Result<()> {
        for (key, lane) in lanes.iter() {
            if let Some(AtWork { turn, fence, until }) = &lane.at_work {
                self.write(
                    "INSERT INTO lanes VALUES (?1, ?2, ?3, ?4)",
                    (key.as_str(), turn.as_bytes(), fence.cast_signed(), until.as_millis()),
                )?;
            }
            for (place, (turn, until)) in (1_i64..).zip(&lane.waiting) {
                self.write(
                    "INSERT INTO tickets VALUES (?1, ?2, ?3, ?4)",
                    (key.as_str(), place, turn.as_bytes(), until.as_millis()),
                )?;
            }
        }
        Ok(())
    }
}

/// A fence above all that were given before this millisecond, by any process; those of the same one
/// are told apart by chance.
pub(super) fn fence_at(now: Timestamp) -> u64 {
    let chance = RandomState::new().hash_one(()) >> (64 - CHANCE);
    now.as_millis().cast_unsigned() << CHANCE | chance
}
