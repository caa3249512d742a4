//! The outbox in the file: of each conversation the first parcel is ready, the others are not.

use std::time::Duration;

use rusqlite::OptionalExtension;

use super::{tables::Tables, turn::row_count};
use crate::{
    conversation::{Key, clock::Timestamp},
    store::{Claim, LEASE, Parcel, ParcelId, Settled},
};

impl Tables<'_> {
    /// Adds those parcels that are not there.
    pub(super) fn post(&self, parcels: &[Parcel]) -> rusqlite::Result<()> {
        for parcel in parcels {
            let conversation = parcel.key.as_str();
            let posted = self.write(
                "INSERT OR IGNORE INTO parcels (id, conversation, due, body, not_before)
                    VALUES (?1, ?2, ?3, ?4, ?3)",
                (&parcel.id.0, conversation, parcel.due.as_millis(), &parcel.body),
            )?;
            if posted > 0 {
                self.line_up(conversation)?;
            }
        }
        Ok(())
    }

    /// Makes the conversation's first parcel ready, and no other.
    fn line_up(&self, conversation: &str) -> rusqlite::Result<()> {
        let mut first = self.prepared(
            "SELECT number FROM parcels WHERE conversation = ?1 ORDER BY due, number LIMIT 1",
        )?;
        let first = first.query_row((conversation,), |row| row.get::<_, i64>(0)).optional()?;
        let Some(first) = first else { return Ok(()) };
        self.write(
            "UPDATE parcels SET ready = NULL
                WHERE conversation = ?1 AND ready IS NOT NULL AND number <> ?2",
            (conversation, first),
        )?;
        self.write("UPDATE parcels SET ready = not_before WHERE number = ?1", (first,))?;
        Ok(())
    }

    /// Claims parcels that are ready.
    pub(super) fn claim(&self, now: Timestamp, most: usize) -> rusqlite::Result<Vec<Claim>> {
        let mut ready = self.prepared(
            "SELECT number, id, conversation, due, body, tries FROM parcels
                WHERE ready <= ?1 ORDER BY ready LIMIT ?2",
        )?;
        let ready = ready.query_map((now.as_millis(), row_count(most)), |row| {
            let key = Key::revive(&row.get::<_, String>(2)?);
            let claim = key.map(|key| -> rusqlite::Result<Claim> {
                let due = Timestamp::from_millis(row.get(3)?);
                let parcel = Parcel { id: ParcelId(row.get(1)?), key, due, body: row.get(4)? };
                Ok(Claim { parcel, tries: row.get::<_, u32>(5)?.saturating_add(1) })
            });
            Ok((row.get::<_, i64>(0)?, claim.transpose()?))
        })?;
        let ready: Vec<_> = ready.collect::<Result<_, _>>()?;
        for (number, _) in &ready {
            self.write(
                "UPDATE parcels SET tries = tries + 1, not_before = ?2, ready = ?2 WHERE number = ?1",
                (number, now.after(LEASE).as_millis()),
            )?;
        }
        Ok(ready.into_iter().filter_map(|(_, claim)| claim).collect())
    }

    fn remove(&self, parcel: &Parcel) -> rusqlite::Result<()> {
        if self.write("DELETE FROM parcels WHERE id = ?1", (&parcel.id.0,))? > 0 {
            self.line_up(parcel.key.as_str())?;
        }
        Ok(())
    }

    /// Ends a claim; says whether it was still ours. What was sent is kept for this long.
    pub(super) fn settle(
        &self,
        claim: &Claim,
        settled: &Settled,
        kept: Duration,
    ) -> rusqlite::Result<bool> {
        let id = &claim.parcel.id.0;
        match settled {
            Settled::Sent(sent) => {
                self.sent(&claim.parcel, sent, sent.at.after(kept))?;
                self.remove(&claim.parcel)?;
                Ok(true)
            }
            Settled::Done => {
                self.remove(&claim.parcel)?;
                Ok(true)
            }
            Settled::Again(when) => {
                let ours = self.write(
                    "UPDATE parcels SET not_before = ?3, ready = iif(ready IS NULL, NULL, ?3)
                        WHERE id = ?1 AND tries = ?2",
                    (id, claim.tries, when.as_millis()),
                )?;
                let mut exists = self.prepared("SELECT 1 FROM parcels WHERE id = ?1")?;
                Ok(ours > 0 || !exists.exists((id,))?)
            }
        }
    }
}
