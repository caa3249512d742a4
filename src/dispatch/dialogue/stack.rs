//! What is kept of the dialogues that run in a conversation.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    InvalidStep,
    step::{Begin, Plan},
};
use crate::{
    conversation::{
        Record, SESSION_MARGIN, Session, Stored, Timer, clock::Timestamp, from_note, to_note,
    },
    dispatch::{Error, Excess, Reply},
    message::{Address, Outbound},
};

/// The dialogues that run in a conversation: the last has the word, and each other waits for the
/// one behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dispatch) struct Stack {
    frames: Vec<Frame>,
}

impl Stored for Stack {
    /// Also the name of its timer in the record.
    const NAME: &'static str = "chinwag.dialogue";
}

/// One running dialogue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dispatch) struct Frame {
    pub(super) name: String,
    /// The state with its version, as [`to_note`] writes it.
    pub(super) state: String,
    /// What it has asked, in WhatsApp's markup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    asked: Vec<Outbound>,
    /// It waits for what the frame behind it gives.
    #[serde(default, skip_serializing_if = "is_false")]
    is_calling: bool,
    /// How many messages were no answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    tries: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alarms: Vec<Alarm>,
}

/// What is said unasked, and when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Alarm {
    due: Timestamp,
    /// How long after each message, in milliseconds.
    after: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    says: Vec<Outbound>,
    #[serde(default, skip_serializing_if = "is_false")]
    is_end: bool,
}

/// For whom and when a dialogue steps on.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub(super) contact: Address,
    pub(super) session: Session,
    pub(super) now: Timestamp,
}

impl Frame {
    /// A dialogue in this state.
    pub(super) fn of<D: Stored>(state: &D) -> Result<Self, Error> {
        let (name, state) = (D::NAME.to_owned(), to_note(state)?);
        let (asked, alarms) = (Vec::new(), Vec::new());
        Ok(Self { name, state, asked, is_calling: false, tries: 0, alarms })
    }

    pub(in crate::dispatch) fn name(&self) -> &str {
        &self.name
    }

    /// The state as it is kept.
    #[cfg(feature = "testkit")]
    pub(in crate::dispatch) fn state(&self) -> &str {
        &self.state
    }

    /// It waits for what the frame behind it gives.
    pub(super) fn calling(self) -> Self {
        Self { is_calling: true, ..self }
    }

    /// Whether it has waited for what the frame behind it gives; it does not any more.
    pub(super) fn is_called_back(&mut self) -> bool {
        std::mem::take(&mut self.is_calling)
    }

    /// What it has asked, to be asked again.
    pub(super) fn question(&self) -> Reply {
        self.asked.iter().cloned().fold(Reply::silent(), Reply::and)
    }

    /// One more message was no answer; how many there were.
    pub(super) fn tried(&mut self) -> u32 {
        self.tries = self.tries.saturating_add(1);
        self.tries
    }

    /// Replaces what it would do unasked.
    pub(super) fn plan(&mut self, plans: Vec<Plan>, moment: &Moment) -> Result<(), Error> {
        let alarms = plans.into_iter().map(|plan| Alarm::new(plan, moment));
        self.alarms = alarms.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// The person has written: the time until it does something unasked begins anew.
    pub(super) fn begin_time_anew(&mut self, now: Timestamp) {
        for alarm in &mut self.alarms {
            alarm.due = now.after(Duration::from_millis(alarm.after));
        }
    }
}

impl Alarm {
    fn new(plan: Plan, moment: &Moment) -> Result<Self, Error> {
        let Plan { after, words, is_end } = plan;
        let due = moment.now.after(after);
        let says = words.finished(&moment.contact, Excess::Posted)?.into_messages();
        let is_over = !moment.session.is_open(due.after(SESSION_MARGIN));
        if !says.is_empty() && moment.contact.is_whatsapp() && is_over {
            return Err(InvalidStep::AfterSession { after }.into());
        }
        let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        Ok(Self { due, after, says, is_end })
    }
}

impl Stack {
    /// What is kept in the record; none, and a line in the log, if it cannot be read.
    pub(in crate::dispatch) fn of(record: &Record) -> Self {
        let Some(note) = record.remembered(Self::NAME) else { return Self::default() };
        from_note(note).unwrap_or_else(|error| {
            tracing::error!(%error, "the running dialogue is over");
            Self::default()
        })
    }

    /// Keeps it in the record, with the timer of the one that has the word.
    pub(in crate::dispatch) fn keep(&self, record: &mut Record) {
        let due = self.top().and_then(|frame| frame.alarms.iter().map(|alarm| alarm.due).min());
        match due {
            Some(due) => record.set_timer(Timer::new(Self::NAME, due)),
            None => record.cancel_timer(Self::NAME),
        }
        if self.frames.is_empty() {
            record.forget(Self::NAME);
        } else {
            let note = to_note(self).expect("texts, numbers and lists are always JSON");
            record.remember(Self::NAME, &note);
        }
    }

    /// The dialogue that has the word.
    pub(in crate::dispatch) fn top(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub(super) fn top_mut(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    /// The dialogue that had the word is over.
    pub(super) fn pop(&mut self) {
        self.frames.pop();
    }

    /// All dialogues are over.
    pub(super) fn clear(&mut self) {
        self.frames.clear();
    }

    /// These wait behind what runs already.
    pub(super) fn push(&mut self, frames: Vec<Frame>) {
        self.frames.extend(frames);
    }

    /// These have the word now.
    pub(super) fn enter(&mut self, begin: Begin, moment: &Moment) -> Result<(), Error> {
        self.push(begin.frames);
        let Some(top) = self.top_mut() else { return Ok(()) };
        top.asked = begin.question.into_messages();
        top.plan(begin.alarms, moment)
    }

    /// What the one that has the word does unasked by now; of several things the latest.
    pub(in crate::dispatch) fn ring(&mut self, now: Timestamp) -> Option<Vec<Outbound>> {
        let top = self.top_mut()?;
        top.alarms.sort_by_key(|alarm| alarm.due);
        let due = top.alarms.partition_point(|alarm| alarm.due <= now);
        let rung: Vec<_> = top.alarms.drain(..due).collect();
        // Once it gives up, nothing after that is said.
        let end = rung.iter().position(|alarm| alarm.is_end);
        let last = rung.into_iter().nth(end.unwrap_or_else(|| due.saturating_sub(1)))?;
        if last.is_end {
            self.clear();
        }
        Some(last.says)
    }

    /// The names of all that run, the one that has the word last.
    pub(in crate::dispatch) fn names(&self) -> impl Iterator<Item = &str> {
        self.frames.iter().map(|frame| frame.name.as_str())
    }
}

/// Shows the name, and neither state nor words.
impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({}, {} timers)", self.name, self.alarms.len())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
