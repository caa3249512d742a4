//! What happened, in order, for those who watch.

use std::{collections::VecDeque, sync::Arc};

use serde::{Serialize, Serializer};
use tokio::sync::watch;

use super::{message::Message, phone::Phone, request::Request};

/// Most events that are kept for watchers who were away.
const MOST_EVENTS: usize = 1_000;

/// Something that the page shows.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Event {
    /// A message is new or its status has changed.
    Message { phone: String, bot: String, message: Box<Message> },
    /// A webhook was called.
    Request(#[serde(serialize_with = "as_itself")] Arc<Request>),
    /// A bot types.
    Typing { phone: String, bot: String, until: String },
    /// Somebody came, or has another name now.
    Phones { phones: Vec<Phone> },
}

fn as_itself<S: Serializer>(request: &Request, serializer: S) -> Result<S::Ok, S::Error> {
    request.serialize(serializer)
}

impl Event {
    /// The event's name on the wire.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Request(_) => "request",
            Self::Typing { .. } => "typing",
            Self::Phones { .. } => "phones",
        }
    }
}

/// The newest events; ids count from 1.
#[derive(Debug)]
pub(super) struct Events {
    kept: VecDeque<Arc<Event>>,
    newest: watch::Sender<u64>,
}

impl Events {
    pub(super) fn new() -> Self {
        Self { kept: VecDeque::new(), newest: watch::Sender::new(0) }
    }

    pub(super) fn push(&mut self, event: Event) {
        if self.kept.len() == MOST_EVENTS {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::new(event));
        self.newest.send_modify(|id| *id += 1);
    }

    pub(super) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    /// Wakes up when there is a new event.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// The first event behind this id that is still kept.
    pub(super) fn after(&self, id: u64) -> Option<(u64, Arc<Event>)> {
        let newest = self.newest();
        let oldest = newest + 1 - self.kept.len() as u64;
        let next = oldest.max(id + 1);
        let at = usize::try_from(next.checked_sub(oldest)?).ok()?;
        self.kept.get(at).map(|event| (next, Arc::clone(event)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_and_the_newest_are_kept() {
        let mut events = Events::new();
        assert!(events.after(0).is_none());
        for _ in 0..1_005 {
            events.push(Event::Phones { phones: Vec::new() });
        }
        let next = |id| events.after(id).map(|(id, _)| id);
        assert_eq!((next(0), next(5), next(6)), (Some(6), Some(6), Some(7)));
        assert_eq!((next(1_004), next(1_005), next(9_000)), (Some(1_005), None, None));
    }
}
