//! How a question is asked: with one reminder, and never pressing.

use std::time::Duration;

use chinwag::{Reply, Result, Step, Stored, dispatch::IntoReply};

/// After so long without a word we ask once more.
const REMINDER: Duration = Duration::from_hours(3);
/// After so long we do not wait any more, and say nothing of it.
const END: Duration = Duration::from_hours(24);

/// Says this, asks that, and waits for the answer in this state.
pub(super) fn asks<D: Stored>(
    state: D,
    said: impl IntoReply,
    question: impl IntoReply,
) -> Result<Step<D>> {
    let question = question.into_reply()?;
    let reminder = Reply::text("There is a question left, if you have a minute:");
    Ok(Step::next(state, said.into_reply()?.and(question.clone()))
        .remind_after(REMINDER, reminder.and(question))
        .give_up_after(END, ()))
}
