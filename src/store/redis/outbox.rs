//! Parcels: posted, claimed in order, settled.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::{
    super::{Claim, LEASE, Parcel, ParcelId, Sent, Settled, StoreError},
    Redis,
    bells::by_shard,
};
use crate::conversation::{Key, clock::Timestamp};

/// What `claim.lua` returns of each: conversation, id, moment, tries and body.
type Claimed = (String, Vec<u8>, i64, u32, Vec<u8>);

impl Redis {
    /// Posts the parcels of each conversation in one step.
    pub(super) async fn post_parcels(&self, parcels: &[Parcel]) -> Result<(), StoreError> {
        let mut by_key: BTreeMap<&Key, Vec<&Parcel>> = BTreeMap::new();
        for parcel in parcels {
            by_key.entry(&parcel.key).or_default().push(parcel);
        }
        let posted = by_key.into_iter().map(async |(key, parcels)| {
            let names = self.keys.of(key);
            let mut step = self.steps.post.key(names.shard("ready"));
            step.key(names.own("queue")).key(names.own("parcels")).arg(key.as_str());
            for parcel in parcels {
                step.arg(&parcel.id.0).arg(parcel.due.as_millis()).arg(&*parcel.body);
            }
            self.link.take::<()>(&step).await
        });
        try_join_all(posted).await?;
        Ok(())
    }

    pub(super) async fn claim_parcels(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Claim>, StoreError> {
        let seen = self.longest_waiting("ready", now, most).await?;
        let claimed = try_join_all(by_shard(&seen).map(async |(shard, keys)| {
            let mut step = self.steps.claim.key(self.keys.shard(shard, "ready"));
            step.arg(now.as_millis()).arg(now.after(LEASE).as_millis());
            for key in keys {
                step.key(self.keys.within(shard, "queue", key));
                step.key(self.keys.within(shard, "parcels", key)).arg(key);
            }
            let claimed: Vec<Claimed> = self.link.take(&step).await?;
            Ok::<_, StoreError>(claimed)
        }));
        let mut claimed: Vec<_> = claimed.await?.into_iter().flatten().collect();
        claimed.sort_by_cached_key(|(key, ..)| seen.iter().position(|(_, seen)| seen == key));
        Ok(claimed.into_iter().filter_map(claim).collect())
    }

    pub(super) async fn settle_claim(
        &self,
        claim: &Claim,
        settled: Settled,
    ) -> Result<(), StoreError> {
        if let Settled::Sent(sent) = &settled {
            self.keep_delivery(&claim.parcel, sent).await?;
        }
        let names = self.keys.of(&claim.parcel.key);
        let mut step = self.steps.settle.key(names.shard("ready"));
        step.key(names.own("queue")).key(names.own("parcels"));
        step.key(names.parcel("instead", claim.parcel.id));
        step.arg(claim.parcel.key.as_str()).arg(&claim.parcel.id.0).arg(claim.tries);
        match &settled {
            Settled::Sent(Sent { instead: Some(instead), .. }) => {
                step.arg("").arg(&**instead).arg(self.delivery_backstop())
            }
            Settled::Sent(_) | Settled::Done => step.arg(""),
            Settled::Again(when) => step.arg(when.as_millis()),
        };
        let is_ours: bool = self.link.take(&step).await?;
        if let Settled::Sent(sent) = &settled
            && sent.instead.is_some()
            && let Some(delivery) = self.find_delivery(sent.sid).await?
        {
            self.replace(&delivery, sent.at).await?;
        }
        if is_ours { Ok(()) } else { Err(StoreError::conflict()) }
    }
}

fn claim((key, id, due, tries, body): Claimed) -> Option<Claim> {
    let parcel = Parcel {
        id: ParcelId(id.try_into().ok()?),
        key: Key::revive(&key)?,
        due: Timestamp::from_millis(due),
        body: body.into(),
    };
    Some(Claim { parcel, tries })
}
