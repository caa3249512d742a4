//! What waits for a thread, which comes when something waits and goes when nothing does.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::runtime::Handle;

/// What waits for a thread.
pub(super) struct Line<T>(Mutex<Waiting<T>>);

struct Waiting<T> {
    items: Vec<T>,
    /// A thread works at them, or is on its way.
    has_thread: bool,
}

impl<T> Line<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Waiting { items: Vec::new(), has_thread: false }))
    }

    /// Whether a thread must be called for these: it must take until there is nothing.
    pub(super) fn add(&self, items: impl IntoIterator<Item = T>) -> bool {
        let mut waiting = lock(&self.0);
        waiting.items.extend(items);
        !std::mem::replace(&mut waiting.has_thread, true)
    }

    /// The first of what waits; `None` lets the thread go.
    pub(super) fn take(&self, most: usize) -> Option<Vec<T>> {
        let mut waiting = lock(&self.0);
        if waiting.items.is_empty() {
            waiting.has_thread = false;
            return None;
        }
        let many = most.min(waiting.items.len());
        let rest = waiting.items.split_off(many);
        Some(std::mem::replace(&mut waiting.items, rest))
    }

    /// Nothing waits, and nobody works at anything.
    pub(super) fn is_idle(&self) -> bool {
        !lock(&self.0).has_thread
    }

    /// Nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).items.is_empty()
    }
}

/// Has this done by a thread of the runtime, as that lets no virtual time pass meanwhile.
pub(super) fn call(work: impl FnOnce() + Send + 'static) {
    let shift = Shift(Some(work));
    match Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(move || drop(shift))),
        Err(_) => drop(thread::spawn(move || drop(shift))),
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
