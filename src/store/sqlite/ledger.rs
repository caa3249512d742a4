//! Deliveries in the file: what was sent, and what was heard of it.

use rusqlite::{OptionalExtension, Row, types::Type};

use super::{
    tables::Tables,
    turn::{SLICE, row_count},
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
    store::{
        Delivery, Parcel, ParcelId, QUIET, Sent,
        ledger::{Entry, REPORTS_KEPT, is_over, tell_again},
    },
};

/// Between two moves of the newest sids into the large index so many deliveries are written.
const NEW_SIDS: i64 = if cfg!(test) { 16 } else { 4_096 };

impl Tables<'_> {
    /// Notes what was heard of a message; its delivery.
    pub(super) fn report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> rusqlite::Result<Option<Delivery>> {
        let Some((number, mut entry)) = self.entry(sid)? else {
            self.write(
                "INSERT INTO sent (sid, until, status, error, reported)
                    VALUES (?1, ?2, ?3, ?4, ?5)",
                (
                    sid.to_bytes(),
                    now.after(REPORTS_KEPT).as_millis(),
                    status.as_str(),
                    error.map(ErrorCode::number),
                    now.as_millis(),
                ),
            )?;
            self.enter(sid)?;
            return Ok(None);
        };
        if entry.hear(status, error, now) {
            self.post(entry.replace(now).as_slice())?;
            self.write(
                "UPDATE sent SET status = ?2, error = ?3, reported = ?4, instead = ?5
                    WHERE number = ?1",
                (
                    number,
                    entry.status.as_str(),
                    entry.error.map(ErrorCode::number),
                    now.as_millis(),
                    &entry.instead,
                ),
            )?;
            if is_over(status) {
                self.write(
                    "UPDATE sent SET tell = NULL WHERE number = ?1 AND tell IS NOT NULL",
                    (number,),
                )?;
            }
        }
        Ok(entry.delivery(sid))
    }

    /// Notes that a parcel was sent; it is kept until then.
    pub(super) fn sent(
        &self,
        parcel: &Parcel,
        sent: &Sent,
        until: Timestamp,
    ) -> rusqlite::Result<()> {
        match self.entry(sent.sid)? {
            None => {}
            Some((number, entry)) if entry.parcel.is_none() => {
                return self.found(number, entry, parcel, sent, until);
            }
            Some(_) => return Ok(()),
        }
        self.write(
            "INSERT INTO sent
                (sid, until, status, parcel, conversation, sent, instead, tell)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            (
                sent.sid.to_bytes(),
                until.as_millis(),
                Status::Queued.as_str(),
                &parcel.id.0,
                parcel.key.as_str(),
                sent.at.as_millis(),
                &sent.instead,
                sent.at.after(QUIET).as_millis(),
            ),
        )?;
        self.enter(sent.sid)
    }

    /// Lets the delivery that was written last be found by its sid.
    fn enter(&self, sid: MessageSid) -> rusqlite::Result<()> {
        let number = self.file.last_insert_rowid();
        self.write("INSERT INTO sids_new VALUES (?1, ?2)", (sid.to_bytes(), number))?;
        if number % NEW_SIDS == 0 {
            self.write("INSERT OR REPLACE INTO sids SELECT * FROM sids_new ORDER BY sid", ())?;
            self.write("DELETE FROM sids_new", ())?;
        }
        Ok(())
    }

    /// Reports have come before the settling.
    fn found(
        &self,
        number: i64,
        mut entry: Entry,
        parcel: &Parcel,
        sent: &Sent,
        until: Timestamp,
    ) -> rusqlite::Result<()> {
        entry.attach(parcel, sent);
        self.post(entry.replace(sent.at).as_slice())?;
        let tell = Some(sent.at.after(QUIET).as_millis()).filter(|_| !is_over(&entry.status));
        self.write(
            "UPDATE sent SET until = ?2, status = ?3, error = ?4, parcel = ?5,
                conversation = ?6, sent = ?7, instead = ?8, tell = ?9 WHERE number = ?1",
            (
                number,
                until.as_millis(),
                entry.status.as_str(),
                entry.error.map(ErrorCode::number),
                &parcel.id.0,
                parcel.key.as_str(),
                sent.at.as_millis(),
                &entry.instead,
                tell,
            ),
        )?;
        Ok(())
    }

    pub(super) fn delivery(&self, sid: MessageSid) -> rusqlite::Result<Option<Delivery>> {
        Ok(self.entry(sid)?.and_then(|(_, entry)| entry.delivery(sid)))
    }

    /// The delivery with this sid, and its number.
    fn entry(&self, sid: MessageSid) -> rusqlite::Result<Option<(i64, Entry)>> {
        let Some(number) = self.number(sid)? else { return Ok(None) };
        let mut entry = self.prepared(
            "SELECT status, error, reported, parcel, conversation, sent, instead
                FROM sent WHERE number = ?1 AND sid = ?2",
        )?;
        let entry = entry.query_row((number, sid.to_bytes()), entry_of).optional()?;
        Ok(entry.map(|entry| (number, entry)))
    }

    fn number(&self, sid: MessageSid) -> rusqlite::Result<Option<i64>> {
        let mut number = self.prepared(
            "SELECT number FROM sids_new WHERE sid = ?1
                UNION ALL SELECT number FROM sids WHERE sid = ?1",
        )?;
        number.query_row((sid.to_bytes(),), |row| row.get(0)).optional()
    }

    /// Deliveries of which nothing final was heard; they are told again later.
    pub(super) fn unreported(
        &self,
        now: Timestamp,
        most: usize,
    ) -> rusqlite::Result<Vec<Delivery>> {
        let mut quiet = self.prepared(
            "SELECT status, error, reported, parcel, conversation, sent, instead, sid, number
                FROM sent WHERE tell <= ?1 ORDER BY tell LIMIT ?2",
        )?;
        let quiet = quiet.query_map((now.as_millis(), row_count(most)), |row| {
            let sid = MessageSid::revive(row.get_ref(7)?.as_blob()?);
            Ok((sid.ok_or_else(|| damaged(7))?, entry_of(row)?, row.get::<_, i64>(8)?))
        })?;
        let quiet: Vec<_> = quiet.collect::<Result<_, _>>()?;
        let told = quiet
            .into_iter()
            .filter_map(|(sid, entry, number)| Some((number, entry.delivery(sid)?)));
        told.map(|(number, delivery)| {
            self.write(
                "UPDATE sent SET tell = ?2 WHERE number = ?1",
                (number, tell_again(delivery.sent, now).as_millis()),
            )?;
            Ok(delivery)
        })
        .collect()
    }

    /// Removes some of what was kept until before now; says how many.
    pub(super) fn forget_deliveries(&self, now: Timestamp) -> rusqlite::Result<i64> {
        let mut old =
            self.prepared("SELECT number, sid FROM sent WHERE until < ?1 ORDER BY until LIMIT ?2")?;
        let old = old.query_map((now.as_millis(), SLICE), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let old: Vec<(i64, Vec<u8>)> = old.collect::<Result<_, _>>()?;
        for (number, sid) in &old {
            self.write("DELETE FROM sent WHERE number = ?1", (number,))?;
            if self.write("DELETE FROM sids WHERE sid = ?1", (sid,))? == 0 {
                self.write("DELETE FROM sids_new WHERE sid = ?1", (sid,))?;
            }
        }
        Ok(row_count(old.len()))
    }
}

fn entry_of(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let moment = |column| -> rusqlite::Result<Option<Timestamp>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    let status = Status::from(row.get_ref(0)?.as_str()?);
    let error = row.get::<_, Option<u32>>(1)?.map(ErrorCode);
    let mut entry = Entry::new(status, error, moment(2)?);
    if let Some(parcel) = row.get(3)? {
        let key = Key::revive(row.get_ref(4)?.as_str()?).ok_or_else(|| damaged(4))?;
        entry.parcel = Some((ParcelId(parcel), key, moment(5)?.unwrap_or_default()));
    }
    entry.instead = row.get(6)?;
    Ok(entry)
}

fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "deliveries".to_owned(), Type::Text)
}
