//! Removes what was kept long enough, shard by shard.

use std::time::Duration;

use super::{
    super::{ANSWERS_KEPT, StoreError},
    Redis,
    bells::by_shard,
    millis,
};
use crate::conversation::clock::Timestamp;

/// Conversations in one step at most, so that turns do not wait for it.
const AT_ONCE: usize = 50;
/// Conversations that are looked for at a time.
const SEEN_AT_ONCE: usize = 1_000;

impl Redis {
    /// Sweeps until nothing is left. Each conversation that was swept is looked at again only when
    /// there is something more to remove, so what was swept before costs nothing.
    pub(super) async fn sweep_shards(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let seen = self.longest_waiting("sweeps", now, SEEN_AT_ONCE).await?;
            if seen.is_empty() {
                return self.forget_deliveries(now).await.map(|()| swept);
            }
            for (shard, keys) in by_shard(&seen) {
                for keys in keys.chunks(AT_ONCE) {
                    swept += self.sweep_some(shard, keys, now).await?;
                }
            }
        }
    }

    async fn forget_deliveries(&self, now: Timestamp) -> Result<(), StoreError> {
        let until = now.before(Duration::from_millis(1));
        loop {
            let seen = self.longest_waiting("kept", until, SEEN_AT_ONCE).await?;
            if seen.is_empty() {
                return Ok(());
            }
            for (shard, sids) in by_shard(&seen) {
                let mut step = self.steps.forget.key(self.keys.shard(shard, "kept"));
                step.key(self.keys.shard(shard, "quiet")).arg(until.as_millis());
                for sid in sids {
                    step.key(self.keys.within(shard, "delivery", sid)).arg(sid);
                }
                self.link.take::<()>(&step).await?;
            }
        }
    }

    async fn sweep_some(
        &self,
        shard: u8,
        keys: &[&str],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut step = self.steps.sweep.key(self.keys.shard(shard, "sweeps"));
        step.key(self.keys.shard(shard, "dues"));
        step.arg(now.before(ANSWERS_KEPT).as_millis()).arg(now.before(self.silence).as_millis());
        step.arg(millis(ANSWERS_KEPT)).arg(millis(self.silence));
        for key in keys {
            for what in ["record", "answers", "order"] {
                step.key(self.keys.within(shard, what, key));
            }
            step.arg(key);
        }
        self.link.take(&step).await
    }
}
