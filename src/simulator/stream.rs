//! Server-sent events: what happens, as it happens, and what was missed.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{self, KeepAlive, Sse},
};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use super::carrier::Carrier;

/// `/sim/events`.
pub(super) async fn events(
    State(carrier): State<Arc<Carrier>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<sse::Event, Infallible>>> {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let watcher = Watcher::new(carrier, seen);
    let events = stream::unfold(watcher, |mut watcher| async {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Somebody who watches, and what they have seen.
struct Watcher {
    carrier: Arc<Carrier>,
    seen: u64,
    news: watch::Receiver<u64>,
    stopped: watch::Receiver<bool>,
}

impl Watcher {
    /// Starts behind the event that was seen last, or with the next one to come. An id from
    /// before a restart means nothing here.
    fn new(carrier: Arc<Carrier>, seen: Option<u64>) -> Self {
        let (news, newest) = {
            let world = carrier.world();
            (world.events.watch(), world.events.newest())
        };
        let seen = seen.filter(|seen| *seen <= newest).unwrap_or(newest);
        Self { seen, news, stopped: carrier.stopped(), carrier }
    }

    /// The next event; `None` when the simulator is stopped.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            if *self.stopped.borrow() {
                return None;
            }
            let found = self.carrier.world().events.after(self.seen);
            if let Some((id, event)) = found {
                self.seen = id;
                let message = sse::Event::default().event(event.name()).id(id.to_string());
                // An event is made of texts and numbers, which always become JSON.
                return message.json_data(&*event).ok();
            }
            tokio::select! {
                changed = self.news.changed() => changed.ok()?,
                stopped = self.stopped.changed() => stopped.ok()?,
            }
        }
    }
}
