//! Status callbacks, and calls that are made again.

use std::sync::Arc;

use tokio::{sync::oneshot, time::sleep};

use super::{
    answer,
    carrier::Carrier,
    faults::{Kind as Fault, On, Strike},
    form,
    journey::{Errand, keep},
    message::{Callback, Message},
    request::{Kind, Request},
    world::World,
};
use crate::{conversation::Key, message::Status};

/// Most reports of one conversation that wait for the bot; Twilio promises none.
const MOST_WAITING: usize = 1_000;

impl Carrier {
    /// Tells the bot of each of these changes of a message, in order, behind earlier reports.
    pub(super) fn report(self: &Arc<Self>, world: &mut World, key: &Key, changes: Vec<Message>) {
        if changes.iter().all(|message| message.callbacks.is_empty()) {
            return;
        }
        let reports = &mut world.thread_mut(key).reports;
        if reports.len() >= MOST_WAITING {
            tracing::warn!("{MOST_WAITING} reports wait for a slow bot; this one is dropped");
            return;
        }
        let mut place = reports.queue();
        let (carrier, key) = (Arc::clone(self), key.clone());
        self.spawn(async move {
            place.turn().await;
            let mut later = Vec::new();
            for message in changes {
                for callback in message.callbacks.clone() {
                    let errand = carrier.report_errand(&key, &message, &callback);
                    let strike = carrier.world().faults.strike(On::Status);
                    if let Some(Strike { kind: Fault::Reorder, delay }) = strike {
                        later.push((errand, delay));
                    } else {
                        carrier.deliver_with(strike, errand).await;
                    }
                }
            }
            drop(place);
            for (errand, delay) in later {
                sleep(delay).await;
                carrier.deliver_report(errand).await;
            }
        });
    }

    fn report_errand(&self, key: &Key, message: &Message, callback: &Callback) -> Errand {
        let parameters = form::status(self.account, message, &message.status);
        let token = self.world().ids.token();
        let target = callback.target.clone();
        let wire = self.wire(key, target, callback.method, parameters, &token);
        Errand::about(message.sid, Kind::Status, key.clone(), wire)
    }

    /// Makes a status callback with which something may go wrong.
    async fn deliver_with(&self, strike: Option<Strike>, errand: Errand) {
        match strike {
            None => {}
            Some(Strike { kind: Fault::Lose, .. }) => return,
            Some(Strike { kind: Fault::Double, .. }) => {
                self.deliver_report(errand.clone()).await;
            }
            Some(Strike { kind: Fault::Late, .. }) => {
                self.deliver_report(Errand { is_late: true, ..errand }).await;
                return;
            }
            Some(Strike { delay, .. }) => sleep(delay).await,
        }
        self.deliver_report(errand).await;
    }

    /// Makes one status callback; gives the id of its request.
    async fn deliver_report(&self, errand: Errand) -> String {
        let hops = self.run(&errand).await;
        let mut world = self.world();
        let (id, mut request, read) = keep(&mut world, &errand, hops, answer::read_status);
        match read {
            Ok(answer) => {
                request.rule = Some(answer.rule);
                request.warnings.extend(answer.warnings);
            }
            Err(failure) => request.fail(failure.code, &failure.message),
        }
        world.record(request);
        id
    }

    /// Marks what the bot wrote as read, and tells the bot; gives the sids.
    pub(super) fn read(self: &Arc<Self>, key: &Key) -> Vec<String> {
        let mut world = self.world();
        let Some(thread) = world.thread(key) else { return Vec::new() };
        let unread: Vec<_> = thread.unread().map(|message| message.sid).collect();
        for sid in &unread {
            let read = world.change(key, *sid, |message| message.status = Status::Read);
            self.report(&mut world, key, read.into_iter().collect());
        }
        unread.iter().map(ToString::to_string).collect()
    }

    /// Makes a call again, byte for byte, when the conversation's turn comes; gives the id of the
    /// new request.
    pub(super) fn replay(self: &Arc<Self>, old: &Request) -> oneshot::Receiver<String> {
        let (end, done) = oneshot::channel();
        let errand = Errand {
            kind: old.kind,
            key: old.key.clone(),
            wire: old.wire.clone(),
            about: old.message_sid,
            replay_of: Some(old.id.clone()),
            is_late: false,
        };
        let mut place = self.world().thread_mut(&old.key).lane.queue();
        let carrier = Arc::clone(self);
        self.spawn(async move {
            place.turn().await;
            let id = match errand.kind {
                Kind::Status => carrier.deliver_report(errand).await,
                Kind::Message | Kind::Fallback => carrier.travel(errand).await.0,
            };
            drop(place);
            // Whoever asked may have gone.
            let _is_heard = end.send(id);
        });
        done
    }
}
