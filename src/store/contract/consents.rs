//! Whose consent is kept is found again.

use super::{
    Finding,
    worker::{Worker, Workers, ensure, key},
};
use crate::{
    conversation::{Key, OptIn, Record, Timer, clock::Timestamp},
    store::SILENCE_KEPT,
};

/// Walks through all, a page of three at a time.
async fn walked(worker: &Worker, now: Timestamp) -> Result<Vec<(Key, Record)>, String> {
    let mut all: Vec<(Key, Record)> = Vec::new();
    loop {
        let after = all.last().map(|(key, _)| key);
        let page = worker.store.consents(after, 3, now).await;
        let page = page.map_err(|error| format!("consents failed: {error}"))?;
        ensure!(page.len() <= 3, "a page of three has {}", page.len());
        if page.is_empty() {
            return Ok(all);
        }
        ensure!(all.len() < 1_000, "the walk does not end");
        all.extend(page);
    }
}

pub(super) async fn whose_consent_is_kept_is_found_page_by_page(mut workers: Workers) -> Finding {
    let (now, worker) = (workers.now(), workers.worker(0));
    let mut expected = Vec::new();
    for number in 0..40 {
        let key = key(number);
        let (mut record, lease) = worker.works(&key, number, now).await?;
        match number % 4 {
            0 => record.opts_in(OptIn::with("yes, \"please\" 🍕"), now),
            1 => record.stops("stop", now),
            2 => record.set_timer(Timer::new("reminder", now)),
            _ => {}
        }
        worker.commits(&lease, record, number, now).await?;
        if number % 4 < 2 {
            expected.push((key.clone(), worker.read(&key, now).await?));
        }
    }
    expected.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut found = walked(&workers.worker(1), now).await?;
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    ensure!(found == expected, "found are {found:?}, and not {expected:?}");

    workers.passes(SILENCE_KEPT * 2);
    let found = walked(&workers.worker(2), workers.now()).await?;
    ensure!(found.is_empty(), "what is forgotten is still found: {found:?}");
    Ok(())
}
