//! Who gets a turn's reply: the caller who waits for it, or the outbox. Decided once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, Ordering},
};

/// The caller waits, and the turn is at work.
const WAITS: u8 = 0;
/// The turn commits a reply to the caller, who waits for it from now on.
const SERVED: u8 = 1;
/// The caller has left: the turn commits its reply to the outbox.
const LEFT: u8 = 2;

/// Somebody who waits for a turn's reply, and may leave before it is there.
///
/// The turn asks before it commits, the caller before it leaves; whoever is first decides for both,
/// so that the reply goes one way and not two or none.
///
/// ```text
///            turn: serve()
///   waits ───────────────────▶ served   leave() = no: wait for the commit
///     │
///     │ caller: leave()
///     ▼
///    left                                serve() = no: commit to the outbox
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Caller(Arc<State>);

#[derive(Debug)]
struct State {
    way: AtomicU8,
    has_begun: AtomicBool,
}

impl Caller {
    /// One who waits.
    pub(crate) fn waiting() -> Self {
        Self::that(WAITS)
    }

    /// Nobody waits: the reply goes to the outbox.
    pub(crate) fn gone() -> Self {
        Self::that(LEFT)
    }

    fn that(way: u8) -> Self {
        Self(Arc::new(State { way: AtomicU8::new(way), has_begun: AtomicBool::new(false) }))
    }

    /// The turn is this caller's own: no copy of the message is at work.
    pub(crate) fn begin(&self) {
        self.0.has_begun.store(true, Ordering::SeqCst);
    }

    /// Whether the turn is this caller's own. Until then a copy may be at work, and its reply may go
    /// to another caller.
    pub(crate) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::SeqCst)
    }

    /// The caller wants to leave; whether it may. If not, the reply is about to come.
    #[must_use = "who may not leave has to wait for the reply"]
    pub(crate) fn leave(&self) -> bool {
        self.becomes(LEFT)
    }

    /// The turn wants to commit its reply; whether the caller gets it.
    pub(super) fn serve(&self) -> bool {
        self.becomes(SERVED)
    }

    fn becomes(&self, state: u8) -> bool {
        match self.0.way.compare_exchange(WAITS, state, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => true,
            Err(decided) => decided == state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All orders in which two calls of each side can come.
    #[test]
    fn in_every_order_the_first_decides_and_it_stays_so() {
        for calls in 0_u8..1 << 4 {
            for (caller, first) in [(Caller::waiting(), None), (Caller::gone(), Some(false))] {
                let mut served = first;
                for step in 0..4 {
                    let is_turn = calls >> step & 1 == 1;
                    let is_way = if is_turn { caller.serve() } else { caller.leave() };
                    let way = *served.get_or_insert(is_turn);
                    assert_eq!(is_way, way == is_turn, "{calls:04b} at {step}");
                }
            }
        }
    }

    #[test]
    fn two_threads_never_both_have_their_way_and_never_neither() {
        for _ in 0..2_000 {
            let caller = Caller::waiting();
            let turn = caller.clone();
            let (serves, leaves) = std::thread::scope(|scope| {
                let turn = scope.spawn(move || turn.serve());
                let left = caller.leave();
                (turn.join().unwrap(), left)
            });
            assert_ne!(serves, leaves);
        }
    }
}
