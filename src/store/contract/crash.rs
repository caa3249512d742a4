//! Workers that die at every point of a turn.

use std::{pin::pin, task::Poll, time::Duration};

use futures_util::future::poll_fn;

use super::{
    Finding,
    worker::{Start, Worker, Workers, counted, ensure, key, number_of, parcel},
};
use crate::{
    conversation::{Key, Timer, clock::Timestamp},
    store::{LEASE, Settled},
};

/// Calls of a turn that posts a parcel and sends it.
const CALLS: u32 = 4;

/// Takes a message as far as this many calls, then dies.
async fn dies_after(
    calls: u32,
    worker: &Worker,
    key: &Key,
    number: u32,
    now: Timestamp,
) -> Finding {
    if calls == 0 {
        return Ok(());
    }
    let (record, start) = worker.begins(key, number, now).await?;
    if calls > 1
        && let Start::Turn(lease) = start
    {
        let mut outcome = counted(record, number, now);
        outcome.parcels = vec![parcel(key, number, now)];
        outcome.record.set_timer(Timer::new("reminder", now.after(Duration::from_hours(1))));
        let committed = worker.store.commit(&lease, &outcome, now).await;
        committed.map_err(|error| format!("commit failed: {error}"))?;
    }
    if calls > 2 {
        let claims = worker.store.claim(now, 10).await.map_err(|error| error.to_string())?;
        for claim in claims.iter().filter(|_| calls > 3) {
            let settled = worker.store.settle(claim, Settled::Done).await;
            settled.map_err(|error| format!("settle failed: {error}"))?;
        }
    }
    Ok(())
}

pub(super) async fn a_crash_between_two_calls_loses_nothing_and_doubles_nothing(
    mut workers: Workers,
) -> Finding {
    for (conversation, first, second) in (0..=CALLS)
        .flat_map(|first| (0..=CALLS).map(move |second| (first * 10 + second, first, second)))
    {
        let key = key(conversation);
        for (worker, calls) in [(0, first), (1, second)] {
            dies_after(calls, &workers.worker(worker), &key, conversation, workers.now()).await?;
            workers.passes(LEASE);
        }
        let (last, at) = (workers.worker(2), format!("after {first} and {second} calls"));
        if last.begins(&key, conversation, workers.now()).await?.1.is_turn() {
            workers.passes(LEASE);
        }
        dies_after(2, &last, &key, conversation, workers.now()).await?;
        last.is_answered(&key, conversation, workers.now()).await?;
        let record = last.read(&key, workers.now()).await?;
        ensure!(record.messages() == 1, "{at} the turn was done {} times", record.messages());
        ensure!(record.timers().len() == 1, "{at} the timers are {:?}", record.timers());
        workers.passes(LEASE);
        let claims = last.store.claim(workers.now(), 10).await.map_err(|e| e.to_string())?;
        let was_sent = first.max(second) == CALLS;
        let expected: &[_] = if was_sent { &[] } else { &[Some(conversation)] };
        let found: Vec<_> = claims.iter().map(|claim| number_of(&claim.parcel)).collect();
        ensure!(found == expected, "{at} there are the parcels {found:?}, not {expected:?}");
        for claim in &claims {
            let settled = last.store.settle(claim, Settled::Done).await;
            settled.map_err(|error| format!("settle failed: {error}"))?;
        }
    }
    Ok(())
}

/// Polls a call this often and drops it then, unless it is done; says whether it was.
pub(super) async fn dropped_after<T>(polls: u32, call: impl Future<Output = T>) -> bool {
    let mut call = pin!(call);
    let mut polled = 0;
    poll_fn(|context| {
        if polled == polls {
            return Poll::Ready(false);
        }
        polled += 1;
        call.as_mut().poll(context).map(|_| true)
    })
    .await
}

pub(super) async fn a_call_that_is_dropped_is_done_or_not_done(mut workers: Workers) -> Finding {
    for polls in 0..6 {
        let (key, worker) = (key(polls), workers.worker(0));
        let done = dropped_after(polls, worker.begins(&key, polls, workers.now())).await;
        if !done {
            workers.passes(LEASE);
        }
        let leave = worker.store.leave(&key, super::worker::turn(polls));
        dropped_after(polls, leave).await;
        workers.passes(LEASE);
        let (record, lease) = worker.works(&key, polls, workers.now()).await?;
        let outcome = counted(record, polls, workers.now());
        let commit = worker.store.commit(&lease, &outcome, workers.now());
        let done = dropped_after(polls, commit).await;
        // The store may still be doing what nobody waits for any more; a lease later all is quiet.
        workers.passes(LEASE);
        let mut start = workers.worker(1).begins(&key, polls, workers.now()).await?;
        if let Start::Turn(lease) = &start.1 {
            ensure!(!done, "a commit that was done after {polls} polls is gone");
            workers.worker(1).commits(lease, start.0, polls, workers.now()).await?;
            start = workers.worker(1).begins(&key, polls, workers.now()).await?;
        }
        let is_answered = matches!(start.1, Start::Answered(_));
        ensure!(is_answered, "after {polls} polls a turn cannot be ended: {:?}", start.1);
        let history = worker.history(&key, workers.now()).await?;
        ensure!(history == polls.to_string(), "after {polls} polls the history is {history:?}");
    }
    Ok(())
}
