//! What a turn plans to say later: a template at a moment, unless it is called off.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Record, Stored, Timer, Uninvited, clock::Timestamp, from_note, to_note},
    message::{IntoFilled, InvalidValues, Outbound},
};

/// A notification that is sent at a moment, however long after the turn that plans it.
///
/// Returned beside a reply it is kept with the turn. When its moment comes, the template is sent, or
/// while the session is open the free-form text if there is one. Another one of its name takes its
/// place, and a [`CallOff`] removes it.
///
/// The contact must have opted in, before or with the same reply: otherwise the turn fails, and
/// nothing is kept or sent. STOP removes all of them.
///
/// ```
/// use std::time::Duration;
///
/// use chinwag::{Reply, Result, Text, Turn, conversation::OptIn, dispatch::Later, template};
///
/// template! {
///     /// Reminds of an appointment.
///     pub struct Reminder { what, when }
///     name: "appointment",
///     body: "Your {{1}} appointment is coming up on {{2}}.",
/// }
///
/// async fn book(turn: &Turn) -> Result<Reply> {
///     let moment = turn.now().after(Duration::from_hours(48));
///     let reminder = Reminder { what: "dental".into(), when: "12/1".into() };
///     let reminder = Later::at(moment, "reminder", reminder)?.or_say("See you tomorrow?");
///     let opt_in = OptIn::with(turn.text());
///     Ok(Reply::text("Booked; we will remind you.").opting_in(opt_in).later(reminder))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    name: String,
    due: Timestamp,
    message: Outbound,
}

/// Removes the [`Later`] of this name, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallOff(pub String);

/// What a reply changes of what is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Plan {
    Set(Later),
    CallOff(String),
}

impl Later {
    /// This template at this moment; at once, if it is over. The name is the author's: one of each
    /// in a conversation.
    ///
    /// # Errors
    /// If WhatsApp would refuse a value of the template.
    pub fn at(
        due: Timestamp,
        name: impl Into<String>,
        template: impl IntoFilled,
    ) -> Result<Self, InvalidValues> {
        let message = Outbound::template(template.into_filled()?);
        Ok(Self { name: name.into(), due, message })
    }

    /// While the session is open, this text is sent in place of the template.
    #[must_use]
    pub fn or_say(self, text: impl Into<String>) -> Self {
        Self { message: self.message.with_body(text), ..self }
    }

    /// In quiet hours too: what the contact waits for, such as a one-time code.
    #[must_use]
    pub fn at_any_hour(self) -> Self {
        Self { message: Outbound { at_any_hour: true, ..self.message }, ..self }
    }
}

impl CallOff {
    /// The one of this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

/// What is planned in a conversation, by name; the moments are timers of the record.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Laters(BTreeMap<String, Outbound>);

impl Stored for Laters {
    /// Also what the names of the timers begin with.
    const NAME: &'static str = "chinwag.later";
}

impl Laters {
    /// What is kept; nothing, and a line in the log, if it cannot be read.
    fn of(record: &Record) -> Self {
        let Some(note) = record.remembered(Self::NAME) else { return Self::default() };
        from_note(note).unwrap_or_else(|error| {
            tracing::error!(%error, "what was planned is not said");
            Self::default()
        })
    }

    /// Keeps it; a timer of what is planned no more goes.
    pub(super) fn keep(&self, record: &mut Record) {
        let timers = record.timers().iter().filter_map(|timer| Some((timer, planned(timer)?)));
        let gone = timers.filter(|(_, name)| !self.0.contains_key(*name));
        let gone: Vec<_> = gone.map(|(timer, _)| timer.name.clone()).collect();
        for name in gone {
            record.cancel_timer(&name);
        }
        if self.0.is_empty() {
            record.forget(Self::NAME);
        } else {
            let note = to_note(self).expect("texts and lists are always JSON");
            record.remember(Self::NAME, &note);
        }
    }
}

/// The name of what is planned for this timer, if it is one of these.
fn planned(timer: &Timer) -> Option<&str> {
    timer.name.strip_prefix(Laters::NAME)?.strip_prefix('/')
}

/// Makes these changes to what is planned.
///
/// # Errors
/// If something is planned for a contact who has not opted in.
pub(super) fn plan(plans: Vec<Plan>, record: &mut Record) -> Result<(), Uninvited> {
    if plans.is_empty() {
        return Ok(());
    }
    let mut laters = Laters::of(record);
    for change in plans {
        match change {
            Plan::CallOff(name) => {
                laters.0.remove(&name);
            }
            Plan::Set(_) if !record.has_consent() => return Err(Uninvited::NoConsent),
            Plan::Set(Later { name, due, message }) => {
                record.set_timer(Timer::new(format!("{}/{name}", Laters::NAME), due));
                laters.0.insert(name, message);
            }
        }
    }
    laters.keep(record);
    Ok(())
}

/// What was planned for this timer, which has rung; `None` if it is no such timer.
pub(super) fn ring(timer: &Timer, record: &mut Record) -> Option<Vec<Outbound>> {
    let name = planned(timer)?;
    let mut laters = Laters::of(record);
    let message = laters.0.remove(name);
    laters.keep(record);
    Some(message.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::OptIn, message::Templates};

    const AT: fn(i64) -> Timestamp = Timestamp::from_millis;

    fn later(name: &str, due: i64) -> Plan {
        let filled = Templates::sandbox().get("code").unwrap().fill(["a", name]);
        Plan::Set(Later::at(AT(due), name, filled).unwrap())
    }

    fn call_off(name: &str) -> Plan {
        Plan::CallOff(name.to_owned())
    }

    #[test]
    fn what_is_planned_rings_unless_it_is_replaced_or_called_off() {
        let mut record = Record::default();
        assert_eq!(plan(vec![later("a", 1)], &mut record), Err(Uninvited::NoConsent));
        assert_eq!(record.due(), None);
        record.opts_in(OptIn::with("yes"), AT(0));
        let plans = vec![later("a", 5), later("b", 6), later("c", 7), later("a", 8), call_off("b")];
        plan(plans, &mut record).unwrap();
        plan(vec![call_off("z")], &mut record).unwrap();
        let mut rung = Vec::new();
        while let Some(timer) = record.ring(AT(9)) {
            let said = ring(&timer, &mut record).unwrap();
            let values = said.iter().map(|one| one.template.as_ref().unwrap().values()[1].clone());
            rung.push((timer.due, values.collect::<Vec<_>>()));
        }
        assert_eq!(rung, [(AT(7), vec!["c".to_owned()]), (AT(8), vec!["a".to_owned()])]);
        assert_eq!(record.remembered(Laters::NAME), None);
        assert_eq!(ring(&Timer::new("chinwag.dialogue", AT(1)), &mut record), None);
    }

    #[test]
    fn nothing_is_planned_any_more_after_a_stop() {
        let mut record = Record::default();
        record.opts_in(OptIn::with("yes"), AT(0));
        plan(vec![later("a", 5), later("b", 6)], &mut record).unwrap();
        Laters::default().keep(&mut record);
        assert_eq!((record.due(), record.remembered(Laters::NAME)), (None, None));
    }
}
