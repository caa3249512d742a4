//! Promise 1: effects once, answers always.

use std::sync::Arc;

use chinwag::{
    store::Store,
    testkit::{Hostile, Transcript},
};

use super::{
    bots::diary,
    runtime, schedules,
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

/// Plays the talk under as many seeds; the threads share them.
fn copies_change_nothing(kind: Kind, store: &Arc<dyn Store>, seeds: u64) {
    const THREADS: u64 = 2;
    let talk = Transcript::parse(TALK).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let talk = &talk;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.unwrap();
                for seed in (thread..seeds).step_by(usize::try_from(THREADS).unwrap()) {
                    let hostile = talk.under(Hostile::new(seed).on(Arc::clone(store)));
                    let played = runtime.block_on(hostile.check(diary));
                    played.unwrap_or_else(|mismatch| panic!("{}: {mismatch}", kind.name));
                }
            });
        }
    });
}

#[test]
fn copies_change_nothing_and_get_the_same_answer() {
    for (kind, store) in stores() {
        let seeds = schedules(1_000 / kind.part);
        copies_change_nothing(kind, &store, seeds);
        println!("{}: {seeds} schedules, 0 double, 0 lost, 0 different", kind.name);
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
