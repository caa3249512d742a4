//! Does all jobs that wait in one transaction, and has all that was committed kept by one sync of the
//! disk.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::runtime::Handle;

use super::{job::Job, keeper::Keeper, writer::Writer};

/// Jobs of one transaction, at most: who comes later waits for milliseconds, and not longer.
const MOST_JOBS: usize = 1_024;
/// How long other processes wait for the lanes after the last job.
const LINGER: Duration = Duration::from_millis(3);

/// All that waits for the file, and the file.
///
/// While the disk syncs, only jobs that are quick are done: the others would have to wait for the
/// next sync anyway, and many of them are cheaper in one transaction than in several.
pub(super) struct Clerk {
    desk: Mutex<Desk>,
    /// Something may be done, and a thread lingers for it.
    bell: Condvar,
    writer: Mutex<Option<Writer>>,
    keeper: Mutex<Keeper>,
}

/// What lies there, and which threads work at it; they come when there is something, and go.
#[derive(Default)]
struct Desk {
    quick: Vec<Box<dyn Job>>,
    lasting: Vec<Box<dyn Job>>,
    /// Done, and not to be told before it is on the disk.
    written: Vec<Box<dyn Job>>,
    is_writing: bool,
    is_lingering: bool,
    is_keeping: bool,
}

impl Clerk {
    pub(super) fn new(writer: Writer, keeper: Keeper) -> Self {
        let (writer, keeper) = (Mutex::new(Some(writer)), Mutex::new(keeper));
        Self { desk: Mutex::default(), bell: Condvar::new(), writer, keeper }
    }

    /// Has this done soon.
    pub(super) fn ask(self: &Arc<Self>, job: Box<dyn Job>) {
        let mut desk = lock(&self.desk);
        if job.kind().is_lasting() { &mut desk.lasting } else { &mut desk.quick }.push(job);
        if self.needs_writer(&mut desk) {
            drop(desk);
            self.call(Self::write);
        }
    }

    /// Does what may be done until nothing may.
    fn write(self: &Arc<Self>) {
        let mut linger = Duration::ZERO;
        loop {
            if let Some(jobs) = self.next(linger) {
                self.work(jobs);
                linger = if self.holds_lanes() { LINGER } else { Duration::ZERO };
            } else if linger.is_zero() {
                return;
            } else {
                linger = Duration::ZERO;
                if let Some(writer) = &mut *lock(&self.writer) {
                    writer.step_aside();
                }
            }
        }
    }

    fn work(self: &Arc<Self>, jobs: Vec<Box<dyn Job>>) {
        let is_one = jobs.len() == 1;
        let written = work(&mut lock(&self.writer), jobs);
        let mut desk = lock(&self.desk);
        desk.written.extend(written);
        if desk.written.is_empty() || desk.is_keeping {
            return;
        }
        desk.is_keeping = true;
        let is_alone = is_one && desk.quick.is_empty();
        drop(desk);
        // Whoever is alone is served fastest without a second thread.
        if is_alone {
            self.keep();
        } else {
            self.call(Self::keep);
        }
    }

    fn holds_lanes(&self) -> bool {
        lock(&self.writer).as_ref().is_some_and(Writer::holds_lanes)
    }

    /// The jobs of the next transaction, if they come within this time; without a time `None` lets
    /// the writing thread go.
    fn next(&self, linger: Duration) -> Option<Vec<Box<dyn Job>>> {
        let mut desk = lock(&self.desk);
        if !desk.has_work() && !linger.is_zero() {
            desk.is_lingering = true;
            let waited = self.bell.wait_timeout_while(desk, linger, |desk| !desk.has_work());
            desk = waited.unwrap_or_else(PoisonError::into_inner).0;
            desk.is_lingering = false;
        }
        let mut jobs = cut(&mut desk.quick, MOST_JOBS);
        if !desk.is_keeping {
            let room = MOST_JOBS - jobs.len();
            jobs.append(&mut cut(&mut desk.lasting, room));
        }
        desk.is_writing = !jobs.is_empty() || !linger.is_zero();
        (!jobs.is_empty()).then_some(jobs)
    }

    /// Whether the caller must become the writing thread, or find one.
    fn needs_writer(&self, desk: &mut Desk) -> bool {
        if desk.is_lingering && desk.has_work() {
            self.bell.notify_one();
        }
        desk.has_work() && !std::mem::replace(&mut desk.is_writing, true)
    }

    /// Syncs until all that is written is kept, and goes on with what had to wait for that.
    fn keep(self: &Arc<Self>) {
        loop {
            let mut desk = lock(&self.desk);
            let written = std::mem::take(&mut desk.written);
            if !written.is_empty() {
                drop(desk);
                lock(&self.keeper).keep(written);
                continue;
            }
            desk.is_keeping = false;
            if self.needs_writer(&mut desk) {
                drop(desk);
                self.write();
            }
            return;
        }
    }

    /// Finishes what waits, and closes the file.
    pub(super) fn close(&self) {
        let mut writer = lock(&self.writer);
        let mut desk = lock(&self.desk);
        let mut jobs = std::mem::take(&mut desk.quick);
        jobs.append(&mut desk.lasting);
        let mut written = std::mem::take(&mut desk.written);
        drop(desk);
        written.extend(work(&mut writer, jobs));
        // Whoever keeps something just now is done with it, once the lock is ours.
        lock(&self.keeper).keep(written);
        drop(writer.take());
    }

    /// Has a thread of the runtime do this, as that lets no virtual time pass meanwhile.
    fn call(self: &Arc<Self>, work: fn(&Arc<Self>)) {
        let clerk = Arc::clone(self);
        let shift = Shift(Some(move || work(&clerk)));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(shift))),
            Err(_) => drop(thread::spawn(move || drop(shift))),
        }
    }
}

impl Desk {
    /// Whether something may be done.
    fn has_work(&self) -> bool {
        !self.quick.is_empty() || !self.is_keeping && !self.lasting.is_empty()
    }
}

/// Works wherever it ends: also if the runtime drops it unheard.
struct Shift<W: FnOnce()>(Option<W>);

impl<W: FnOnce()> Drop for Shift<W> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            work();
        }
    }
}

/// The first of these, so many at most.
fn cut<T>(items: &mut Vec<T>, most: usize) -> Vec<T> {
    let rest = items.split_off(most.min(items.len()));
    std::mem::replace(items, rest)
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
