//! Conversations that tell of consent, shard by shard.

use std::collections::BTreeSet;

use super::{
    super::{StoreError, consent},
    Redis,
    keys::{SHARDS, shard_of},
    turns::number,
};
use crate::conversation::{Key, Record, clock::Timestamp};

/// Records that are read in one round trip.
const AT_ONCE: usize = 200;

/// A record's moment and its bytes.
type Kept = (Option<Vec<u8>>, Option<Vec<u8>>);

impl Redis {
    /// In the order of shards, and within one of keys. The names of a whole shard are read for each
    /// page: this is for an export, and not for turns.
    pub(super) async fn consents_behind(
        &self,
        after: Option<&Key>,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        let first = after.map_or(0, |key| shard_of(key.as_str()));
        let mut page = Vec::new();
        for shard in first..SHARDS {
            let after = after.filter(|_| shard == first).map_or("", Key::as_str);
            let names = self.names_behind(shard, after).await?;
            for names in names.chunks(AT_ONCE) {
                page.extend(self.consents_of(shard, names, now).await?);
                if page.len() >= most {
                    page.truncate(most);
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }

    /// The conversations of a shard. Each is to be swept some day, unless it has a timer.
    async fn names_behind(&self, shard: u8, after: &str) -> Result<Vec<String>, StoreError> {
        let mut questions = ::redis::pipe();
        questions.cmd("ZRANGE").arg(self.keys.shard(shard, "sweeps")).arg(0).arg(-1);
        questions.cmd("HKEYS").arg(self.keys.shard(shard, "dues"));
        let (swept, due): (Vec<String>, Vec<String>) = self.link.ask_all(&questions).await?;
        let all: BTreeSet<_> = swept.into_iter().chain(due).collect();
        Ok(all.into_iter().filter(|name| name.as_str() > after).collect())
    }

    async fn consents_of(
        &self,
        shard: u8,
        names: &[String],
        now: Timestamp,
    ) -> Result<Vec<(Key, Record)>, StoreError> {
        let mut questions = ::redis::pipe();
        for name in names {
            let record = self.keys.within(shard, "record", name);
            questions.cmd("HMGET").arg(record).arg(&["committed", "bytes"]);
        }
        let kept: Vec<Kept> = self.link.ask_all(&questions).await?;
        let found = names.iter().zip(kept).filter_map(|(name, (committed, bytes))| {
            let committed = Timestamp::from_millis(number(&committed?)?);
            let found = consent(name, &bytes?)?;
            (now.since(committed) <= self.silence || found.1.due().is_some()).then_some(found)
        });
        Ok(found.collect())
    }
}
