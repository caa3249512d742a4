//! What things are called in Redis, so that a script's keys always live on one node.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::{conversation::Key, store::ParcelId};

/// Among how many hash tags conversations and messages are spread.
///
/// On a cluster these are the units that are moved between nodes. It is part of the names, so it
/// stays as it is for ever.
pub(super) const SHARDS: u8 = 64;

/// What a conversation's keys and its shard's keys begin with if nothing else is said.
const PREFIX: &str = "chinwag";

/// The names of all keys: `{prefix:NN}:what` for a shard, `{prefix:NN}:what:which` for one of its
/// conversations, messages or parcels.
///
/// What stands in braces is the hash tag, which alone decides on which node of a cluster a key
/// lives: <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags>.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    prefix: Box<str>,
}

/// The keys of one conversation and of its shard.
pub(super) struct Names<'a> {
    tag: String,
    conversation: &'a str,
}

impl Default for Keys {
    fn default() -> Self {
        Self { prefix: PREFIX.into() }
    }
}

impl Keys {
    /// Names with this prefix; `None` if it is empty or has braces, which would move the hash tag.
    pub(super) fn new(prefix: &str) -> Option<Self> {
        let is_fit = !prefix.is_empty() && !prefix.contains(['{', '}']);
        is_fit.then(|| Self { prefix: prefix.into() })
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The keys of this conversation.
    pub(super) fn of<'a>(&self, key: &'a Key) -> Names<'a> {
        Names { tag: self.tag(shard_of(key.as_str())), conversation: key.as_str() }
    }

    /// The shard of a message, which is told apart from its conversation's: a report names the
    /// message only.
    pub(super) fn shard_of_message(sid: &str) -> u8 {
        shard_of(sid)
    }

    /// A key of this shard.
    pub(super) fn shard(&self, shard: u8, what: &str) -> String {
        joined(&self.tag(shard), what, None)
    }

    /// A key of a conversation or a message of this shard.
    pub(super) fn within(&self, shard: u8, what: &str, which: &str) -> String {
        joined(&self.tag(shard), what, Some(which))
    }

    fn tag(&self, shard: u8) -> String {
        let mut tag = String::with_capacity(self.prefix.len() + 5);
        write!(tag, "{{{}:{shard:02}}}", self.prefix).expect("a string takes all that is written");
        tag
    }
}

impl Names<'_> {
    /// The conversation's own key for this.
    pub(super) fn own(&self, what: &str) -> String {
        joined(&self.tag, what, Some(self.conversation))
    }

    /// The key of its shard for this parcel.
    pub(super) fn parcel(&self, what: &str, id: ParcelId) -> String {
        joined(&self.tag, what, Some(&format!("{id:?}")))
    }

    /// Its shard's key for this.
    pub(super) fn shard(&self, what: &str) -> String {
        joined(&self.tag, what, None)
    }
}

/// The shard of a conversation: the same in every version and on every machine.
fn shard_of(conversation: &str) -> u8 {
    Sha256::digest(conversation)[0] % SHARDS
}

fn joined(tag: &str, what: &str, conversation: Option<&str>) -> String {
    let room = conversation.map_or(0, |conversation| conversation.len() + 1);
    let mut name = String::with_capacity(tag.len() + 1 + what.len() + room);
    name.push_str(tag);
    name.push(':');
    name.push_str(what);
    if let Some(conversation) = conversation {
        name.push(':');
        name.push_str(conversation);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(contact: &str) -> Key {
        Key::new(&"whatsapp:+14155238886".parse().unwrap(), &contact.parse().unwrap())
    }

    #[test]
    fn names_are_for_ever() {
        let ana = key("whatsapp:+15005550006");
        let names = Keys::default();
        let record = "{chinwag:36}:record:whatsapp:+14155238886 whatsapp:+15005550006";
        assert_eq!(names.of(&ana).own("record"), record);
        assert_eq!(names.of(&ana).shard("bells"), "{chinwag:36}:bells");
        assert_eq!(names.shard(36, "bells"), "{chinwag:36}:bells");
        assert_eq!(names.within(36, "record", ana.as_str()), record);
    }

    #[test]
    fn conversations_are_spread_over_all_shards() {
        let mut shards: Vec<_> =
            (0..2_000).map(|n| shard_of(key(&format!("+1500{n:07}")).as_str())).collect();
        shards.sort_unstable();
        shards.dedup();
        assert_eq!(shards, (0..SHARDS).collect::<Vec<_>>());
    }

    #[test]
    fn a_prefix_cannot_move_the_hash_tag() {
        for (prefix, is_fit) in [("shop", true), ("", false), ("a{b", false), ("}", false)] {
            assert_eq!(Keys::new(prefix).is_some(), is_fit, "{prefix}");
        }
    }
}
