//! What goes wrong, and when: drawn from a seed, or one chosen fault.

use std::{sync::Mutex, time::Duration};

use fastrand::Rng;

use super::{Call, Fault, Step};
use crate::testkit::cluster::lock;

/// Copies of a message, the first included.
const MOST_COPIES: u32 = 20;
/// Faults while one message is carried: with more, nothing would be answered in the end.
const MOST_FAULTS: u32 = 8;
/// Milliseconds of calls that are a little late, which is what mixes the workers' steps.
const JITTER: u64 = 40;

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plan {
    /// Whatever this seed gives.
    Seeded(u64),
    /// This fault at the call of this number, and nothing else.
    Only(u64, Fault),
}

impl Plan {
    /// Its number, which tells chats on one store apart.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Seeded(seed) => seed,
            Self::Only(call, fault) => {
                const BEHIND_THE_SEEDS: u64 = 1 << 40;
                let kind = match fault {
                    Fault::Refused => 0,
                    Fault::Lost => 1,
                    Fault::CrashBefore => 2,
                    Fault::CrashAfter => 3,
                    Fault::Late(_) => 4,
                    Fault::LateAnswer(_) => 5,
                };
                BEHIND_THE_SEEDS + 8 * call + kind
            }
        }
    }
}

/// Decides what goes wrong; the same plan decides the same.
#[derive(Debug)]
pub(super) struct Fate {
    plan: Plan,
    drawn: Mutex<Drawn>,
}

#[derive(Debug)]
struct Drawn {
    rng: Rng,
    /// Faults that may still happen to this message.
    faults: u32,
    attempts: usize,
}

impl Fate {
    pub(super) fn new(plan: Plan) -> Self {
        let drawn = Drawn { rng: Rng::with_seed(plan.number()), faults: 0, attempts: 0 };
        Self { plan, drawn: Mutex::new(drawn) }
    }

    /// How many workers there are, if nobody has said it.
    pub(super) fn workers(&self) -> usize {
        self.draw(2, |rng| rng.usize(1..=3))
    }

    /// After how long each further copy of a message comes: most while it is at work, some later.
    pub(super) fn copies(&self) -> Vec<Duration> {
        let mut drawn = lock(&self.drawn);
        if !self.is_seeded() {
            return Vec::new();
        }
        let rng = &mut drawn.rng;
        let further = if rng.bool() { rng.u32(0..4) } else { rng.u32(0..MOST_COPIES) };
        let delay = |rng: &mut Rng| match rng.u8(0..10) {
            0 | 1 => 0,
            2..=5 => rng.u64(0..200),
            6 | 7 => rng.u64(0..15_000),
            8 => rng.u64(0..600_000),
            _ => rng.u64(0..20 * 3_600_000),
        };
        let copies = (0..further).map(|_| Duration::from_millis(delay(rng))).collect();
        drawn.faults = drawn.rng.u32(0..=MOST_FAULTS);
        copies
    }

    /// A few more faults may happen.
    pub(super) fn provides(&self) {
        let mut drawn = lock(&self.drawn);
        if self.is_seeded() {
            drawn.faults = drawn.rng.u32(0..=MOST_FAULTS);
        }
    }

    /// What goes wrong in this call.
    pub(super) fn of(&self, call: Call) -> Option<Fault> {
        if let Plan::Only(number, fault) = self.plan {
            return (number == call.number).then_some(fault);
        }
        let mut drawn = lock(&self.drawn);
        let Drawn { rng, faults, .. } = &mut *drawn;
        let percent = match call.step {
            Step::Commit | Step::Settle => 50,
            Step::Begin => 8,
            _ => 15,
        };
        if *faults == 0 || rng.u32(0..100) >= percent {
            let jitter = Duration::from_millis(rng.u64(0..JITTER));
            return match rng.u8(0..6) {
                0 => Some(Fault::Late(jitter)),
                1 => Some(Fault::LateAnswer(jitter)),
                _ => None,
            };
        }
        *faults -= 1;
        // Longer than a lease: what it does then, it does too late.
        let stall = |rng: &mut Rng| Duration::from_millis(rng.u64(4_000..12_000));
        Some(match rng.u8(0..12) {
            0..=2 => Fault::CrashBefore,
            3..=5 => Fault::CrashAfter,
            6 | 7 => Fault::Refused,
            8 | 9 => Fault::Lost,
            10 => Fault::Late(stall(rng)),
            _ => Fault::LateAnswer(stall(rng)),
        })
    }

    /// To which of these workers a message comes.
    pub(super) fn worker(&self, workers: usize) -> usize {
        let mut drawn = lock(&self.drawn);
        drawn.attempts += 1;
        if self.is_seeded() { drawn.rng.usize(0..workers) } else { drawn.attempts % workers }
    }

    /// Whether an answer gets lost on its way back.
    pub(super) fn loses_answer(&self) -> bool {
        self.draw(false, |rng| rng.u8(0..5) == 0)
    }

    /// Whether the carrier hangs up when it has waited for too long.
    pub(super) fn hangs_up(&self) -> bool {
        self.draw(true, Rng::bool)
    }

    /// How long until a message comes again.
    pub(super) fn pause(&self) -> Duration {
        self.draw(Duration::from_secs(1), |rng| Duration::from_millis(rng.u64(0..2_500)))
    }

    /// How long a worker is away after a crash.
    pub(super) fn away(&self) -> Duration {
        self.draw(Duration::from_millis(100), |rng| Duration::from_millis(rng.u64(0..8_000)))
    }

    fn is_seeded(&self) -> bool {
        matches!(self.plan, Plan::Seeded(_))
    }

    fn draw<T>(&self, calm: T, draw: impl FnOnce(&mut Rng) -> T) -> T {
        if self.is_seeded() { draw(&mut lock(&self.drawn).rng) } else { calm }
    }
}
