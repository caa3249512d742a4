//! Deliveries: kept with what became of them, which only moves forward.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    Finding,
    crash::dropped_after,
    worker::{Worker, Workers, ensure, key, number_of, parcel},
};
use crate::{
    conversation::clock::Timestamp,
    message::{ErrorCode, MessageSid, Status},
    store::{ANSWERS_KEPT, Claim, DELIVERIES_KEPT, Delivery, LEASE, QUIET, Sent, Settled},
};

const CLOSED: Option<ErrorCode> = Some(ErrorCode(63016));
const MILLI: Duration = Duration::from_millis(1);

fn sid(number: u32) -> MessageSid {
    MessageSid::with_media(u128::from(number) + 1)
}

/// The message with this number is that parcel; should its session be closed, one with a number a
/// thousand higher is sent instead.
fn sent(number: u32, at: Timestamp) -> Settled {
    let instead = (number + 1_000).to_string().into_bytes();
    Settled::Sent(Sent { sid: sid(number), at, instead: Some(instead.into()) })
}

/// Posts and claims the parcel with this number, alone in its conversation.
async fn claimed(worker: &Worker, number: u32, now: Timestamp) -> Result<Claim, String> {
    let told = |error| format!("post or claim failed: {error}");
    worker.store.post(&[parcel(&key(number), number, now)]).await.map_err(told)?;
    let claims = worker.store.claim(now, 10).await.map_err(told)?;
    let ours = claims.into_iter().find(|claim| number_of(&claim.parcel) == Some(number));
    ours.ok_or_else(|| format!("parcel {number} cannot be claimed"))
}

async fn settle(worker: &Worker, claim: &Claim, settled: Settled) -> Finding {
    let outcome = worker.store.settle(claim, settled).await;
    outcome.map_err(|error| format!("settle failed: {error}"))
}

async fn report(
    worker: &Worker,
    number: u32,
    (status, error): (&str, Option<ErrorCode>),
    now: Timestamp,
) -> Result<Option<Delivery>, String> {
    let reported = worker.store.report(sid(number), &status.into(), error, now).await;
    reported.map_err(|error| format!("report failed: {error}"))
}

async fn delivery(worker: &Worker, number: u32) -> Result<Option<Delivery>, String> {
    worker.store.delivery(sid(number)).await.map_err(|error| format!("delivery failed: {error}"))
}

async fn unreported(worker: &Worker, now: Timestamp) -> Result<Vec<MessageSid>, String> {
    let told = worker.store.unreported(now, 10).await;
    let told = told.map_err(|error| format!("unreported failed: {error}"))?;
    Ok(told.into_iter().map(|delivery| delivery.sid).collect())
}

/// What waits in the outbox, which is empty then.
async fn waiting(worker: &Worker, now: Timestamp) -> Result<Vec<Option<u32>>, String> {
    let claims = worker.store.claim(now, 100).await.map_err(|error| error.to_string())?;
    for claim in &claims {
        settle(worker, claim, Settled::Done).await?;
    }
    Ok(claims.iter().map(|claim| number_of(&claim.parcel)).collect())
}

pub(super) async fn what_was_sent_is_kept_and_no_parcel_any_more(workers: Workers) -> Finding {
    let (now, worker) = (workers.now(), workers.worker(0));
    ensure!(delivery(&worker, 1).await?.is_none(), "there is a delivery before there was one");
    let claim = claimed(&worker, 1, now).await?;
    for _ in 0..2 {
        settle(&worker, &claim, sent(1, now)).await?;
    }
    let mut expected = Delivery {
        sid: sid(1),
        parcel: claim.parcel.id,
        key: key(1),
        sent: now,
        status: Status::Queued,
        error: None,
        reported: None,
    };
    let found = delivery(&workers.worker(1), 1).await?;
    ensure!(found.as_ref() == Some(&expected), "what was sent is kept as {found:?}");
    let left = waiting(&workers.worker(2), now.after(LEASE * 2)).await?;
    ensure!(left.is_empty(), "it was sent, and {left:?} wait");
    let later = now.after(MILLI);
    let found = report(&workers.worker(1), 1, ("failed", Some(ErrorCode(63024))), later).await?;
    (expected.status, expected.error) = (Status::Failed, Some(ErrorCode(63024)));
    expected.reported = Some(later);
    ensure!(found.as_ref() == Some(&expected), "it failed, and the report gives {found:?}");
    let found = delivery(&workers.worker(2), 1).await?;
    ensure!(found == Some(expected), "it failed, and it is kept as {found:?}");
    // Sent twice, as two couriers may: both are kept.
    settle(&worker, &claim, sent(2, now)).await?;
    let twin = delivery(&worker, 2).await?;
    ensure!(twin.is_some_and(|it| it.parcel == claim.parcel.id), "a second message is not kept");
    Ok(())
}

/// What may happen to a message, in any order.
const EVENTS: [Option<(&str, Option<ErrorCode>)>; 5] = [
    None,
    Some(("sent", None)),
    Some(("a new word", Some(ErrorCode(7)))),
    Some(("failed", None)),
    Some(("failed", CLOSED)),
];

/// All orders of these many things.
fn orders(many: usize) -> Vec<Vec<usize>> {
    (0..many).fold(vec![Vec::new()], |orders, next| {
        let insert = |order: &Vec<usize>, at: usize| {
            let mut order = order.clone();
            order.insert(at, next);
            order
        };
        let grown = orders.iter().flat_map(|order| (0..=order.len()).map(|at| insert(order, at)));
        grown.collect()
    })
}

pub(super) async fn every_order_of_reports_ends_the_same(workers: Workers) -> Finding {
    let now = workers.now();
    for (number, order) in (0..).zip(orders(EVENTS.len())) {
        let claim = claimed(&workers.worker(0), number, now).await?;
        for (step, event) in order.iter().chain(&order[..2]).enumerate() {
            let worker = workers.worker(step);
            match EVENTS[*event] {
                None => settle(&worker, &claim, sent(number, now)).await?,
                Some(heard) => drop(report(&worker, number, heard, now).await?),
            }
        }
        let found = delivery(&workers.worker(0), number).await?;
        let is_right = found.as_ref().is_some_and(|it| {
            (&it.status, it.error) == (&Status::Failed, CLOSED) && it.parcel == claim.parcel.id
        });
        ensure!(is_right, "after {order:?} there is {found:?}");
        let left = waiting(&workers.worker(1), now).await?;
        ensure!(left == [Some(number + 1_000)], "after {order:?} there wait {left:?}");
    }
    Ok(())
}

pub(super) async fn words_that_are_not_known_hide_no_known_one(workers: Workers) -> Finding {
    let (now, worker) = (workers.now(), workers.worker(0));
    for (number, words, end) in [
        (1, ["b", "a", "Z"], "b"),
        (2, ["a", "sent", "b"], "sent"),
        (3, ["delivered", "sent", "read"], "read"),
        (4, ["read", "undelivered", "b"], "undelivered"),
    ] {
        for word in words {
            report(&worker, number, (word, None), now).await?;
        }
        let claim = claimed(&worker, number, now).await?;
        settle(&worker, &claim, sent(number, now)).await?;
        let found = delivery(&worker, number).await?;
        let expected = Status::from(end).max(Status::Queued);
        let is_right = found.as_ref().is_some_and(|it| it.status == expected);
        ensure!(is_right, "after {words:?} there is {found:?}");
    }
    Ok(())
}

pub(super) async fn only_a_closed_session_brings_a_replacement(workers: Workers) -> Finding {
    let (now, worker) = (workers.now(), workers.worker(0));
    let claim = claimed(&worker, 1, now).await?;
    settle(&worker, &claim, sent(1, now)).await?;
    for heard in [("sent", None), ("sent", CLOSED), ("undelivered", Some(ErrorCode(63024)))] {
        report(&worker, 1, heard, now).await?;
        let left = waiting(&worker, now).await?;
        ensure!(left.is_empty(), "after {heard:?} there wait {left:?}");
    }
    let claim = claimed(&worker, 2, now).await?;
    settle(&worker, &claim, sent(2, now)).await?;
    let found = report(&worker, 2, ("undelivered", CLOSED), now).await?;
    let claims = worker.store.claim(now, 10).await.map_err(|error| error.to_string())?;
    let replacement = found.map(|delivery| delivery.replacement());
    let ids: Vec<_> = claims.iter().map(|claim| Some(claim.parcel.id)).collect();
    ensure!(ids == [replacement], "the replacement is {replacement:?}, and there wait {ids:?}");
    ensure!(claims[0].parcel.key == key(2), "it is in the conversation {:?}", claims[0].parcel.key);
    for heard in [("undelivered", CLOSED), ("failed", CLOSED)] {
        settle(&worker, &claims[0], Settled::Done).await?;
        report(&worker, 2, heard, now).await?;
        let left = waiting(&worker, now.after(LEASE)).await?;
        ensure!(left.is_empty(), "the replacement was sent, and {left:?} wait");
    }
    Ok(())
}

pub(super) async fn what_was_not_heard_of_is_told_to_one_worker(mut workers: Workers) -> Finding {
    let begin = workers.now();
    for (number, heard) in [(1, "queued"), (2, "sent"), (3, "delivered"), (4, "failed")] {
        let claim = claimed(&workers.worker(0), number, workers.now()).await?;
        settle(&workers.worker(0), &claim, sent(number, workers.now())).await?;
        report(&workers.worker(0), number, (heard, None), workers.now()).await?;
        workers.passes(MILLI);
    }
    let early = unreported(&workers.worker(0), begin.after(QUIET).before(MILLI)).await?;
    ensure!(early.is_empty(), "{early:?} are told too early");
    workers.passes(QUIET);
    let tell = join_all([0, 1, 2].map(|number| {
        let (worker, now) = (workers.worker(number), workers.now());
        async move { unreported(&worker, now).await }
    }));
    let mut told: Vec<_> = tell.await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    told.sort();
    ensure!(told == [sid(1), sid(2)], "three workers are told of {told:?}");
    // Then after twice as long.
    workers.passes(QUIET.saturating_sub(MILLI * 8));
    let early = unreported(&workers.worker(0), workers.now()).await?;
    ensure!(early.is_empty(), "{early:?} are told again too early");
    workers.passes(MILLI * 16);
    report(&workers.worker(0), 2, ("read", None), workers.now()).await?;
    let told = unreported(&workers.worker(1), workers.now()).await?;
    ensure!(told == [sid(1)], "one is still unreported, and told are {told:?}");
    Ok(())
}

pub(super) async fn deliveries_are_kept_for_a_month(mut workers: Workers) -> Finding {
    let worker = workers.worker(0);
    let sweep = async |now| worker.store.sweep(now).await.map_err(|error| error.to_string());
    let claim = claimed(&worker, 1, workers.now()).await?;
    settle(&worker, &claim, sent(1, workers.now())).await?;
    report(&worker, 1, ("delivered", None), workers.now()).await?;
    report(&worker, 2, ("sent", None), workers.now()).await?;
    let late = claimed(&worker, 2, workers.now()).await?;
    workers.passes(ANSWERS_KEPT);
    sweep(workers.now()).await?;
    settle(&worker, &late, sent(2, workers.now())).await?;
    let found = delivery(&worker, 2).await?.map(|delivery| delivery.status);
    ensure!(found == Some(Status::Sent), "a report is gone before a day, and there is {found:?}");
    report(&worker, 3, ("sent", None), workers.now()).await?;
    let month = DELIVERIES_KEPT.saturating_sub(ANSWERS_KEPT);
    for (time, kept) in [(month, true), (MILLI, false)] {
        workers.passes(time);
        sweep(workers.now()).await?;
        let is_there = delivery(&worker, 1).await?.is_some();
        ensure!(is_there == kept, "a month and {time:?} later it is there: {is_there}");
    }
    let found = delivery(&worker, 2).await?;
    ensure!(found.is_some(), "one that was sent a day later is gone too");
    let claim = claimed(&worker, 3, workers.now()).await?;
    settle(&worker, &claim, sent(3, workers.now())).await?;
    let found = delivery(&worker, 3).await?.map(|delivery| delivery.status);
    ensure!(found == Some(Status::Queued), "a report is kept for a month: {found:?}");
    Ok(())
}

pub(super) async fn a_settling_that_is_dropped_is_done_or_can_be_done_again(
    mut workers: Workers,
) -> Finding {
    for polls in 0..8 {
        let now = workers.now();
        let claim = claimed(&workers.worker(0), polls, now).await?;
        let first = workers.worker(0);
        let done = dropped_after(polls, first.store.settle(&claim, sent(polls, now))).await;
        let heard = workers.worker(1);
        let failed = &Status::Failed;
        dropped_after(polls, heard.store.report(sid(polls), failed, CLOSED, now)).await;
        // The store may still be doing what nobody waits for any more; a lease later all is quiet.
        workers.passes(LEASE);
        let left = waiting_of(&workers.worker(2), workers.now()).await?;
        let is_waiting = left.iter().any(|claim| number_of(&claim.parcel) == Some(polls));
        ensure!(!(done && is_waiting), "after {polls} polls it was settled, and waits");
        ensure!(
            is_waiting || delivery(&workers.worker(2), polls).await?.is_some(),
            "after {polls} polls it is neither a parcel nor a delivery"
        );
        settle(&workers.worker(2), &claim, sent(polls, now)).await?;
        report(&workers.worker(2), polls, ("failed", CLOSED), now).await?;
        workers.passes(LEASE);
        let left = waiting(&workers.worker(2), workers.now()).await?;
        ensure!(left == [Some(polls + 1_000)], "after {polls} polls there wait {left:?}");
    }
    Ok(())
}

async fn waiting_of(worker: &Worker, now: Timestamp) -> Result<Vec<Claim>, String> {
    worker.store.claim(now, 100).await.map_err(|error| error.to_string())
}

/// Three workers settle and report at the same time.
pub(super) async fn three_workers_end_where_one_would(workers: Workers) -> Finding {
    let now = workers.now();
    let mut claims = Vec::new();
    for number in 0..30 {
        claims.push((number, claimed(&workers.worker(0), number, now).await?));
    }
    let workers = &workers;
    let all = claims.iter().map(|(number, claim)| {
        let number = *number;
        let heard = [("failed", CLOSED), ("sent", None), ("queued", None), ("failed", CLOSED)];
        let reports = heard.into_iter().enumerate().map(move |(at, heard)| {
            let worker = workers.worker(at);
            async move { report(&worker, number, heard, now).await.map(drop) }
        });
        let worker = workers.worker(0);
        async move {
            let settled = async { settle(&worker, claim, sent(number, now)).await };
            let (settled, reported) = tokio::join!(settled, join_all(reports));
            settled.and(reported.into_iter().collect())
        }
    });
    join_all(all).await.into_iter().collect::<Finding>()?;
    for (number, _) in &claims {
        let found = delivery(&workers.worker(1), *number).await?;
        let is_right = found.as_ref().is_some_and(Delivery::met_a_closed_session);
        ensure!(is_right, "message {number} has ended as {found:?}");
    }
    let mut left = waiting(&workers.worker(2), now).await?;
    left.sort_unstable();
    let expected: Vec<_> = (1_000..1_030).map(Some).collect();
    ensure!(left == expected, "30 messages were replaced, and there wait {left:?}");
    Ok(())
}
