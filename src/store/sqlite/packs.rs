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

use super::{
    tables::Tables,
    turn::{SLICE, row_count},
};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Answer, TurnId},
};

/// From so many answers on they are a pack: fewer lie beside their record, where they change no further
/// page.
const MANY: usize = 4;
/// Bytes of the answers in a pack, at most: longer ones lie beside their record too, as whoever wants
/// one answer of a pack reads them all.
const MOST_BYTES: usize = 64 * 1024;

/// Bytes of a turn's id, and of where its answer ends.
const TURN: usize = TurnId::BYTES + size_of::<u32>();

/// Answers of one conversation.
#[derive(Default)]
pub(super) struct Pack {
    turns: Vec<u8>,
    answers: Vec<u8>,
}

/// A turn whose answer is in a pack, and where it lies there.
pub(super) struct Packed {
    pub(super) turn: TurnId,
    pack: i64,
    begin: usize,
    end: usize,
}

impl Pack {
    pub(super) fn push(&mut self, turn: TurnId, answer: &[u8]) {
        self.answers.extend(answer);
        self.turns.extend(turn.as_bytes());
        // SQLite holds no blob as long as that.
        let end = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        self.turns.extend(end.to_le_bytes());
    }
}

impl Tables<'_> {
    /// Puts answers into their places; they are kept from this moment on.
    pub(super) fn put_answers(
        &self,
        conversation: &str,
        pack: &Pack,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        if pack.turns.len() < MANY * TURN || pack.answers.len() > MOST_BYTES {
            let mut begin = 0;
            for turn in Turns(&pack.turns) {
                let (turn, end) = turn?;
                let answer = pack.answers.get(begin..end).ok_or_else(damaged)?;
                self.put_answer(conversation, turn, answer, at)?;
                begin = end;
            }
            return Ok(());
        }
        self.write(
            "INSERT INTO packs (conversation, at, turns, answers) VALUES (?1, ?2, ?3, ?4)",
            (conversation, at.as_millis(), &*pack.turns, &*pack.answers),
        )?;
        Ok(())
    }

    /// The turns of a conversation whose answers are in packs.
    pub(super) fn packed(&self, key: &Key) -> rusqlite::Result<Vec<Packed>> {
        let mut packs = self
            .prepared("SELECT number, turns, length(answers) FROM packs WHERE conversation = ?1")?;
        let mut packs = packs.query((key.as_str(),))?;
        let mut packed = Vec::new();
        while let Some(row) = packs.next()? {
            let pack = row.get(0)?;
            let mut begin = 0;
            for turn in Turns(row.get_ref(1)?.as_blob()?) {
                let (turn, end) = turn?;
                if end < begin {
                    return Err(damaged());
                }
                packed.push(Packed { turn, pack, begin, end });
                begin = end;
            }
            if row_count(begin) != row.get::<_, i64>(2)? {
                return Err(damaged());
            }
        }
        Ok(packed)
    }

    /// The answer to this turn, if it is one of them.
    pub(super) fn packed_answer(
        &self,
        packed: &[Packed],
        turn: TurnId,
    ) -> rusqlite::Result<Option<Answer>> {
        let Some(copy) = packed.iter().find(|packed| packed.turn == turn) else { return Ok(None) };
        let mut answers = self.prepared("SELECT answers FROM packs WHERE number = ?1")?;
        answers.query_one((copy.pack,), |row| {
            let answer = row.get_ref(0)?.as_blob()?.get(copy.begin..copy.end);
            answer.map(|answer| Some(Answer::new(answer))).ok_or_else(damaged)
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

/// The turns of a pack, each with where its answer ends.
struct Turns<'pack>(&'pack [u8]);

impl Iterator for Turns<'_> {
    type Item = rusqlite::Result<(TurnId, usize)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.0);
        let first = rest.split_first_chunk().and_then(|(turn, rest)| {
            let (end, rest) = rest.split_first_chunk()?;
            self.0 = rest;
            Some((TurnId::from(*turn), usize::try_from(u32::from_le_bytes(*end)).ok()?))
        });
        (!rest.is_empty()).then(|| first.ok_or_else(damaged))
    }
}

/// What SQLite says of a file in which something else lies than what was written.
pub(super) fn damaged() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), None)
}
