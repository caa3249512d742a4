//! Three workers at once.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use super::{
    Finding,
    worker::{Start, Worker, Workers, ensure, key, number_of, parcel},
};
use crate::{conversation::clock::Timestamp, store::Settled};

const CONVERSATIONS: u32 = 12;
const TURNS: u32 = 20;

/// Handles one message until it is answered.
async fn handle(worker: Worker, conversation: u32, number: u32, now: Timestamp) -> Finding {
    let key = key(conversation);
    for _ in 0..20_000 {
        match worker.begins(&key, number, now).await? {
            (_, Start::Answered(_)) => return Ok(()),
            (record, Start::Turn(lease)) => {
                return worker.commits(&lease, record, number, now).await;
            }
            (_, Start::Wait) => sleep(Duration::from_millis(1)).await,
        }
    }
    Err(format!("turn {number} of conversation {conversation} never began"))
}

pub(super) async fn three_workers_lose_nothing_double_nothing_and_keep_the_order(
    workers: Workers,
) -> Finding {
    let now = workers.now();
    let mut turns = Vec::new();
    for number in 0..TURNS {
        for conversation in 0..CONVERSATIONS {
            // Places are taken one after the other, so that the order is known.
            let at = usize::try_from(number + conversation).unwrap_or(0);
            let worker = workers.worker(at);
            let start = worker.begins(&key(conversation), number, now).await?;
            if let (record, Start::Turn(lease)) = start {
                turns.push(tokio::spawn({
                    let worker = worker.clone();
                    async move {
                        sleep(Duration::from_millis(3)).await;
                        worker.commits(&lease, record, number, now).await
                    }
                }));
            }
            for copy in 0..3 {
                let worker = workers.worker(at + copy);
                turns.push(tokio::spawn(handle(worker, conversation, number, now)));
            }
        }
    }
    for turn in join_all(turns).await {
        turn.map_err(|error| format!("a turn panicked: {error}"))??;
    }
    let expected: Vec<_> = (0..TURNS).map(|number| number.to_string()).collect();
    for conversation in 0..CONVERSATIONS {
        let history = workers.worker(0).history(&key(conversation), now).await?;
        ensure!(
            history == expected.join(" "),
            "the turns of conversation {conversation} were done in the order {history}"
        );
    }
    Ok(())
}

/// Sends parcels until there are none.
async fn send(worker: Worker, now: Timestamp) -> Result<Vec<(String, u32)>, String> {
    let mut sent = Vec::new();
    let mut idle = 0;
    while idle < 50 {
        let claims = worker.store.claim(now, 5).await.map_err(|e| format!("claim failed: {e}"))?;
        idle = if claims.is_empty() { idle + 1 } else { 0 };
        sleep(Duration::from_millis(1)).await;
        for claim in claims {
            let number = number_of(&claim.parcel).ok_or("a parcel has changed")?;
            sent.push((claim.parcel.key.as_str().to_owned(), number));
            let settled = worker.store.settle(&claim, Settled::Done).await;
            settled.map_err(|error| format!("settle failed: {error}"))?;
        }
    }
    Ok(sent)
}

pub(super) async fn parcels_of_many_conversations_go_out_once_and_in_order(
    workers: Workers,
) -> Finding {
    let now = workers.now();
    for number in 0..TURNS * CONVERSATIONS {
        let key = key(number % CONVERSATIONS);
        let parcels = [parcel(&key, number, now)];
        let worker = workers.worker(0);
        worker.leaves_behind(&key, number, now, (&[], &parcels)).await?;
    }
    let senders = (0..3).map(|number| tokio::spawn(send(workers.worker(number), now)));
    let mut sent = Vec::new();
    for sender in join_all(senders).await {
        sent.extend(sender.map_err(|error| format!("a sender panicked: {error}"))??);
    }
    let all = usize::try_from(TURNS * CONVERSATIONS).unwrap_or(0);
    ensure!(sent.len() == all, "{all} parcels were posted, and {} were sent", sent.len());
    sent.sort_unstable();
    sent.dedup();
    ensure!(sent.len() == all, "{} parcels were sent twice", all - sent.len());
    Ok(())
}
