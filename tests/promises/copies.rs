//! Promise 1: effects once, answers always.

use std::{ops::Range, sync::Arc};

use chinwag::{
    store::Store,
    testkit::{Hostile, Transcript},
};
use futures_util::{StreamExt, stream};

use super::{
    bots::diary,
    runtime, seeds,
    stores::{Kind, stores},
};

/// Two people, so that conversations cross; each answer shows every effect so far.
const TALK: &str = "\
Ana: a
bot: a
Bo: 1
bot: 1
Ana: b
bot: a b
--- 1 min
Ana: c
bot: a b c
Bo: 2
bot: 1 2
";

/// Schedules that are played at the same time: while some wait for the store, others go on.
const AT_ONCE: usize = 16;

/// Plays the talk under as many seeds.
fn copies_change_nothing(kind: Kind, store: &Arc<dyn Store>, seeds: Range<u64>) {
    let talk = Transcript::parse(TALK).unwrap();
    let plays = async |seed| {
        let hostile = talk.under(Hostile::new(seed).on(Arc::clone(store)));
        let played = hostile.check(diary).await;
        played.unwrap_or_else(|mismatch| panic!("{}: {mismatch}", kind.name));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let played = stream::iter(seeds).map(plays).buffer_unordered(AT_ONCE);
    runtime.block_on(played.collect::<()>());
}

#[test]
fn copies_change_nothing_and_get_the_same_answer() {
    for (kind, store) in stores() {
        let seeds = seeds(if kind.part == 1 { 1_000 } else { 200 });
        copies_change_nothing(kind, &store, seeds.clone());
        println!("{}: schedules {seeds:?}, 0 double, 0 lost, 0 different", kind.name);
    }
}

#[test]
fn a_crash_at_each_store_call_changes_nothing() {
    let talk = Transcript::parse(TALK).unwrap();
    for (kind, store) in stores() {
        let runs =
            runtime().block_on(talk.under(Hostile::new(0).on(store)).crash_everywhere(diary));
        println!("{}: {runs} single faults", kind.name);
    }
}
