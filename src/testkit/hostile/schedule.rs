//! What happened when, for whoever has to understand a failure.

use std::{
    fmt,
    sync::{Mutex, OnceLock},
    time::Duration,
};

use tokio::time::Instant;

use super::{Call, Fault, fate::Plan};
use crate::testkit::cluster::lock;

/// Lines that are shown at most: the newest.
const SHOWN: usize = 200;

/// What happened when, with the seed that makes it happen again.
#[derive(Debug)]
pub(crate) struct Schedule {
    plan: Plan,
    began: OnceLock<Instant>,
    events: Mutex<Vec<(Duration, Event)>>,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    Sent { message: u64, copy: usize, worker: usize },
    Away { message: u64, copy: usize, worker: usize },
    Came { message: u64, copy: usize, what: &'static str },
    Wrong(Call, Fault),
    Back(usize),
    Passed(Duration),
}

impl Schedule {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, began: OnceLock::new(), events: Mutex::default() }
    }

    pub(super) fn adds(&self, event: Event) {
        let began = self.began.get_or_init(Instant::now);
        lock(&self.events).push((began.elapsed(), event));
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.plan {
            Plan::Seeded(seed) => writeln!(f, "seed {seed}; the schedule so far:")?,
            Plan::Only(call, fault) => {
                writeln!(f, "store call {call}: {fault}; the schedule so far:")?;
            }
        }
        let events = lock(&self.events);
        let hidden = events.len().saturating_sub(SHOWN);
        if hidden > 0 {
            writeln!(f, "  … {hidden} earlier events")?;
        }
        for (when, event) in &events[hidden..] {
            writeln!(f, "{:>12.3} s  {event}", when.as_secs_f64())?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent { message, copy, worker } => {
                write!(f, "message {message}, copy {copy}: to worker {worker}")
            }
            Self::Away { message, copy, worker } => {
                write!(f, "message {message}, copy {copy}: worker {worker} is away")
            }
            Self::Came { message, copy, what } => {
                write!(f, "message {message}, copy {copy}: {what}")
            }
            Self::Wrong(Call { number, worker, step }, fault) => {
                write!(f, "worker {worker}, {step} (call {number}): {fault}")
            }
            Self::Back(worker) => write!(f, "worker {worker} is back, with nothing in memory"),
            Self::Passed(time) => write!(f, "{time:?} pass"),
        }
    }
}
