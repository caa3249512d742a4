//! Packs: answers of one conversation that lie behind each other in one row.
//!
//! An answer that is carried over with others of its conversation needs no row of its own, which would
//! name the conversation again and be looked for by itself. A pack has two columns: of each turn its id
//! and where its answer ends, in four bytes (little-endian); and the answers. Whoever looks for a turn
//! reads the first one only.
//!
//! A conversation has about two thousand turns in packs, at most: one with more than
//! [`MOST_TURNS`](super::known::MOST_TURNS) is not known, and its turns are not noted any more.

use rusqlite::ffi;

use super::{tables::Tables, turn::SLICE};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Answer, TurnId},
};

/// From so many answers on they are a pack: fewer lie beside their record, where they change no page
/// more.
const MANY: usize = 4;

/// Turns of one conversation in the journal, in the order of their commits.
#[derive(Default)]
pub(super) struct Pack {
    /// Their numbers in the journal.
    numbers: Vec<i64>,
    turns: Vec<u8>,
    answers: Vec<u8>,
    /// When the last one was committed.
    at: i64,
}

/// A turn whose answer is in a pack, and where it lies there.
pub(super) struct Packed {
    pub(super) turn: TurnId,
    pack: i64,
    begin: usize,
    end: usize,
}

impl Pack {
    pub(super) fn push(&mut self, number: i64, turn: &[u8], answer: &[u8], at: i64) {
        self.numbers.push(number);
        self.at = self.at.max(at);
        self.answers.extend(answer);
        self.turns.extend(turn);
        // SQLite holds no blob as long as that.
        let end = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        self.turns.extend(end.to_le_bytes());
    }

    /// The number of the newest turn.
    pub(super) fn newest(&self) -> Option<i64> {
        self.numbers.last().copied()
    }
}

impl Tables<'_> {
    /// Puts the answers into their places.
    pub(super) fn place_answers(&self, conversation: &str, pack: &Pack) -> rusqlite::Result<()> {
        if pack.numbers.len() >= MANY {
            self.write(
                "INSERT INTO packs (conversation, at, turns, answers) VALUES (?1, ?2, ?3, ?4)",
                (conversation, pack.at, &*pack.turns, &*pack.answers),
            )?;
            return Ok(());
        }
        for number in &pack.numbers {
            self.write(
                "INSERT INTO conversations (conversation, turn, bytes, at)
                    SELECT conversation, turn, answer, at FROM journal WHERE number = ?1
                    ON CONFLICT DO UPDATE SET bytes = excluded.bytes, at = excluded.at",
                (number,),
            )?;
        }
        Ok(())
    }

    /// The turns of a conversation whose answers are in packs.
    pub(super) fn packed(&self, key: &Key) -> rusqlite::Result<Vec<Packed>> {
        let mut packs = self.prepared("SELECT number, turns FROM packs WHERE conversation = ?1")?;
        let mut packs = packs.query((key.as_str(),))?;
        let mut packed = Vec::new();
        while let Some(row) = packs.next()? {
            let pack = row.get(0)?;
            let (mut rest, mut begin) = (row.get_ref(1)?.as_blob()?, 0);
            while !rest.is_empty() {
                let (turn, end, behind) = first(rest).ok_or_else(damaged)?;
                packed.push(Packed { turn, pack, begin, end });
                (rest, begin) = (behind, end);
            }
        }
        Ok(packed)
    }

    /// The answer to one of them.
    pub(super) fn packed_answer(&self, packed: &Packed) -> rusqlite::Result<Answer> {
        let mut answers = self.prepared("SELECT answers FROM packs WHERE number = ?1")?;
        answers.query_one((packed.pack,), |row| {
            let answer = row.get_ref(0)?.as_blob()?.get(packed.begin..packed.end);
            answer.map(Answer::new).ok_or_else(damaged)
        })
    }

    /// Removes some of the packs whose answers were all given before `oldest`; says how many.
    pub(super) fn forget_packs(&self, oldest: Timestamp) -> rusqlite::Result<usize> {
        self.write(
            "DELETE FROM packs
                WHERE number IN (SELECT number FROM packs WHERE at < ?1 ORDER BY at LIMIT ?2)",
            (oldest.as_millis(), SLICE),
        )
    }
}

/// The first turn, where its answer ends, and what is behind it.
fn first(turns: &[u8]) -> Option<(TurnId, usize, &[u8])> {
    let (turn, rest) = turns.split_first_chunk::<{ TurnId::BYTES }>()?;
    let (end, rest) = rest.split_first_chunk()?;
    Some((TurnId::from(*turn), usize::try_from(u32::from_le_bytes(*end)).ok()?, rest))
}

/// What SQLite says of a file in which something else lies than what was written.
fn damaged() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
}
