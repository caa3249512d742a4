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
            let (is_there, number, first) = self.look_for(parcel)?;
            if is_there {
                continue;
            }
            let due = parcel.due.as_millis();
            let is_first = first.is_none_or(|first| due < first);
            if is_first && first.is_some() {
                self.write(
                    "UPDATE parcels SET ready = NULL
                        WHERE conversation = ?1 AND ready IS NOT NULL",
                    (conversation,),
                )?;
            }
            self.write(
                "INSERT INTO parcels (conversation, due, number, id, body, not_before, ready)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?2, ?6)",
                (conversation, due, number, &parcel.id.0, &parcel.body, is_first.then_some(due)),
            )?;
        }
        Ok(())
    }

    /// Whether the parcel is there, the number of a new one, and the moment of the conversation's
    /// first. A conversation has few parcels.
    fn look_for(&self, parcel: &Parcel) -> rusqlite::Result<(bool, i64, Option<i64>)> {
        let mut all = self.prepared(
            "SELECT id, number, due FROM parcels WHERE conversation = ?1 ORDER BY due, number",
        )?;
        let mut all = all.query((parcel.key.as_str(),))?;
        let (mut is_there, mut last, mut first) = (false, 0, None);
        while let Some(row) = all.next()? {
            is_there |= row.get_ref(0)?.as_blob()? == parcel.id.0;
            last = last.max(row.get(1)?);
            first = first.or(Some(row.get(2)?));
        }
        Ok((is_there, last + 1, first))
    }

    /// Claims parcels that are ready.
    pub(super) fn claim(&self, now: Timestamp, most: usize) -> rusqlite::Result<Vec<Claim>> {
        let mut ready = self.prepared(
            "SELECT number, id, conversation, due, body, tries FROM parcels
                WHERE ready <= ?1 ORDER BY ready LIMIT ?2",
        )?;
        let ready = ready.query_map((now.as_millis(), row_count(most)), |row| {
            let key = Key::revive(row.get_ref(2)?.as_str()?);
            let claim = key.map(|key| -> rusqlite::Result<Claim> {
                let due = Timestamp::from_millis(row.get(3)?);
                let parcel = Parcel { id: ParcelId(row.get(1)?), key, due, body: row.get(4)? };
                Ok(Claim { parcel, tries: row.get::<_, u32>(5)?.saturating_add(1) })
            });
            Ok((row.get::<_, i64>(0)?, claim.transpose()?))
        })?;
        let ready: Vec<_> = ready.collect::<Result<_, _>>()?;
        let mut claimed = self.prepared(
            "UPDATE parcels SET tries = tries + 1, not_before = ?4, ready = ?4
                WHERE conversation = ?1 AND due = ?2 AND number = ?3",
        )?;
        let until = now.after(LEASE).as_millis();
        for (number, claim) in &ready {
            let Some(Claim { parcel, .. }) = claim else { continue };
            claimed.execute((parcel.key.as_str(), parcel.due.as_millis(), number, until))?;
        }
        Ok(ready.into_iter().filter_map(|(_, claim)| claim).collect())
    }

    /// Removes a parcel; the next of its conversation is ready then.
    fn remove(&self, parcel: &Parcel) -> rusqlite::Result<()> {
        let conversation = parcel.key.as_str();
        let removed = self.write(
            "DELETE FROM parcels WHERE conversation = ?1 AND due = ?2 AND id = ?3",
            (conversation, parcel.due.as_millis(), &parcel.id.0),
        )?;
        if removed == 0 {
            return Ok(());
        }
        let mut first = self.prepared(
            "SELECT due, number FROM parcels WHERE conversation = ?1 ORDER BY due, number LIMIT 1",
        )?;
        let first = first
            .query_row((conversation,), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        if let Some((due, number)) = first.optional()? {
            self.write(
                "UPDATE parcels SET ready = not_before
                    WHERE conversation = ?1 AND due = ?2 AND number = ?3",
                (conversation, due, number),
            )?;
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
                let (conversation, due) = (claim.parcel.key.as_str(), claim.parcel.due.as_millis());
                let ours = self.write(
                    "UPDATE parcels SET not_before = ?5, ready = iif(ready IS NULL, NULL, ?5)
                        WHERE conversation = ?1 AND due = ?2 AND id = ?3 AND tries = ?4",
                    (conversation, due, id, claim.tries, when.as_millis()),
                )?;
                let mut exists = self.prepared(
                    "SELECT 1 FROM parcels WHERE conversation = ?1 AND due = ?2 AND id = ?3",
                )?;
                Ok(ours > 0 || !exists.exists((conversation, due, id))?)
            }
        }
    }
}
