//! Which conversations have a timer that rings, over all shards.

use ::redis::Pipeline;
use futures_util::future::try_join_all;

use super::{
    super::{LEASE, StoreError},
    Redis,
    keys::SHARDS,
};
use crate::conversation::{Key, clock::Timestamp};

/// Conversations that are looked for at once, whatever is asked for: more would take too long.
const MOST: usize = 10_000;

/// Conversations that a shard names, and since when something is to be done for them.
type Seen = Vec<(String, f64)>;

impl Redis {
    pub(super) async fn ringing(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(Key, Timestamp)>, StoreError> {
        let seen = self.longest_waiting("bells", now, most).await?;
        let told = try_join_all(by_shard(&seen).map(async |(shard, keys)| {
            let mut step = self.steps.due.key(self.keys.shard(shard, "bells"));
            step.key(self.keys.shard(shard, "dues"));
            step.arg(now.as_millis()).arg(now.after(LEASE).as_millis()).arg(&keys);
            let told: Vec<(String, i64)> = self.link.take(&step).await?;
            Ok::<_, StoreError>(told)
        }));
        let mut told: Vec<_> = told.await?.into_iter().flatten().collect();
        told.sort_by_cached_key(|(key, _)| seen.iter().position(|(_, seen)| seen == key));
        let told = told
            .iter()
            .filter_map(|(key, due)| Some((Key::revive(key)?, Timestamp::from_millis(*due))));
        Ok(told.collect())
    }

    /// Of all shards the conversations that have waited longest in this index, with their shards.
    ///
    /// Each shard is asked, as the longest waiting may all be in one; so none is ever starved.
    pub(super) async fn longest_waiting(
        &self,
        index: &str,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(u8, String)>, StoreError> {
        let most = most.min(MOST);
        let mut questions = Pipeline::with_capacity(SHARDS.into());
        for shard in 0..SHARDS {
            let question = questions.cmd("ZRANGE").arg(self.keys.shard(shard, index));
            question.arg("-inf").arg(now.as_millis()).arg("BYSCORE").arg("LIMIT").arg(0).arg(most);
            question.arg("WITHSCORES");
        }
        let seen: Vec<Seen> = self.link.ask_all(&questions).await?;
        let seen = (0..SHARDS).zip(seen).flat_map(|(shard, seen)| {
            seen.into_iter().map(move |(key, since)| (since, key, shard))
        });
        let mut seen: Vec<_> = seen.collect();
        seen.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        seen.truncate(most);
        Ok(seen.into_iter().map(|(_, key, shard)| (shard, key)).collect())
    }
}

/// The conversations of each shard that has some.
pub(super) fn by_shard(seen: &[(u8, String)]) -> impl Iterator<Item = (u8, Vec<&str>)> {
    (0..SHARDS).filter_map(|shard| {
        let keys = seen.iter().filter(|(of, _)| *of == shard).map(|(_, key)| key.as_str());
        let keys: Vec<_> = keys.collect();
        (!keys.is_empty()).then_some((shard, keys))
    })
}
