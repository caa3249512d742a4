//! Who is at work in each conversation, and who waits: in the file, as there may be other
//! processes.

use rusqlite::OptionalExtension;

use super::tables::Tables;
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{LEASE, TurnId},
};

/// How a turn begins, with bytes as they are in the file.
#[derive(Debug)]
pub(super) enum Found {
    Turn { record: Option<Vec<u8>>, fence: u64 },
    Answered(Vec<u8>),
    Wait,
}

/// What is known of a conversation when a turn asks.
struct Look {
    at_work: Option<([u8; TurnId::BYTES], Timestamp)>,
    record: Option<Vec<u8>>,
    committed: Timestamp,
    answer: Option<Vec<u8>>,
    has_tickets: bool,
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
        let look = self.look(key, turn)?;
        if let Some(answer) = look.answer {
            if look.has_tickets {
                self.leave(key, turn)?;
            }
            return Ok(Found::Answered(answer));
        }
        let at_work = look.at_work.filter(|(_, until)| *until > now);
        // A copy of the turn at work needs no place: it asks for the answer.
        if at_work.is_some_and(|(at_work, _)| at_work == *turn.as_bytes()) {
            return Ok(Found::Wait);
        }
        let is_next = !look.has_tickets || self.is_first(key, turn, now)?;
        if at_work.is_some() || !is_next {
            self.take_place(key, turn, now)?;
            return Ok(Found::Wait);
        }
        if look.has_tickets {
            self.leave(key, turn)?;
        }
        let fence = self.next_fence()?;
        self.write(
            "INSERT INTO lanes VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET
                turn = excluded.turn, fence = excluded.fence, until = excluded.until",
            (key.as_str(), turn.as_bytes(), fence, now.after(LEASE).as_millis()),
        )?;
        let record = look.record.filter(|_| look.committed >= oldest);
        Ok(Found::Turn { record, fence: fence.cast_unsigned() })
    }

    fn look(&self, key: &Key, turn: TurnId) -> rusqlite::Result<Look> {
        let mut look = self.prepared(
            "SELECT lanes.turn, lanes.until, kept.bytes, kept.at,
                (SELECT bytes FROM kept WHERE conversation = ?1 AND turn = ?2),
                EXISTS (SELECT 1 FROM tickets WHERE conversation = ?1)
             FROM (SELECT 1)
             LEFT JOIN lanes ON lanes.conversation = ?1
             LEFT JOIN kept ON kept.conversation = ?1 AND kept.turn = x''",
        )?;
        look.query_row((key.as_str(), turn.as_bytes()), |row| {
            let at_work: Option<[u8; TurnId::BYTES]> = row.get(0)?;
            let until = Timestamp::from_millis(row.get::<_, Option<i64>>(1)?.unwrap_or_default());
            Ok(Look {
                at_work: at_work.map(|turn| (turn, until)),
                record: row.get(2)?,
                committed: Timestamp::from_millis(
                    row.get::<_, Option<i64>>(3)?.unwrap_or_default(),
                ),
                answer: row.get(4)?,
                has_tickets: row.get(5)?,
            })
        })
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
        let kept = self.write(
            "UPDATE lanes SET until = ?3 WHERE conversation = ?1 AND fence = ?2",
            (key.as_str(), fence.cast_signed(), until.as_millis()),
        )?;
        Ok(kept > 0)
    }

    /// Ends the lease with this fence; says whether it was there.
    pub(super) fn end(&self, key: &Key, fence: u64) -> rusqlite::Result<bool> {
        let ended = self.write(
            "DELETE FROM lanes WHERE conversation = ?1 AND fence = ?2",
            (key.as_str(), fence.cast_signed()),
        )?;
        Ok(ended > 0)
    }

    /// Gives up the turn's place.
    pub(super) fn leave(&self, key: &Key, turn: TurnId) -> rusqlite::Result<()> {
        self.write(
            "DELETE FROM tickets WHERE conversation = ?1 AND turn = ?2",
            (key.as_str(), turn.as_bytes()),
        )?;
        Ok(())
    }
}
