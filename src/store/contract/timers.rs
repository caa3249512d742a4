//! Timers: when they ring, and for whom.

use std::time::Duration;

use super::{
    Finding,
    worker::{Workers, ensure, key},
};
use crate::{conversation::Timer, store::LEASE};

const HOUR: Duration = Duration::from_hours(1);

pub(super) async fn a_timer_rings_when_it_is_due_and_not_before(mut workers: Workers) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    let due = workers.now().after(HOUR);
    let (record, lease) = worker.works(&key, 1, workers.now()).await?;
    let mut outcome = super::worker::counted(record, 1, workers.now());
    outcome.record.set_timer(Timer::new("later", due.after(HOUR)));
    outcome.record.set_timer(Timer::new("reminder", due));
    workers.passes(HOUR * 3);
    let told = worker.due(workers.now(), 10).await?;
    ensure!(told.is_empty(), "a timer rings before its turn is committed: {told:?}");
    let committed = worker.store.commit(&lease, &outcome, workers.now()).await;
    committed.map_err(|error| format!("the commit failed: {error}"))?;
    let told = worker.due(due.before(Duration::from_millis(1)), 10).await?;
    ensure!(told.is_empty(), "a timer rings too early: {told:?}");
    let told = workers.worker(1).due(due, 10).await?;
    ensure!(told == [(key, due)], "one timer is due at {due}, and it is {told:?}");
    Ok(())
}

pub(super) async fn a_timer_rings_for_one_worker(workers: Workers) -> Finding {
    let due = workers.now().after(HOUR);
    for number in 0..20 {
        let timer = [Timer::new("reminder", due)];
        let worker = workers.worker(0);
        worker.leaves_behind(&key(number), number, workers.now(), (&timer, &[])).await?;
    }
    let workers_of_it = [workers.worker(0), workers.worker(1), workers.worker(2)];
    let told = futures_util::future::join_all(workers_of_it.iter().map(|w| w.due(due, 7))).await;
    let mut keys = Vec::new();
    for told in told {
        let told = told?;
        ensure!(told.len() <= 7, "a worker asked for 7 timers and got {}", told.len());
        keys.extend(told.into_iter().map(|(key, _)| key));
    }
    let told = keys.len();
    keys.sort();
    keys.dedup();
    ensure!(keys.len() == told, "{} timers rang for two workers", told - keys.len());
    keys.extend(workers.worker(0).due(due, 20).await?.into_iter().map(|(key, _)| key));
    keys.sort();
    keys.dedup();
    ensure!(keys.len() == 20, "20 timers are due, and {} rang", keys.len());
    Ok(())
}

pub(super) async fn a_timer_whose_worker_died_rings_again(mut workers: Workers) -> Finding {
    let (key, due) = (key(1), workers.now().after(HOUR));
    let timer = [Timer::new("reminder", due)];
    workers.worker(0).leaves_behind(&key, 1, workers.now(), (&timer, &[])).await?;
    workers.passes(HOUR);
    ensure!(workers.worker(0).due(due, 1).await?.len() == 1, "the timer does not ring");
    workers.passes(LEASE.saturating_sub(Duration::from_millis(1)));
    let told = workers.worker(1).due(workers.now(), 1).await?;
    ensure!(told.is_empty(), "it rings again too early");
    workers.passes(Duration::from_millis(1));
    let told = workers.worker(1).due(workers.now(), 1).await?;
    ensure!(told == [(key.clone(), due)], "it does not ring again: {told:?}");
    workers.worker(1).leaves_behind(&key, 2, workers.now(), (&[], &[])).await?;
    workers.passes(LEASE * 2);
    let told = workers.worker(2).due(workers.now(), 1).await?;
    ensure!(told.is_empty(), "it rings after its turn: {told:?}");
    Ok(())
}

pub(super) async fn a_commit_sets_and_cancels_timers(mut workers: Workers) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    let start = workers.now();
    let at = |hours: u32| Timer::new("reminder", start.after(HOUR * hours));
    for (number, timers) in [(1, vec![at(1)]), (2, vec![at(4)]), (3, vec![at(2)])] {
        worker.leaves_behind(&key, number, start, (&timers, &[])).await?;
    }
    let told = worker.due(start.after(HOUR), 10).await?;
    ensure!(told.is_empty(), "a timer that was replaced rings: {told:?}");
    let told = worker.due(start.after(HOUR * 2), 10).await?;
    ensure!(told == [(key.clone(), at(2).due)], "the newest timer does not ring: {told:?}");
    worker.leaves_behind(&key, 4, start, (&[], &[])).await?;
    workers.passes(HOUR * 24);
    let told = worker.due(workers.now(), 10).await?;
    ensure!(told.is_empty(), "a timer that was cancelled rings: {told:?}");
    let again = [at(1)];
    worker.leaves_behind(&key, 5, workers.now(), (&again, &[])).await?;
    let told = worker.due(workers.now(), 10).await?;
    ensure!(told == [(key, at(1).due)], "a timer that was due at once does not ring: {told:?}");
    Ok(())
}

pub(super) async fn the_longest_waiting_ring_first(workers: Workers) -> Finding {
    let now = workers.now();
    for number in 0..10_u32 {
        let due = now.after(HOUR * ((number * 7) % 10 + 1));
        let timer = [Timer::new("reminder", due)];
        workers.worker(0).leaves_behind(&key(number), number, now, (&timer, &[])).await?;
    }
    let told = workers.worker(1).due(now.after(HOUR * 24), 10).await?;
    ensure!(told.len() == 10, "ten timers are due, and {} rang", told.len());
    ensure!(told.is_sorted_by_key(|(_, due)| *due), "they ring in the order {told:?}");
    Ok(())
}
