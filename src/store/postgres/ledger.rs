//! Deliveries in the server.

use tokio_postgres::{Row, types::ToSql};

use super::{
    super::{
        Claim, Delivery, Parcel, QUIET, Sent, StoreError,
        ledger::{REPORTS_KEPT, is_over, words_above, words_at_the_end},
    },
    Postgres,
};
use crate::{
    conversation::clock::Timestamp,
    message::{ErrorCode, MessageSid, Status},
};

impl Postgres {
    pub(super) async fn note_report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let values: [&(dyn ToSql + Sync); 8] = [
            &&sid.to_bytes()[..],
            &status.as_str(),
            &error.map(|code| i64::from(code.number())),
            &now.as_millis(),
            &now.after(REPORTS_KEPT).as_millis(),
            &(status.rank() > 0),
            &words_above(status),
            &is_over(status),
        ];
        let found = self.link.rows("report_delivery", &values).await?;
        found.first().map(|row| self.delivery_in(row)).transpose()
    }

    pub(super) async fn settle_sent(&self, claim: &Claim, sent: &Sent) -> Result<(), StoreError> {
        let Parcel { id, key, .. } = &claim.parcel;
        let values: [&(dyn ToSql + Sync); 12] = [
            &&id.0[..],
            &key.as_str(),
            &claim.tries.cast_signed(),
            &&sent.sid.to_bytes()[..],
            &sent.at.as_millis(),
            &sent.at.after(self.deliveries).as_millis(),
            &sent.at.after(QUIET).as_millis(),
            &sent.instead.as_deref(),
            &&id.replacement().0[..],
            &Status::Queued.as_str(),
            &words_above(&Status::Queued),
            &words_at_the_end(),
        ];
        self.link.yes("settle_sent", &values).await
    }

    /// A row of the table.
    pub(super) fn delivery_in(&self, row: &Row) -> Result<Delivery, StoreError> {
        let damaged = |what| self.link.place().damaged(what);
        let sid = MessageSid::revive(self.link.read(row, 0)?);
        let error = self.link.read::<Option<i64>>(row, 3)?;
        Ok(Delivery {
            sid: sid.ok_or_else(|| damaged("a message's sid"))?,
            status: Status::from(self.link.read::<&str>(row, 2)?),
            error: error.and_then(|code| u32::try_from(code).ok()).map(ErrorCode),
            reported: self.link.read::<Option<i64>>(row, 4)?.map(Timestamp::from_millis),
            parcel: self.parcel_id(row, 5)?,
            key: self.key(row, 6)?,
            sent: self.moment(row, 7)?,
        })
    }
}
