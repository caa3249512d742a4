//! What every store must do, as a suite that the author of a store runs against it.

mod consents;
mod copies;
mod crash;
mod crowd;
mod deliveries;
mod lane;
mod lease;
mod parcels;
mod records;
mod timers;
mod worker;

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;

use self::worker::Workers;
use super::Store;

/// What a check found; an error is a sentence about what the store does wrong.
type Finding = Result<(), String>;

/// One thing that every store must do, as a sentence, and how it is checked.
struct Check {
    name: &'static str,
    run: fn(Workers) -> BoxFuture<'static, Finding>,
}

/// Lists checks by the names of their functions.
macro_rules! checks {
    ($($module:ident: $($name:ident)+;)+) => {
        &[$($(Check {
            name: stringify!($name),
            run: |workers| Box::pin($module::$name(workers)),
        }),+),+]
    };
}

const CHECKS: &[Check] = checks! {
    records: a_committed_record_is_read_by_every_worker
        a_turn_that_is_given_back_changes_nothing
        texts_and_bytes_come_back_as_they_were
        a_silent_conversation_is_forgotten_after_a_year
        a_sweep_keeps_what_is_still_needed;
    copies: each_copy_gets_the_same_bytes
        an_account_and_a_message_make_a_turn
        an_answer_is_kept_for_a_day
        a_copy_waits_for_the_first
        answered_turns_need_no_lane;
    lane: turns_of_one_conversation_go_in_the_order_of_their_asking
        conversations_do_not_wait_for_each_other
        a_place_may_be_given_up
        a_place_runs_out_unless_it_is_asked_for_again
        a_turn_that_is_given_back_lets_the_next_begin;
    lease: a_lease_runs_out_and_can_no_longer_commit
        a_lease_that_nobody_took_may_still_commit
        a_lease_can_be_extended
        an_old_lease_ends_no_newer_one
        a_commit_done_again_changes_nothing;
    timers: a_timer_rings_when_it_is_due_and_not_before
        a_timer_rings_for_one_worker
        a_timer_whose_worker_died_rings_again
        a_commit_sets_and_cancels_timers
        the_longest_waiting_ring_first;
    parcels: parcels_go_in_order_one_at_a_time
        a_parcel_is_claimed_by_one_worker
        a_parcel_that_is_tried_again_holds_up_those_behind_it
        a_later_parcel_holds_up_nobody
        parcels_are_posted_once
        settling_is_idempotent
        a_parcel_whose_worker_died_is_claimed_again
        whoever_never_claimed_a_parcel_learns_whether_it_waits;
    deliveries: what_was_sent_is_kept_and_no_parcel_any_more
        every_order_of_reports_ends_the_same
        words_that_are_not_known_hide_no_known_one
        only_a_closed_session_brings_a_replacement
        what_was_not_heard_of_is_told_to_one_worker
        deliveries_are_kept_for_a_month
        a_settling_that_is_dropped_is_done_or_can_be_done_again
        three_workers_end_where_one_would;
    consents: whose_consent_is_kept_is_found_page_by_page;
    crash: a_crash_between_two_calls_loses_nothing_and_doubles_nothing
        a_call_that_is_dropped_is_done_or_not_done;
    crowd: three_workers_lose_nothing_double_nothing_and_keep_the_order
        parcels_of_many_conversations_go_out_once_and_in_order;
};

/// What a store does wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The check that found it, as a sentence.
    pub check: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check.replace('_', " "), self.found)
    }
}

/// Checks a store: `open` gives as many workers as it is asked for on one new and empty store,
/// which keeps silent conversations for [`SILENCE_KEPT`](super::SILENCE_KEPT). For a store that
/// lives within a process, all workers may be the same.
///
/// Time in these checks is told to the store and passes in jumps.
///
/// ```
/// use std::sync::Arc;
///
/// use chinwag::store::{Memory, Store, contract};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// contract::holds(|workers| async move {
///     let store: Arc<dyn Store> = Arc::new(Memory::new());
///     vec![store; workers]
/// })
/// .await;
/// # }
/// ```
///
/// # Panics
/// If the store does something wrong; the message lists all of it.
pub async fn holds<F>(open: impl Fn(usize) -> F)
where
    F: Future<Output = Vec<Arc<dyn Store>>>,
{
    let violations = violations(open).await;
    let list: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "the store breaks its contract:\n- {}", list.join("\n- "));
}

/// Like [`holds`], but returns what is wrong.
pub async fn violations<F>(open: impl Fn(usize) -> F) -> Vec<Violation>
where
    F: Future<Output = Vec<Arc<dyn Store>>>,
{
    let mut violations = Vec::new();
    for check in CHECKS {
        let workers = Workers::new(open(3).await);
        if let Err(found) = (check.run)(workers).await {
            violations.push(Violation { check: check.name, found });
        }
    }
    violations
}
