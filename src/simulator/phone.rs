//! The people one can be: a number and a name each.

use serde::{Deserialize, Serialize};

use super::number;

/// Most phones that are kept.
pub(super) const MOST_PHONES: usize = 1_000;
/// Longest name of a person, in characters.
const LONGEST_NAME: usize = 100;

/// A person with WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a person: an object with a \"number\" and a \"name\"")]
pub(super) struct Phone {
    pub(super) number: String,
    pub(super) name: String,
}

impl Phone {
    pub(super) fn new(number: &str, name: &str) -> Self {
        Self { number: number::bare(number).to_owned(), name: name.to_owned() }
    }

    /// Why this cannot be a phone; the sentence names the field.
    pub(super) fn check(&self) -> Result<(), String> {
        number::address(&self.number).map_err(|error| format!("number: {error}"))?;
        check_name("name", &self.name)
    }
}

/// Why this cannot be a person's name; the sentence names the field.
pub(super) fn check_name(field: &str, name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err(format!("{field}: a person needs a name; write at least one letter"));
    }
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("{field}: a name is one line of at most {LONGEST_NAME} characters"));
    }
    Ok(())
}

/// The people of a simulator that was told of none.
pub(super) fn usual_people() -> Vec<Phone> {
    [("+15005550006", "Ana"), ("+15005550007", "Ben"), ("+15005550008", "Chidi")]
        .map(|(number, name)| Phone::new(number, name))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_has_a_number_and_a_name() {
        for phone in usual_people() {
            assert_eq!(phone.check(), Ok(()));
        }
        let check = |number, name, field: &str| {
            let said = Phone::new(number, name).check().unwrap_err();
            assert!(said.starts_with(field), "{said}");
        };
        assert_eq!(Phone::new("whatsapp:+15005550006", "Ana").number, "+15005550006");
        check("15005550006", "Ana", "number: ");
        check("+15005550006", " ", "name: ");
        check("+15005550006", "Ana\n", "name: ");
    }
}
