//! The shape that samples show.

use serde_json::Value;

use super::Form;

/// What stands where in any of the samples.
pub(super) fn form(samples: &[Value]) -> Form {
    let mut form = Form::new();
    for sample in samples {
        add(&mut form, String::new(), sample);
    }
    form
}

fn add(form: &mut Form, place: String, value: &Value) {
    let kind = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "record",
    };
    match value {
        Value::Array(values) => {
            for value in values {
                add(form, format!("{place}[]"), value);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                add(form, format!("{place}.{name}"), value);
            }
        }
        _ => {}
    }
    let kinds = form.entry(place).or_default();
    let mut all: Vec<_> = kinds.split(" or ").filter(|kind| !kind.is_empty()).collect();
    all.push(kind);
    all.sort_unstable();
    all.dedup();
    *kinds = all.join(" or ");
}
