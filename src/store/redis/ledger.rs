//! Deliveries: kept in the shard of their sid, as a report names nothing else.

use futures_util::future::try_join_all;

use super::{
    super::{
        Delivery, LEASE, Parcel, ParcelId, QUIET, Sent, StoreError,
        ledger::{REPORTS_KEPT, is_over, words_above, words_at_the_end},
    },
    Redis,
    bells::by_shard,
    keys::Keys,
    millis,
    turns::{FOR_EVER, KEPT_BACKSTOP, number},
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{ErrorCode, MessageSid, Status},
};

/// What is kept of a message: status, error, moment of the report; parcel, key, moment of sending.
type Kept = [Option<Vec<u8>>; 6];

const FIELDS: [&str; 6] = ["status", "error", "reported", "parcel", "key", "sent"];

impl Redis {
    /// For how long the server keeps a delivery if nobody sweeps, in milliseconds.
    pub(super) fn delivery_backstop(&self) -> i64 {
        millis(self.deliveries.min(FOR_EVER) + KEPT_BACKSTOP)
    }

    pub(super) async fn keep_delivery(
        &self,
        parcel: &Parcel,
        sent: &Sent,
    ) -> Result<(), StoreError> {
        let sid = sent.sid.to_string();
        let mut step = self.steps.sent.prepare_invoke();
        for name in self.names_of(&sid) {
            step.key(name);
        }
        let above = words_above(&Status::Queued);
        step.arg(&sid).arg(Status::Queued.as_str()).arg(&parcel.id.0).arg(parcel.key.as_str());
        step.arg(sent.at.as_millis()).arg(sent.at.after(self.deliveries).as_millis());
        step.arg(sent.at.after(QUIET).as_millis()).arg(self.delivery_backstop());
        step.arg(above.len()).arg(above).arg(words_at_the_end());
        self.link.take(&step).await
    }

    pub(super) async fn note_report(
        &self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StoreError> {
        let name = sid.to_string();
        let mut step = self.steps.report.prepare_invoke();
        for name in self.names_of(&name) {
            step.key(name);
        }
        step.arg(&name).arg(status.as_str());
        match error {
            Some(code) => step.arg(code.number()),
            None => step.arg(""),
        };
        step.arg(now.as_millis()).arg(now.after(REPORTS_KEPT).as_millis());
        step.arg(self.delivery_backstop()).arg(status.rank() > 0).arg(is_over(status));
        step.arg(words_above(status));
        let kept: Kept = self.link.take(&step).await?;
        let found = self.revived_delivery(sid, kept)?;
        if let Some(delivery) = &found {
            self.replace(delivery, now).await?;
        }
        Ok(found)
    }

    /// Posts what is to be sent in place of a message that met a closed session; it is taken by who
    /// comes first.
    pub(super) async fn replace(
        &self,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !delivery.met_a_closed_session() {
            return Ok(());
        }
        let names = self.keys.of(&delivery.key);
        let mut step = self.steps.replace.key(names.shard("ready"));
        step.key(names.own("queue")).key(names.own("parcels"));
        step.key(names.parcel("instead", delivery.parcel)).arg(delivery.key.as_str());
        step.arg(&delivery.replacement().0).arg(now.as_millis());
        self.link.take(&step).await
    }

    pub(super) async fn find_delivery(
        &self,
        sid: MessageSid,
    ) -> Result<Option<Delivery>, StoreError> {
        let [delivery, ..] = self.names_of(&sid.to_string());
        let mut question = ::redis::pipe();
        question.cmd("HMGET").arg(delivery).arg(&FIELDS);
        let (kept,): (Kept,) = self.link.ask_all(&question).await?;
        self.revived_delivery(sid, kept)
    }

    pub(super) async fn quiet_deliveries(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let seen = self.longest_waiting("quiet", now, most).await?;
        let told = try_join_all(by_shard(&seen).map(async |(shard, sids)| {
            let mut step = self.steps.unreported.key(self.keys.shard(shard, "quiet"));
            step.arg(now.as_millis()).arg(millis(LEASE)).arg(&sids);
            for sid in sids {
                step.key(self.keys.within(shard, "delivery", sid));
            }
            let told: Vec<(String, Kept)> = self.link.take(&step).await?;
            Ok::<_, StoreError>(told)
        }));
        let mut told: Vec<_> = told.await?.into_iter().flatten().collect();
        told.sort_by_cached_key(|(sid, _)| seen.iter().position(|(_, seen)| seen == sid));
        let revived = told.into_iter().filter_map(|(sid, kept)| {
            let sid = sid.parse().ok()?;
            self.revived_delivery(sid, kept).transpose()
        });
        revived.collect()
    }

    /// The keys of this message: its own, and two of its shard.
    fn names_of(&self, sid: &str) -> [String; 3] {
        let shard = Keys::shard_of_message(sid);
        let [kept, quiet] = ["kept", "quiet"].map(|what| self.keys.shard(shard, what));
        [self.keys.within(shard, "delivery", sid), kept, quiet]
    }

    /// What was kept; nothing if the message is not known, but for reports.
    fn revived_delivery(
        &self,
        sid: MessageSid,
        kept: Kept,
    ) -> Result<Option<Delivery>, StoreError> {
        let [status, error, reported, parcel, key, sent] = kept;
        let (Some(status), Some(parcel)) = (status, parcel) else { return Ok(None) };
        let moment = |text: Option<Vec<u8>>| number(&text?).map(Timestamp::from_millis);
        let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).ok();
        let delivery = || {
            Some(Delivery {
                sid,
                parcel: ParcelId(parcel.try_into().ok()?),
                key: Key::revive(&text(key)?)?,
                sent: moment(sent)?,
                status: Status::from(&*text(Some(status))?),
                error: error.and_then(|error| number(&error)).map(ErrorCode),
                reported: moment(reported),
            })
        };
        delivery().map(Some).ok_or_else(|| self.strange("delivery"))
    }
}
