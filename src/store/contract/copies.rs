//! Copies of a message: the same answer to each.

use std::time::Duration;

use super::{
    Finding,
    worker::{Workers, ensure, key, turn},
};
use crate::{
    message::MessageSid,
    store::{ANSWERS_KEPT, Begun, TurnId},
};

pub(super) async fn each_copy_gets_the_same_bytes(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    for number in 1..=120 {
        workers.worker(0).answers(&key, number, now).await?;
    }
    for number in 1..=120 {
        let worker = workers.worker(usize::try_from(number).unwrap_or(0));
        worker.is_answered(&key, number, now).await?;
        worker.is_answered(&key, number, now).await?;
    }
    let messages = workers.worker(1).read(&key, now).await?.messages();
    ensure!(messages == 120, "120 turns were committed, and {messages} are counted");
    Ok(())
}

pub(super) async fn an_account_and_a_message_make_a_turn(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    worker.answers(&key, 1, now).await?;
    for (other, what) in [
        (TurnId::message(None, MessageSid::new(1)), "another account"),
        (TurnId::timer(&key, now), "a timer"),
    ] {
        let begun = worker.store.begin(&key, other, now).await;
        match begun.map_err(|error| format!("begin failed: {error}"))? {
            Begun::Turn(_, lease) => worker.store.release(&lease).await,
            _ => return Err(format!("a turn of {what} is taken for a copy")),
        }
        .map_err(|error| format!("release failed: {error}"))?;
    }
    Ok(())
}

pub(super) async fn an_answer_is_kept_for_a_day(mut workers: Workers) -> Finding {
    let (key, worker, start) = (key(1), workers.worker(0), workers.now());
    worker.answers(&key, 1, start).await?;
    for number in 2..=24 {
        workers.passes(Duration::from_hours(1));
        worker.answers(&key, number, workers.now()).await?;
    }
    workers.passes(Duration::from_hours(1));
    ensure!(workers.now().since(start) == ANSWERS_KEPT, "a day has other hours");
    for _ in 0..2 {
        worker.is_answered(&key, 1, workers.now()).await?;
        worker.store.sweep(workers.now()).await.map_err(|e| format!("sweep failed: {e}"))?;
    }
    Ok(())
}

pub(super) async fn a_copy_waits_for_the_first(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    let (record, lease) = workers.worker(0).works(&key, 1, now).await?;
    for number in 0..3 {
        workers.worker(number).waits(&key, 1, now).await?;
    }
    workers.worker(0).commits(&lease, record, 1, now).await?;
    workers.worker(1).is_answered(&key, 1, now).await?;
    // The copies hold no place that the next would have to wait for.
    workers.worker(2).answers(&key, 2, now).await
}

pub(super) async fn answered_turns_need_no_lane(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    worker.answers(&key, 1, now).await?;
    let (record, lease) = worker.works(&key, 2, now).await?;
    worker.is_answered(&key, 1, now).await?;
    worker.commits(&lease, record, 2, now).await?;
    let begun = worker.store.begin(&key, turn(3), now).await;
    ensure!(matches!(begun, Ok(Begun::Turn(..))), "a copy has left something in the lane");
    Ok(())
}
