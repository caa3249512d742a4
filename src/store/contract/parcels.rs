//! Parcels: in order, one at a time, for one worker.

use std::time::Duration;

use super::{
    Finding,
    worker::{Worker, Workers, ensure, key, number_of, parcel},
};
use crate::{
    conversation::clock::Timestamp,
    store::{Claim, LEASE, Parcel, Settled},
};

const MINUTE: Duration = Duration::from_mins(1);

async fn claim(worker: &Worker, now: Timestamp, most: usize) -> Result<Vec<Claim>, String> {
    worker.store.claim(now, most).await.map_err(|error| format!("claim failed: {error}"))
}

async fn settle(worker: &Worker, claim: &Claim, settled: Settled) -> Finding {
    let outcome = worker.store.settle(claim, settled).await;
    outcome.map_err(|error| format!("settle failed: {error}"))
}

async fn post(worker: &Worker, parcels: &[Parcel]) -> Finding {
    worker.store.post(parcels).await.map_err(|error| format!("post failed: {error}"))
}

fn numbers(claims: &[Claim]) -> Vec<u32> {
    claims.iter().filter_map(|claim| number_of(&claim.parcel)).collect()
}

pub(super) async fn parcels_go_in_order_one_at_a_time(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    let parcels = [parcel(&key, 1, now), parcel(&key, 2, now)];
    workers.worker(0).leaves_behind(&key, 1, now, (&[], &parcels)).await?;
    workers.worker(0).leaves_behind(&key, 2, now, (&[], &[parcel(&key, 3, now)])).await?;
    for number in 1..=3 {
        let claims = claim(&workers.worker(1), now, 10).await?;
        ensure!(numbers(&claims) == [number], "not {number} is claimed, but {claims:?}");
        let sent = parcel(&key, number, now);
        ensure!(claims[0].parcel == sent, "a parcel has changed to {:?}", claims[0].parcel);
        ensure!(claims[0].tries == 1, "it was claimed once, and not {} times", claims[0].tries);
        let more = claim(&workers.worker(2), now, 10).await?;
        ensure!(more.is_empty(), "while {number} is being sent, {more:?} is claimed too");
        settle(&workers.worker(1), &claims[0], Settled::Done).await?;
    }
    let claims = claim(&workers.worker(1), now.after(MINUTE), 10).await?;
    ensure!(claims.is_empty(), "all was sent, and there is {claims:?}");
    Ok(())
}

pub(super) async fn a_parcel_is_claimed_by_one_worker(workers: Workers) -> Finding {
    let now = workers.now();
    let parcels: Vec<_> = (0..30).map(|number| parcel(&key(number), number, now)).collect();
    post(&workers.worker(0), &parcels).await?;
    let senders = [workers.worker(0), workers.worker(1), workers.worker(2)];
    let claims = futures_util::future::join_all(senders.iter().map(|w| claim(w, now, 8))).await;
    let mut claimed = Vec::new();
    for claims in claims {
        let claims = claims?;
        ensure!(claims.len() <= 8, "a worker asked for 8 parcels and got {}", claims.len());
        claimed.extend(numbers(&claims));
    }
    let first = claimed.len();
    claimed.sort_unstable();
    claimed.dedup();
    ensure!(claimed.len() == first, "{} parcels have two workers", first - claimed.len());
    claimed.extend(numbers(&claim(&workers.worker(0), now, 30).await?));
    claimed.sort_unstable();
    ensure!(claimed == (0..30).collect::<Vec<_>>(), "of 30 parcels these are claimed: {claimed:?}");
    Ok(())
}

pub(super) async fn a_parcel_that_is_tried_again_holds_up_those_behind_it(
    workers: Workers,
) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    post(&worker, &[parcel(&key, 1, now), parcel(&key, 2, now)]).await?;
    let claims = claim(&worker, now, 10).await?;
    ensure!(numbers(&claims) == [1], "the first is not claimed, but {claims:?}");
    settle(&worker, &claims[0], Settled::Again(now.after(MINUTE))).await?;
    let early = claim(&worker, now.after(MINUTE).before(Duration::from_millis(1)), 10).await?;
    ensure!(early.is_empty(), "before the next try there is {early:?}");
    let claims = claim(&worker, now.after(MINUTE), 10).await?;
    ensure!(numbers(&claims) == [1], "the first is not claimed again, but {claims:?}");
    ensure!(claims[0].tries == 2, "the second try is counted as number {}", claims[0].tries);
    settle(&worker, &claims[0], Settled::Done).await?;
    let claims = claim(&worker, now.after(MINUTE), 10).await?;
    ensure!(numbers(&claims) == [2], "the second does not follow, but {claims:?}");
    Ok(())
}

pub(super) async fn a_later_parcel_holds_up_nobody(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    let later = now.after(MINUTE);
    post(&worker, &[parcel(&key, 1, later), parcel(&key, 2, now)]).await?;
    let claims = claim(&worker, now, 10).await?;
    ensure!(numbers(&claims) == [2], "now the second is due, and it is {claims:?}");
    settle(&worker, &claims[0], Settled::Done).await?;
    let early = claim(&worker, later.before(Duration::from_millis(1)), 10).await?;
    ensure!(early.is_empty(), "a parcel is claimed before its moment: {early:?}");
    post(&worker, &[parcel(&key, 3, now)]).await?;
    let claims = claim(&worker, now, 10).await?;
    ensure!(numbers(&claims) == [3], "now the third is due, and it is {claims:?}");
    settle(&worker, &claims[0], Settled::Done).await?;
    let claims = claim(&worker, later, 10).await?;
    ensure!(numbers(&claims) == [1], "at last the first is due, and it is {claims:?}");
    Ok(())
}

pub(super) async fn parcels_are_posted_once(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    let parcels = [parcel(&key, 1, now), parcel(&key, 2, now)];
    for number in 0..3 {
        post(&workers.worker(number), &parcels).await?;
    }
    let mut sent = Vec::new();
    loop {
        let claims = claim(&workers.worker(0), now, 10).await?;
        let Some(claim) = claims.first() else { break };
        sent.extend(number_of(&claim.parcel));
        settle(&workers.worker(0), claim, Settled::Done).await?;
    }
    ensure!(sent == [1, 2], "two parcels were posted, and {sent:?} were sent");
    Ok(())
}

pub(super) async fn settling_is_idempotent(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    post(&workers.worker(0), &[parcel(&key, 1, now), parcel(&key, 2, now)]).await?;
    let claims = claim(&workers.worker(0), now, 1).await?;
    ensure!(numbers(&claims) == [1], "the first is not claimed, but {claims:?}");
    for number in 0..3 {
        settle(&workers.worker(number), &claims[0], Settled::Done).await?;
    }
    settle(&workers.worker(0), &claims[0], Settled::Again(now)).await?;
    let claims = claim(&workers.worker(0), now.after(MINUTE), 10).await?;
    ensure!(numbers(&claims) == [2], "after the first comes the second, and not {claims:?}");
    Ok(())
}

pub(super) async fn a_parcel_whose_worker_died_is_claimed_again(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    post(&workers.worker(0), &[parcel(&key, 1, now)]).await?;
    let first = claim(&workers.worker(0), now, 1).await?;
    let early =
        claim(&workers.worker(1), now.after(LEASE).before(Duration::from_millis(1)), 1).await?;
    ensure!(first.len() == 1 && early.is_empty(), "it is claimed by two: {early:?}");
    let second = claim(&workers.worker(1), now.after(LEASE), 1).await?;
    ensure!(second.first().is_some_and(|c| c.tries == 2), "it is not claimed again: {second:?}");
    match workers.worker(0).store.settle(&first[0], Settled::Again(now)).await {
        Err(error) if error.is_conflict() => {}
        other => return Err(format!("the first worker puts it back: {other:?}")),
    }
    // It has been sent all the same, if the first says so late.
    settle(&workers.worker(0), &first[0], Settled::Done).await?;
    let third = claim(&workers.worker(2), now.after(MINUTE), 1).await?;
    ensure!(third.is_empty(), "what was sent is claimed again: {third:?}");
    settle(&workers.worker(1), &second[0], Settled::Done).await
}

pub(super) async fn whoever_never_claimed_a_parcel_learns_whether_it_waits(
    workers: Workers,
) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    post(&worker, &[parcel(&key, 1, now), parcel(&key, 2, now)]).await?;
    let stranger = |number| Claim { parcel: parcel(&key, number, now), tries: u32::MAX };
    let waits = async |number| match worker
        .store
        .settle(&stranger(number), Settled::Again(now.after(MINUTE)))
        .await
    {
        Err(error) if error.is_conflict() => Ok(true),
        other => other.map(|()| false).map_err(|error| format!("settling failed: {error}")),
    };
    ensure!(waits(1).await? && waits(2).await?, "nobody is told that both parcels wait");
    let claims = claim(&worker, now, 10).await?;
    ensure!(numbers(&claims) == [1], "a stranger has put the first off: {claims:?}");
    ensure!(waits(1).await?, "nobody is told that a parcel is in somebody's hands");
    settle(&worker, &claims[0], Settled::Done).await?;
    ensure!(!waits(1).await? && waits(2).await?, "nobody is told that the first has left");
    let claims = claim(&worker, now, 10).await?;
    ensure!(numbers(&claims) == [2], "a stranger has put the second off: {claims:?}");
    Ok(())
}
