//! The right to commit: for how long, and who has it.

use std::time::Duration;

use super::{
    Finding,
    worker::{Workers, counted, ensure, key, number_of, parcel},
};
use crate::store::LEASE;

pub(super) async fn a_lease_runs_out_and_can_no_longer_commit(mut workers: Workers) -> Finding {
    let (key, late, next) = (key(1), workers.worker(0), workers.worker(1));
    let (record, lease) = late.works(&key, 1, workers.now()).await?;
    workers.passes(LEASE.saturating_sub(Duration::from_millis(1)));
    next.waits(&key, 2, workers.now()).await?;
    workers.passes(Duration::from_millis(1));
    let (second_record, second) = next.works(&key, 2, workers.now()).await?;
    ensure!(second.fence > lease.fence, "a newer lease has the fence {}", second.fence);
    for _ in 0..2 {
        let outcome = counted(record.clone(), 1, workers.now());
        match late.store.commit(&lease, &outcome, workers.now()).await {
            Err(error) if error.is_conflict() => {}
            other => return Err(format!("a commit without a lease ended with {other:?}")),
        }
    }
    match late.store.extend(&lease, workers.now()).await {
        Err(error) if error.is_conflict() => {}
        other => return Err(format!("a lease that is gone was extended: {other:?}")),
    }
    next.commits(&second, second_record, 2, workers.now()).await?;
    match late.store.commit(&lease, &counted(record, 1, workers.now()), workers.now()).await {
        Err(error) if error.is_conflict() => {}
        other => return Err(format!("a commit over a newer one ended with {other:?}")),
    }
    let history = next.history(&key, workers.now()).await?;
    ensure!(history == "2", "the history is {history:?}");
    late.answers(&key, 1, workers.now()).await
}

pub(super) async fn a_lease_that_nobody_took_may_still_commit(mut workers: Workers) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    let (record, lease) = worker.works(&key, 1, workers.now()).await?;
    workers.passes(LEASE * 3);
    worker.commits(&lease, record, 1, workers.now()).await?;
    workers.worker(1).is_answered(&key, 1, workers.now()).await
}

pub(super) async fn a_lease_can_be_extended(mut workers: Workers) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    let (record, lease) = worker.works(&key, 1, workers.now()).await?;
    for _ in 0..4 {
        workers.passes(LEASE / 2);
        let extended = worker.store.extend(&lease, workers.now()).await;
        extended.map_err(|error| format!("extend failed: {error}"))?;
        workers.worker(1).waits(&key, 2, workers.now()).await?;
    }
    worker.commits(&lease, record, 1, workers.now()).await?;
    workers.worker(1).answers(&key, 2, workers.now()).await
}

pub(super) async fn an_old_lease_ends_no_newer_one(mut workers: Workers) -> Finding {
    let key = key(1);
    let (_, old) = workers.worker(0).works(&key, 1, workers.now()).await?;
    workers.passes(LEASE);
    let (record, lease) = workers.worker(1).works(&key, 1, workers.now()).await?;
    let released = workers.worker(0).store.release(&old).await;
    released.map_err(|error| format!("release failed: {error}"))?;
    workers.worker(2).waits(&key, 2, workers.now()).await?;
    workers.worker(1).commits(&lease, record, 1, workers.now()).await?;
    workers.worker(2).answers(&key, 2, workers.now()).await
}

pub(super) async fn a_commit_done_again_changes_nothing(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    let (record, lease) = worker.works(&key, 1, now).await?;
    let mut outcome = counted(record, 1, now);
    outcome.parcels = vec![parcel(&key, 1, now)];
    for number in 0..6 {
        let committed = workers.worker(number).store.commit(&lease, &outcome, now).await;
        committed.map_err(|error| format!("commit number {number} failed: {error}"))?;
        if number == 2 {
            worker.answers(&key, 2, now).await?;
        }
        if number == 4 {
            let claims = worker.store.claim(now, 10).await.map_err(|error| error.to_string())?;
            let claimed: Vec<_> = claims.iter().map(|claim| number_of(&claim.parcel)).collect();
            ensure!(claimed == [Some(1)], "one parcel was posted, and there are {claimed:?}");
            let settled = worker.store.settle(&claims[0], crate::store::Settled::Done).await;
            settled.map_err(|error| format!("settle failed: {error}"))?;
        }
    }
    let claims = worker.store.claim(now.after(LEASE * 2), 10).await.map_err(|e| e.to_string())?;
    ensure!(claims.is_empty(), "a commit done again has posted again: {claims:?}");
    let history = worker.history(&key, now).await?;
    ensure!(history == "1 2", "the history is {history:?}");
    Ok(())
}
