//! One turn of a conversation at a time, in the order of asking.

use std::time::Duration;

use super::{
    Finding,
    worker::{Start, Workers, ensure, key, turn},
};
use crate::store::LEASE;

pub(super) async fn turns_of_one_conversation_go_in_the_order_of_their_asking(
    workers: Workers,
) -> Finding {
    let (key, now) = (key(1), workers.now());
    let worker = |number: u32| workers.worker(usize::try_from(number).unwrap_or(0));
    let (mut record, mut lease) = worker(1).works(&key, 1, now).await?;
    for number in 2..=9 {
        worker(number).waits(&key, number, now).await?;
    }
    for number in 1..=9 {
        worker(number).commits(&lease, record.clone(), number, now).await?;
        for later in (number + 2..=9).rev() {
            worker(later).waits(&key, later, now).await?;
        }
        if number < 9 {
            (record, lease) = worker(number + 1).works(&key, number + 1, now).await?;
        }
    }
    let history = worker(1).history(&key, now).await?;
    ensure!(history == "1 2 3 4 5 6 7 8 9", "the turns were done in the order {history}");
    Ok(())
}

pub(super) async fn conversations_do_not_wait_for_each_other(workers: Workers) -> Finding {
    let now = workers.now();
    let (_record, _lease) = workers.worker(0).works(&key(0), 1, now).await?;
    for number in 1..100 {
        workers.worker(1).answers(&key(number), number, now).await?;
    }
    Ok(())
}

pub(super) async fn a_place_may_be_given_up(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    let (record, lease) = worker.works(&key, 1, now).await?;
    workers.worker(1).waits(&key, 2, now).await?;
    workers.worker(2).waits(&key, 3, now).await?;
    worker.commits(&lease, record, 1, now).await?;
    workers.worker(2).waits(&key, 3, now).await?;
    for _ in 0..2 {
        let left = workers.worker(1).store.leave(&key, turn(2)).await;
        left.map_err(|error| format!("leave failed: {error}"))?;
    }
    workers.worker(2).answers(&key, 3, now).await
}

pub(super) async fn a_place_runs_out_unless_it_is_asked_for_again(mut workers: Workers) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    let (record, lease) = worker.works(&key, 1, workers.now()).await?;
    workers.worker(1).waits(&key, 2, workers.now()).await?;
    workers.worker(2).waits(&key, 3, workers.now()).await?;
    workers.passes(LEASE / 2);
    let extended = worker.store.extend(&lease, workers.now()).await;
    extended.map_err(|error| format!("extend failed: {error}"))?;
    workers.worker(2).waits(&key, 3, workers.now()).await?;
    workers.worker(1).waits(&key, 4, workers.now()).await?;
    workers.passes(LEASE / 2 + Duration::from_millis(1));
    worker.commits(&lease, record, 1, workers.now()).await?;
    // Turn 2 was not heard of for a whole lease; the others were.
    workers.worker(1).waits(&key, 4, workers.now()).await?;
    workers.worker(2).answers(&key, 3, workers.now()).await?;
    workers.worker(1).answers(&key, 4, workers.now()).await?;
    workers.worker(1).answers(&key, 2, workers.now()).await
}

pub(super) async fn a_turn_that_is_given_back_lets_the_next_begin(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    let (_, lease) = workers.worker(0).works(&key, 1, now).await?;
    workers.worker(1).waits(&key, 2, now).await?;
    for _ in 0..2 {
        let released = workers.worker(0).store.release(&lease).await;
        released.map_err(|error| format!("release failed: {error}"))?;
    }
    // The first asks again and stands behind the second now.
    workers.worker(0).waits(&key, 1, now).await?;
    workers.worker(1).answers(&key, 2, now).await?;
    let start = workers.worker(0).begins(&key, 1, now).await?.1;
    ensure!(matches!(start, Start::Turn(_)), "the first cannot begin any more: {start:?}");
    Ok(())
}
