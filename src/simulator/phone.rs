//! The people one can be: a number and a name each.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::number;

/// Most phones that come while it runs; whoever starts it decides how many there are before.
const MOST_PHONES: usize = 1_000;
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

/// All phones, in the order in which they came, and each found by its number.
#[derive(Debug, Default)]
pub(super) struct Phones {
    all: Vec<Phone>,
    places: HashMap<String, usize>,
}

/// What a phone that is put there changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// Somebody came, or has another name now.
    Changed,
    /// The same phone was there.
    Known,
    /// There is no room for another one.
    Full,
}

impl Phones {
    pub(super) fn all(&self) -> &[Phone] {
        &self.all
    }

    pub(super) fn get(&self, number: &str) -> Option<&Phone> {
        self.all.get(*self.places.get(number)?)
    }

    /// Adds a phone, or gives it another name, if there is room.
    pub(super) fn put(&mut self, phone: Phone) -> Put {
        let is_new = !self.places.contains_key(&phone.number);
        if is_new && self.all.len() >= MOST_PHONES { Put::Full } else { self.keep(phone) }
    }

    /// The same, and there is room.
    pub(super) fn keep(&mut self, phone: Phone) -> Put {
        let Some(at) = self.places.get(&phone.number) else {
            self.places.insert(phone.number.clone(), self.all.len());
            self.all.push(phone);
            return Put::Changed;
        };
        let known = &mut self.all[*at];
        if *known == phone {
            return Put::Known;
        }
        *known = phone;
        Put::Changed
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
    fn there_is_room_for_all_from_the_start_and_for_some_more_later() {
        let phone = |number: usize| Phone::new(&format!("+1500{number:07}"), "Ana");
        let mut phones = Phones::default();
        for number in 0..100_000 {
            assert_eq!(phones.keep(phone(number)), Put::Changed);
        }
        assert_eq!(phones.get("+15000099999"), Some(&phone(99_999)));
        assert_eq!(phones.get("+15000100000"), None);
        assert_eq!(phones.put(phone(100_000)), Put::Full);
        assert_eq!(phones.put(phone(7)), Put::Known);
        assert_eq!(phones.put(Phone::new("+15000000007", "Ben")), Put::Changed);
        assert_eq!((phones.all().len(), &*phones.all()[7].name), (100_000, "Ben"));
        let mut later = Phones::default();
        let came = (0..2_000).filter(|number| later.put(phone(*number)) == Put::Changed);
        assert_eq!(came.count(), MOST_PHONES);
    }

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
