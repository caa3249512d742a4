//! Does all jobs that wait in one transaction with one sync, on a thread that comes when there is
//! something to do and goes when there is nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use super::{job::Job, writer::Writer};

/// Jobs of one transaction, at most: who comes later waits for milliseconds, and not longer.
const MOST_JOBS: usize = 1_024;

/// All that waits for the file, and the file.
pub(super) struct Clerk {
    waiting: Mutex<Waiting>,
    writer: Mutex<Option<Writer>>,
}

#[derive(Default)]
struct Waiting {
    jobs: Vec<Box<dyn Job>>,
    /// A thread works at them, or is on its way.
    has_thread: bool,
}

impl Clerk {
    pub(super) fn new(writer: Writer) -> Self {
        Self { waiting: Mutex::default(), writer: Mutex::new(Some(writer)) }
    }

    /// Has this done soon.
    pub(super) fn ask(self: &Arc<Self>, job: Box<dyn Job>) {
        let mut waiting = lock(&self.waiting);
        waiting.jobs.push(job);
        if !waiting.has_thread {
            waiting.has_thread = true;
            drop(waiting);
            Shift(Arc::clone(self)).call();
        }
    }

    /// Finishes what waits, and closes the file.
    pub(super) fn close(&self) {
        let mut writer = lock(&self.writer);
        while let Some(jobs) = self.take() {
            work(&mut writer, jobs);
        }
        drop(writer.take());
    }

    fn take(&self) -> Option<Vec<Box<dyn Job>>> {
        let mut waiting = lock(&self.waiting);
        if waiting.jobs.is_empty() {
            waiting.has_thread = false;
            return None;
        }
        let many = MOST_JOBS.min(waiting.jobs.len());
        let rest = waiting.jobs.split_off(many);
        Some(std::mem::replace(&mut waiting.jobs, rest))
    }
}

/// Works until nothing waits any more, wherever it ends: also if the runtime drops it unheard.
struct Shift(Arc<Clerk>);

impl Shift {
    /// On a thread of the runtime, as that lets no virtual time pass while one of them works.
    fn call(self) {
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(self))),
            Err(_) => drop(thread::spawn(move || drop(self))),
        }
    }
}

impl Drop for Shift {
    fn drop(&mut self) {
        while let Some(jobs) = self.0.take() {
            work(&mut lock(&self.0.writer), jobs);
        }
    }
}

/// A panic costs these jobs, and those who wait for them are told by its end.
fn work(writer: &mut Option<Writer>, jobs: Vec<Box<dyn Job>>) {
    let Some(writer) = writer else { return };
    if catch_unwind(AssertUnwindSafe(|| writer.work(jobs))).is_err() {
        tracing::error!("the sqlite store has panicked; what it was asked for is not done");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
