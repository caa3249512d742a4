//! A bot's message on its way: at once or at its time, its attachment fetched before it arrives.

use std::sync::Arc;

use super::{
    carrier::Carrier,
    fetch,
    message::Message,
    verdict::{Chosen, Denial},
    world::World,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{MessageSid, Status},
};

/// A message on its way to a phone.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) key: Key,
    pub(super) message: Message,
    /// What becomes of it if it fails.
    pub(super) end: Status,
    /// Why it fails.
    pub(super) denial: Option<Denial>,
}

/// A message that waits for its time.
#[derive(Debug)]
pub(super) struct Scheduled {
    pub(super) time: Timestamp,
    pub(super) key: Key,
    pub(super) sid: MessageSid,
    pub(super) chosen: Option<Chosen>,
}

impl Carrier {
    /// Sends a message: it stands in the conversation at once, and the rest comes later.
    pub(super) fn post(self: &Arc<Self>, world: &mut World, letter: Letter) {
        let Letter { key, message, end, denial } = letter;
        let sid = message.sid;
        world.add(&key, message);
        self.send(world, key, sid, end, denial.as_ref());
    }

    /// Takes a message out for delivery.
    fn send(
        self: &Arc<Self>,
        world: &mut World,
        key: Key,
        sid: MessageSid,
        end: Status,
        denial: Option<&Denial>,
    ) {
        let attached = world.thread(&key).and_then(|thread| thread.find(sid)?.media.first());
        let target = attached.and_then(|attached| fetch::target(&attached.url));
        let Some(target) = target.filter(|_| denial.is_none()) else {
            return self.arrive(world, &key, sid, end, denial);
        };
        let carrier = Arc::clone(self);
        self.spawn(async move {
            let fetched = fetch::content_type(target).await;
            let mut world = carrier.world();
            let denial = match fetched {
                Ok(content_type) => {
                    world.change(&key, sid, |message| {
                        for attached in &mut message.media {
                            attached.content_type.clone_from(&content_type);
                        }
                    });
                    None
                }
                Err(denial) => Some(denial),
            };
            carrier.arrive(&mut world, &key, sid, Status::Failed, denial.as_ref());
        });
    }

    /// It is queued unless it was, sent unless it fails at once, and then what is to become of it.
    fn arrive(
        self: &Arc<Self>,
        world: &mut World,
        key: &Key,
        sid: MessageSid,
        end: Status,
        denial: Option<&Denial>,
    ) {
        let mut changes = Vec::new();
        let status = world.thread(key).and_then(|thread| Some(thread.find(sid)?.status.clone()));
        if matches!(status, Some(Status::Accepted | Status::Scheduled)) {
            changes.extend(world.change(key, sid, |message| message.status = Status::Queued));
        }
        let end = if denial.is_some() { end } else { Status::Delivered };
        if end != Status::Failed {
            changes.extend(world.change(key, sid, |message| message.status = Status::Sent));
        }
        changes.extend(world.change(key, sid, |message| {
            message.status = end;
            if let Some((code, why)) = denial {
                message.fail(*code, why);
            }
        }));
        self.report(world, key, changes);
    }

    /// Keeps a message until its time.
    pub(super) fn schedule(self: &Arc<Self>, world: &mut World, message: Message, one: Scheduled) {
        let wait = one.time.since(self.clock.now());
        world.add(&one.key, message);
        world.scheduled.push(one);
        let carrier = Arc::clone(self);
        self.spawn(async move {
            tokio::time::sleep(wait).await;
            carrier.send_what_is_due();
        });
    }

    /// Sends those scheduled messages whose time has come; turning the clock may bring it.
    pub(super) fn send_what_is_due(self: &Arc<Self>) {
        let now = self.clock.now();
        let mut world = self.world();
        let (mut due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut world.scheduled).into_iter().partition(|one| one.time <= now);
        world.scheduled = later;
        due.sort_by_key(|one| one.time);
        for Scheduled { key, sid, chosen, .. } in due {
            let Some(message) = world.thread(&key).and_then(|thread| thread.find(sid)).cloned()
            else {
                continue;
            };
            let verdict = self.verdict(&mut world, &key, &message, chosen.as_ref());
            world.change(&key, sid, |message| message.rule = verdict.as_ref().ok().copied());
            self.send(&mut world, key, sid, Status::Failed, verdict.as_ref().err());
        }
    }

    /// Calls a scheduled message back; `false` if it is not scheduled, or not any more.
    pub(super) fn cancel(self: &Arc<Self>, world: &mut World, sid: MessageSid) -> bool {
        let Some(at) = world.scheduled.iter().position(|one| one.sid == sid) else { return false };
        let Scheduled { key, .. } = world.scheduled.swap_remove(at);
        let canceled = world.change(&key, sid, |message| message.status = Status::Canceled);
        self.report(world, &key, canceled.into_iter().collect());
        true
    }
}
