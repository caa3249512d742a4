//! Finds out a type's shape by letting serde read it again and again, until every variant was seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Form,
    probe::{Probe, Stop},
};

/// What stands in front of a place within another one.
const WITHIN: [char; 4] = ['.', '[', '{', '<'];

/// What is known of a type, and how the next reading of it goes.
#[derive(Default)]
pub(super) struct Trace {
    pub(super) form: Form,
    /// Which variant is taken where; the first where nothing is said.
    pub(super) plan: Plan,
    /// Which of its candidates a leaf takes; the first where nothing is said.
    pub(super) candidates: BTreeMap<String, usize>,
    /// Fields that are left out: other names of the same, or to see whether they may be missing.
    pub(super) left_out: BTreeSet<String>,
    /// Optional values, lists and maps that stay empty, because they lead to their own type again.
    pub(super) empty: BTreeSet<String>,
    /// All of them stay empty.
    pub(super) is_bare: bool,
    pub(super) reading: Reading,
}

/// What has happened in one reading.
#[derive(Default)]
pub(super) struct Reading {
    /// Enums for which the plan says nothing, with the number of their variants.
    pub(super) undecided: Vec<(String, usize)>,
    pub(super) fields: Vec<String>,
    /// What stands before the newest field in the same record.
    pub(super) before: String,
    /// The newest leaf, and how many candidates it has.
    pub(super) leaf: Option<(String, usize)>,
    /// The types and the containers that the reading is in.
    pub(super) types: Vec<&'static str>,
    pub(super) containers: Vec<String>,
    /// Types that are read within themselves: how deep.
    pub(super) again: usize,
}

pub(super) type Plan = BTreeMap<String, usize>;

/// The shape, and samples that show each variant.
pub(super) fn explore<T: Serialize + DeserializeOwned>() -> Result<(Form, Vec<Value>), String> {
    let mut trace = Trace::default();
    let mut samples = Vec::new();
    let mut plans = vec![Plan::new()];
    let (mut decided, mut fields) = (BTreeSet::new(), BTreeMap::new());
    while let Some(plan) = plans.pop() {
        trace.plan.clone_from(&plan);
        samples.push(sample(&trace.finds::<T>()?)?);
        for (place, variants) in std::mem::take(&mut trace.reading.undecided) {
            if decided.insert(place.clone()) {
                let others = (1..variants).rev();
                plans.extend(others.map(|variant| with(&plan, &place, variant)));
            }
        }
        for field in std::mem::take(&mut trace.reading.fields) {
            fields.entry(field).or_insert_with(|| plan.clone());
        }
    }
    for (field, plan) in fields {
        trace.plan = plan;
        trace.left_out.insert(field.clone());
        if trace.reads::<T>().is_ok() {
            trace.form.entry(field.clone()).or_default().push_str(", may be missing");
        }
        trace.left_out.remove(&field);
    }
    trace.plan.clear();
    trace.is_bare = true;
    if let Ok(bare) = trace.reads::<T>() {
        samples.push(sample(&bare)?);
    }
    let mut seen = BTreeSet::new();
    samples.retain(|sample| seen.insert(sample.to_string()));
    Ok((trace.form, samples))
}

fn with(plan: &Plan, place: &str, variant: usize) -> Plan {
    let mut plan = plan.clone();
    plan.insert(place.to_owned(), variant);
    plan
}

fn sample<T: Serialize>(value: &T) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

impl Trace {
    /// Reads a value by the plan.
    fn reads<T: DeserializeOwned>(&mut self) -> Result<T, Stop> {
        self.reading = Reading::default();
        T::deserialize(Probe::new(self))
    }

    /// Reads a value by the plan, as often as it takes to find leaves that the type accepts.
    fn finds<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        loop {
            let stop = match self.reads() {
                Ok(value) => return Ok(value),
                Err(stop) => stop,
            };
            match stop {
                Stop::Twice(name) => {
                    let field = self.reading.fields.pop().unwrap_or_default();
                    // Serde lists the names of a field side by side, in the order of the alphabet.
                    let is_its_own = field.strip_suffix(name).is_some_and(|r| r.ends_with('.'));
                    let other = if is_its_own { &self.reading.before } else { &field };
                    if !self.left_out.insert(other.clone()) {
                        return Err(format!("`{field}` comes twice"));
                    }
                    self.form.retain(|place, _| {
                        let rest = place.strip_prefix(other);
                        rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with(WITHIN))
                    });
                }
                Stop::Endless => {
                    let container = self.reading.containers.pop();
                    self.empty.insert(container.ok_or("it contains itself without an end")?);
                }
                Stop::Refused(why) => {
                    let Some((place, most)) = self.reading.leaf.take() else { return Err(why) };
                    let candidate = self.candidates.entry(place.clone()).or_default();
                    *candidate += 1;
                    if *candidate >= most {
                        return Err(format!("nothing was accepted at `{place}`: {why}"));
                    }
                }
            }
        }
    }
}
