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
/// From so many jobs in a transaction on, the next one waits for as many, and so long at most: whoever
/// was just told comes back soon, and a transaction and a sync cost the same for few as for many.
const CROWD: usize = 8;
const GATHERING: Duration = Duration::from_micros(200);

/// All that waits for the file, and the file.
///
/// While the disk syncs, only jobs that are quick are done, if there are any: the others would have to
/// wait for the next sync anyway, and many of them are cheaper in one transaction than in several.
pub(super) struct Clerk {
    desk: Mutex<Desk>,
    /// What a thread waits for has come.
    bell: Condvar,
    writer: Mutex<Option<Writer>>,
    keeper: Mutex<Keeper>,
    /// How long other processes wait for the lanes after the last job.
    linger: Duration,
}

/// What lies there, and which threads work at it; they come when there is something, and go.
#[derive(Default)]
struct Desk {
    quick: Vec<Box<dyn Job>>,
    lasting: Vec<Box<dyn Job>>,
    /// Done, and not to be told before it is on the disk.
    written: Vec<Box<dyn Job>>,
    is_writing: bool,
    is_keeping: bool,
    /// So many jobs were done together lately.
    crowd: usize,
    /// So many are waited for; none if nobody waits.
    awaited: usize,
}

impl Clerk {
    pub(super) fn new(writer: Writer, keeper: Keeper, linger: Duration) -> Self {
        let (writer, keeper) = (Mutex::new(Some(writer)), Mutex::new(keeper));
        Self { desk: Mutex::default(), bell: Condvar::new(), writer, keeper, linger }
    }

    /// Has this done soon.
    pub(super) fn ask(self: &Arc<Self>, job: Box<dyn Job>) {
        let mut desk = lock(&self.desk);
        if job.kind().is_lasting() { &mut desk.lasting } else { &mut desk.quick }.push(job);
        if self.needs_writer(&mut desk) {
            drop(desk);
            self.call_writer();
        }
    }

    /// Does what may be done until nothing may, or another thread does it.
    fn write(self: &Arc<Self>) {
        let mut linger = Duration::ZERO;
        loop {
            if let Some(jobs) = self.next(linger) {
                self.work(jobs);
                if !self.keeps_and_goes_on() {
                    return;
                }
                linger = if self.holds_lanes() { self.linger } else { Duration::ZERO };
            } else if linger.is_zero() {
                return;
            } else {
                linger = Duration::ZERO;
                safely(|| lock(&self.writer).as_mut().map(Writer::step_aside));
            }
        }
    }

    fn work(&self, jobs: Vec<Box<dyn Job>>) {
        let written = work(&mut lock(&self.writer), jobs);
        lock(&self.desk).written.extend(written);
    }

    /// Syncs until all that is written is kept, unless another thread does so; meanwhile others may
    /// write. Says whether this one goes on with it: going from thread to thread takes long.
    fn keeps_and_goes_on(self: &Arc<Self>) -> bool {
        let mut desk = lock(&self.desk);
        if desk.is_keeping || desk.written.is_empty() {
            return true;
        }
        desk.is_keeping = true;
        desk.is_writing = false;
        let is_needed = self.needs_writer(&mut desk);
        drop(desk);
        if is_needed {
            self.call_writer();
        }
        let mut desk = lock(&self.desk);
        while !desk.written.is_empty() {
            let written = std::mem::take(&mut desk.written);
            drop(desk);
            safely(|| lock(&self.keeper).keep(written));
            desk = lock(&self.desk);
        }
        desk.is_keeping = false;
        if desk.is_writing {
            self.ring(&desk);
            return false;
        }
        desk.is_writing = true;
        true
    }

    fn holds_lanes(&self) -> bool {
        lock(&self.writer).as_ref().is_some_and(Writer::holds_lanes)
    }

    /// The jobs of the next transaction, if they come within this time; without a time `None` lets
    /// the writing thread go.
    fn next(&self, linger: Duration) -> Option<Vec<Box<dyn Job>>> {
        let mut desk = lock(&self.desk);
        if !linger.is_zero() {
            desk = self.wait(desk, 1, linger);
        }
        if desk.crowd >= CROWD && desk.has_work() {
            let crowd = desk.crowd;
            desk = self.wait(desk, crowd, GATHERING);
        }
        let mut jobs = cut(&mut desk.quick, MOST_JOBS);
        if !desk.is_keeping {
            let room = MOST_JOBS - jobs.len();
            jobs.append(&mut cut(&mut desk.lasting, room));
        }
        desk.crowd = jobs.len().max(desk.crowd * 3 / 4);
        desk.is_writing = !jobs.is_empty() || !linger.is_zero();
        (!jobs.is_empty()).then_some(jobs)
    }

    /// Waits until so many jobs may be done, and so long at most.
    fn wait<'a>(
        &self,
        mut desk: MutexGuard<'a, Desk>,
        jobs: usize,
        time: Duration,
    ) -> MutexGuard<'a, Desk> {
        desk.awaited = jobs;
        let waited = self.bell.wait_timeout_while(desk, time, |desk| !desk.has_all(jobs));
        desk = waited.unwrap_or_else(PoisonError::into_inner).0;
        desk.awaited = 0;
        desk
    }

    /// Whether somebody must become the writing thread.
    fn needs_writer(&self, desk: &mut Desk) -> bool {
        self.ring(desk);
        desk.has_work() && !std::mem::replace(&mut desk.is_writing, true)
    }

    /// Tells the thread that waits, if what it waits for is there.
    fn ring(&self, desk: &Desk) {
        if desk.awaited > 0 && desk.has_all(desk.awaited) {
            self.bell.notify_one();
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

    /// Has a thread of the runtime write, as that lets no virtual time pass meanwhile.
    fn call_writer(self: &Arc<Self>) {
        let clerk = Arc::clone(self);
        let shift = Shift(Some(move || clerk.write()));
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(shift))),
            Err(_) => drop(thread::spawn(move || drop(shift))),
        }
    }
}

impl Desk {
    /// Whether something may be done.
    fn has_work(&self) -> bool {
        self.has_all(1)
    }

    /// Whether so many jobs may be done.
    fn has_all(&self, jobs: usize) -> bool {
        let changes = if self.is_keeping { 0 } else { self.lasting.len() };
        self.quick.len() + changes >= jobs
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
    safely(|| writer.work(jobs)).unwrap_or_default()
}

/// A panic ends this, and not the thread that others count on.
fn safely<T>(work: impl FnOnce() -> T) -> Option<T> {
    let worked = catch_unwind(AssertUnwindSafe(work));
    if worked.is_err() {
        tracing::error!("the sqlite store has panicked; what it was asked for is not done");
    }
    worked.ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
