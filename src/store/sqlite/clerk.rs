//! Does all jobs that wait in one transaction, and has all that was committed meanwhile kept by one
//! sync of the disk.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use super::{
    job::Job,
    keeper::Keeper,
    line::{Line, call, lock},
    writer::Writer,
};

/// Jobs of one transaction, at most: who comes later waits for milliseconds, and not longer.
const MOST_JOBS: usize = 1_024;

/// All that waits for the file, and the file.
pub(super) struct Clerk {
    asked: Line<Box<dyn Job>>,
    writer: Mutex<Option<Writer>>,
    /// Done, and not to be told before it is on the disk.
    written: Line<Box<dyn Job>>,
    keeper: Mutex<Keeper>,
}

impl Clerk {
    pub(super) fn new(writer: Writer, keeper: Keeper) -> Self {
        let (writer, keeper) = (Mutex::new(Some(writer)), Mutex::new(keeper));
        Self { asked: Line::new(), writer, written: Line::new(), keeper }
    }

    /// Has this done soon.
    pub(super) fn ask(self: &Arc<Self>, job: Box<dyn Job>) {
        if self.asked.add([job]) {
            let clerk = Arc::clone(self);
            call(move || clerk.write());
        }
    }

    /// Does what is asked until nothing is. While the disk is at work the next transaction begins.
    fn write(self: &Arc<Self>) {
        while let Some(jobs) = self.asked.take(MOST_JOBS) {
            let written = work(&mut lock(&self.writer), jobs);
            if written.is_empty() {
                continue;
            }
            // Whoever is alone is served fastest without a second thread.
            if self.asked.is_empty() && self.written.is_idle() {
                lock(&self.keeper).keep(written);
            } else if self.written.add(written) {
                let clerk = Arc::clone(self);
                call(move || clerk.keep());
            }
        }
    }

    fn keep(&self) {
        while let Some(written) = self.written.take(usize::MAX) {
            lock(&self.keeper).keep(written);
        }
    }

    /// Finishes what waits, and closes the file.
    pub(super) fn close(&self) {
        let mut writer = lock(&self.writer);
        while let Some(jobs) = self.asked.take(MOST_JOBS) {
            lock(&self.keeper).keep(work(&mut writer, jobs));
        }
        self.keep();
        // Whoever keeps something just now is done with it.
        drop(lock(&self.keeper));
        drop(writer.take());
    }
}

/// A panic costs these jobs, and those who wait for them are told by its end.
fn work(writer: &mut Option<Writer>, jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let Some(writer) = writer else { return Vec::new() };
    let worked = catch_unwind(AssertUnwindSafe(|| writer.work(jobs)));
    worked.unwrap_or_else(|_| {
        tracing::error!("the sqlite store has panicked; what it was asked for is not done");
        Vec::new()
    })
}
