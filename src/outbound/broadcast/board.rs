//! What all processes know of a broadcast: what is wanted of it, and how far it is.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::{Broadcast, Progress};
use crate::{
    conversation::{Record, Stored, to_note},
    outbound::{Unsaid, apart::apart},
    store::TurnId,
};

/// What is wanted of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    #[default]
    Running,
    Paused,
    Stopped,
}

/// What stands in the broadcast's own conversation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Board {
    pub(super) wanted: Wanted,
    pub(super) progress: Option<Progress>,
}

impl Stored for Board {
    const NAME: &'static str = "chinwag.broadcast";
}

impl Board {
    fn of(record: &Record) -> Self {
        record
            .recall()
            .unwrap_or_else(|error| {
                tracing::error!(%error, "it is not known how far a broadcast is");
                None
            })
            .unwrap_or_default()
    }
}

pub(super) async fn read(broadcast: &Broadcast) -> Result<Board, Unsaid> {
    let notifier = &broadcast.notifier;
    let record = notifier.store.read(&broadcast.key(), notifier.clock.now()).await?;
    Ok(Board::of(&record))
}

pub(super) async fn want(broadcast: &Broadcast, wanted: Wanted) -> Result<(), Unsaid> {
    change(broadcast, &format!("{wanted:?}"), |board| board.wanted = wanted).await
}

/// Notes how far it is; what is wanted meanwhile stays.
pub(super) async fn note(broadcast: &Broadcast, progress: &Progress) -> Result<(), Unsaid> {
    change(broadcast, "progress", |board| board.progress = Some(progress.clone())).await
}

async fn change(
    broadcast: &Broadcast,
    what: &str,
    change: impl FnOnce(&mut Board),
) -> Result<(), Unsaid> {
    /// Each change is a turn of its own, also those of one millisecond.
    static CHANGES: AtomicU64 = AtomicU64::new(0);
    let (key, notifier) = (broadcast.key(), &broadcast.notifier);
    let number = CHANGES.fetch_add(1, Ordering::Relaxed);
    let name = format!("{what} {} {number}", notifier.clock.now());
    let turn = TurnId::named(&key, &name);
    let noted = apart(notifier, &key, turn, |record, _| {
        let mut board = Board::of(record);
        change(&mut board);
        let note = to_note(&board).expect("texts and numbers are always JSON");
        record.remember(Board::NAME, &note);
        Ok(Vec::new())
    });
    noted.await.map(drop)
}
