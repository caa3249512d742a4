//! What is remembered, and for how long.

use std::time::Duration;

use super::{
    Finding,
    worker::{Start, Workers, counted, ensure, key},
};
use crate::{
    conversation::Timer,
    store::{ANSWERS_KEPT, Answer, SILENCE_KEPT},
};

pub(super) async fn a_committed_record_is_read_by_every_worker(workers: Workers) -> Finding {
    let (key, now) = (key(1), workers.now());
    let (mut record, lease) = workers.worker(0).works(&key, 1, now).await?;
    ensure!(record == crate::conversation::Record::default(), "a new conversation is not blank");
    record.remember("cart", "{\"pizza\":2}");
    record.set_timer(Timer::new("reminder", now.after(Duration::from_hours(2))));
    workers.worker(0).commits(&lease, record.clone(), 1, now).await?;
    let committed = counted(record, 1, now).record;
    for number in 0..3 {
        let read = workers.worker(number).read(&key, now).await?;
        ensure!(read == committed, "worker {number} reads {read:?}, not {committed:?}");
    }
    let begun = workers.worker(1).works(&key, 2, now).await?.0;
    ensure!(begun == committed, "a turn begins from {begun:?}, not from {committed:?}");
    Ok(())
}

pub(super) async fn a_turn_that_is_given_back_changes_nothing(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    worker.answers(&key, 1, now).await?;
    let (_, lease) = worker.works(&key, 2, now).await?;
    worker.store.release(&lease).await.map_err(|error| format!("release failed: {error}"))?;
    let history = worker.history(&key, now).await?;
    ensure!(history == "1", "the history is {history:?}");
    worker.answers(&key, 2, now).await
}

pub(super) async fn texts_and_bytes_come_back_as_they_were(workers: Workers) -> Finding {
    let (key, now, worker) = (key(1), workers.now(), workers.worker(0));
    let (mut record, lease) = worker.works(&key, 1, now).await?;
    let text = "\"\\0 'é' 🍕\u{202e} {} :name $1\"".repeat(500);
    record.remember("text", &text);
    let mut outcome = counted(record.clone(), 1, now);
    let bytes: Vec<u8> = (0..=255).cycle().take(60_000).collect();
    outcome.answer = Answer::new(bytes.clone());
    let committed = worker.store.commit(&lease, &outcome, now).await;
    committed.map_err(|error| format!("the commit failed: {error}"))?;
    let read = workers.worker(1).read(&key, now).await?;
    ensure!(read.remembered("text") == Some(&*text), "a text has changed");
    let start = workers.worker(2).begins(&key, 1, now).await?.1;
    ensure!(start == Start::Answered(Answer::new(bytes)), "an answer's bytes have changed");
    Ok(())
}

pub(super) async fn a_silent_conversation_is_forgotten_after_a_year(
    mut workers: Workers,
) -> Finding {
    let (key, worker) = (key(1), workers.worker(0));
    worker.answers(&key, 1, workers.now()).await?;
    workers.passes(SILENCE_KEPT);
    let history = worker.history(&key, workers.now()).await?;
    ensure!(history == "1", "it is forgotten too early: {history:?}");
    workers.passes(Duration::from_millis(1));
    let history = worker.history(&key, workers.now()).await?;
    ensure!(history.is_empty(), "it is not forgotten: {history:?}");
    let record = worker.works(&key, 2, workers.now()).await?.0;
    ensure!(record.remembered("history").is_none(), "a turn begins from what was forgotten");
    Ok(())
}

pub(super) async fn a_sweep_keeps_what_is_still_needed(mut workers: Workers) -> Finding {
    let worker = workers.worker(0);
    let [old, with_timer, young] = [1, 2, 3].map(key);
    worker.answers(&old, 1, workers.now()).await?;
    let far = workers.now().after(SILENCE_KEPT * 3);
    let timer = [Timer::new("far", far)];
    worker.leaves_behind(&with_timer, 2, workers.now(), (&timer, &[])).await?;
    workers.passes(SILENCE_KEPT + Duration::from_millis(1));
    worker.answers(&young, 3, workers.now()).await?;
    workers.passes(ANSWERS_KEPT);
    let history = worker.history(&with_timer, workers.now()).await?;
    ensure!(history == "2", "a conversation with a timer is forgotten: {history:?}");
    let swept = worker.store.sweep(workers.now()).await;
    let swept = swept.map_err(|error| format!("sweep failed: {error}"))?;
    ensure!(swept == 1, "one conversation is old, and {swept} were removed");
    worker.is_answered(&young, 3, workers.now()).await?;
    let history = worker.history(&young, workers.now()).await?;
    ensure!(history == "3", "a young conversation was removed");
    let due = worker.due(far, 10).await?;
    ensure!(due == [(with_timer.clone(), far)], "a conversation with a timer was removed: {due:?}");
    let record = worker.works(&with_timer, 4, far).await?.0;
    ensure!(record.due() == Some(far), "the turn of a timer begins without what set it");
    Ok(())
}
