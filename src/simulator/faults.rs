//! What goes wrong on purpose: calls that are lost, late, double or out of order.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Most faults at a time.
const MOST: usize = 100;
/// Longest delay.
const LONGEST: Duration = Duration::from_hours(1);

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// It is never made; an attachment is not there.
    Lose,
    /// It is made later, and what comes behind it in the conversation as well.
    Delay,
    /// It is made twice; the first answer is lost.
    Double,
    /// It is made later, behind what comes meanwhile.
    Reorder,
    /// It is made, and its answer comes too late.
    Late,
}

/// What calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum On {
    /// A person's message to the bot.
    Webhook,
    /// What became of the bot's message.
    Status,
    /// A person's attachment, which the bot asks for.
    Media,
}

/// What goes wrong, with what, and when; without `next` and `every`, always.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a fault: an object with a \"kind\", an \"on\", and perhaps \"next\" or \"every\""
)]
pub(super) struct Wanted {
    kind: Kind,
    on: On,
    #[serde(default)]
    next: Option<u32>,
    #[serde(default)]
    every: Option<u32>,
    #[serde(default)]
    seconds: Option<f64>,
}

/// A fault that is set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Fault {
    pub(super) id: u64,
    kind: Kind,
    on: On,
    /// How many more it will strike; none if there is no end.
    next: Option<u32>,
    /// Of how many calls it strikes one.
    every: u32,
    /// How long what is delayed waits, in seconds of real time.
    seconds: f64,
    /// How many calls came by.
    seen: u32,
    /// How many it struck.
    struck: u32,
}

/// What a fault does to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Strike {
    pub(super) kind: Kind,
    /// How long what is delayed waits.
    pub(super) delay: Duration,
}

/// All faults that are set.
#[derive(Debug, Default)]
pub(super) struct Faults {
    set: Vec<Fault>,
    given: u64,
}

impl Faults {
    pub(super) fn all(&self) -> &[Fault] {
        &self.set
    }

    /// Sets a fault, or says why not: a sentence that names the field.
    pub(super) fn set(&mut self, wanted: &Wanted) -> Result<Fault, String> {
        let Wanted { kind, on, next, every, seconds } = *wanted;
        if next.is_some() && every.is_some() {
            return Err("next and every exclude each other; leave one out".to_owned());
        }
        for (field, number) in [("next", next), ("every", every)] {
            if number == Some(0) {
                return Err(format!("{field}: it must be at least 1"));
            }
        }
        if on == On::Media && kind != Kind::Lose {
            return Err("kind: attachments can only be lost".to_owned());
        }
        let seconds = seconds.unwrap_or(2.0);
        if !(0.0..=LONGEST.as_secs_f64()).contains(&seconds) {
            return Err(format!("seconds: it must be from 0 to {}", LONGEST.as_secs()));
        }
        if self.set.len() == MOST {
            return Err(format!("there are {MOST} faults already; DELETE /sim/faults ends them"));
        }
        self.given += 1;
        let every = every.unwrap_or(1);
        let fault = Fault { id: self.given, kind, on, next, every, seconds, seen: 0, struck: 0 };
        self.set.push(fault.clone());
        Ok(fault)
    }

    /// Ends one fault; `false` if there is none of this id.
    pub(super) fn end(&mut self, id: u64) -> bool {
        let before = self.set.len();
        self.set.retain(|fault| fault.id != id);
        self.set.len() < before
    }

    /// Ends all.
    pub(super) fn clear(&mut self) {
        self.set.clear();
    }

    /// What goes wrong with a call that is made now: the first fault that strikes.
    pub(super) fn strike(&mut self, on: On) -> Option<Strike> {
        let meant = self.set.iter_mut().filter(|fault| fault.on == on);
        let mut strike = None;
        for fault in meant {
            fault.seen = fault.seen.saturating_add(1);
            if strike.is_none() && fault.seen.is_multiple_of(fault.every) && fault.next != Some(0) {
                fault.struck += 1;
                fault.next = fault.next.map(|left| left - 1);
                let delay = Duration::from_secs_f64(fault.seconds);
                strike = Some(Strike { kind: fault.kind, delay });
            }
        }
        self.set.retain(|fault| fault.next != Some(0));
        strike
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(faults: &mut Faults, json: serde_json::Value) -> Result<Fault, String> {
        let wanted = serde_json::from_value(json).map_err(|error| error.to_string())?;
        faults.set(&wanted)
    }

    /// Which of so many calls are struck.
    fn struck(json: serde_json::Value, calls: usize) -> Vec<usize> {
        let mut faults = Faults::default();
        set(&mut faults, json).unwrap();
        (1..=calls).filter(|_| faults.strike(On::Webhook).is_some()).collect()
    }

    #[test]
    fn a_fault_strikes_the_next_ones_or_every_so_many_or_all() {
        let fault = |when: serde_json::Value| {
            let mut fault = json!({"kind": "lose", "on": "webhook"});
            fault.as_object_mut().unwrap().extend(when.as_object().unwrap().clone());
            fault
        };
        assert_eq!(struck(fault(json!({"next": 2})), 5), [1, 2]);
        assert_eq!(struck(fault(json!({"every": 2})), 5), [2, 4]);
        assert_eq!(struck(fault(json!({})), 3), [1, 2, 3]);
        assert!(struck(json!({"kind": "lose", "on": "status"}), 3).is_empty());
    }

    #[test]
    fn what_is_no_fault_is_named_by_its_field() {
        for (json, expected) in [
            (json!({"kind": "explode", "on": "webhook"}), "unknown variant"),
            (json!({"kind": "lose", "on": "webhook", "next": 0}), "next: "),
            (json!({"kind": "lose", "on": "webhook", "next": 1, "every": 2}), "next and every"),
            (json!({"kind": "late", "on": "media"}), "kind: "),
            (json!({"kind": "delay", "on": "status", "seconds": -1.0}), "seconds: "),
        ] {
            let said = set(&mut Faults::default(), json).unwrap_err();
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
