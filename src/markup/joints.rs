//! Which styles can stand: those whose outermost markers touch no word.

use super::plan::Run;

/// A place where runs begin or end, and whether words stand around it.
#[derive(Debug)]
pub(super) struct Joint {
    at: usize,
    closers: usize,
    openers: usize,
    word_before: bool,
    word_after: bool,
}

impl Joint {
    pub(super) fn new(at: usize, word_before: bool, word_after: bool) -> Self {
        Self { at, closers: 0, openers: 0, word_before, word_after }
    }

    /// Whether an opener here is the first marker behind a word.
    fn stops_openers(&self) -> bool {
        self.word_before && self.closers == 0
    }

    /// Whether a closer here is the last marker before a word.
    fn stops_closers(&self) -> bool {
        self.word_after && self.openers == 0
    }
}

/// Drops runs until all can stand. One that goes no longer shields its neighbours from a word, so
/// they are asked again, forwards and backwards: chains of neighbours fall in one go.
pub(super) fn keep_standing(runs: &mut Vec<Run>, mut joints: Vec<Joint>) {
    let seat = |at: usize| joints.partition_point(|joint| joint.at < at);
    let seats: Vec<(usize, usize)> =
        runs.iter().map(|run| (seat(run.range.start), seat(run.range.end))).collect();
    for &(start, end) in &seats {
        joints[start].openers += 1;
        joints[end].closers += 1;
    }
    let mut stands = vec![true; runs.len()];
    let mut settled = false;
    while !settled {
        settled = true;
        for at in (0..seats.len()).chain((0..seats.len()).rev()) {
            let (start, end) = seats[at];
            if stands[at] && (joints[start].stops_openers() || joints[end].stops_closers()) {
                stands[at] = false;
                settled = false;
                joints[start].openers -= 1;
                joints[end].closers -= 1;
            }
        }
    }
    let mut stands = stands.into_iter();
    runs.retain(|_| stands.next().unwrap_or(true));
}
