//! A template with its values: what may be sent outside of the session.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use super::{ContentSid, LONGEST_BODY, Template, split};

/// A template with its values, which were checked.
///
/// `Debug` tells the template's name and hides what it says: it may be a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    name: Box<str>,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "sid")]
    content: Option<ContentSid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
}

/// Why values do not fill a template. It never tells a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValues {
    /// The template's name.
    pub template: String,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with the values of a template; numbers are those of places, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// There are too few or too many.
    Count {
        /// How many places there are.
        places: usize,
        /// How many values.
        values: usize,
    },
    /// This one has no visible character.
    Empty(usize),
    /// This one has a line break, a tab or another control character.
    Line(usize),
    /// This one has more than four spaces in a row.
    Spaces(usize),
    /// Together with the template they are longer than a message.
    TooLong,
}

impl Filled {
    pub(super) fn new(template: &Template, values: Vec<String>) -> Result<Self, InvalidValues> {
        let invalid = |wrong| InvalidValues { template: template.name.to_string(), wrong };
        if values.len() != template.places() {
            let (places, values) = (template.places(), values.len());
            return Err(invalid(Wrong::Count { places, values }));
        }
        for (number, value) in (1..).zip(&values) {
            check(number, value).map_err(invalid)?;
        }
        let mut text = String::new();
        for (words, number) in template.words.iter().zip(&template.numbers) {
            text.push_str(words);
            text.push_str(&values[number - 1]);
        }
        text.extend(template.words.last().map(|words| &**words));
        if text.encode_utf16().count() > LONGEST_BODY {
            return Err(invalid(Wrong::TooLong));
        }
        Ok(Self { name: template.name.clone(), text, content: template.content_sid, values })
    }

    /// The template's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the person reads; the `Body` of a template that has no id.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Twilio's id of the template.
    #[must_use]
    pub fn content_sid(&self) -> Option<ContentSid> {
        self.content
    }

    /// The values, the first for `{{1}}`.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The values as Twilio's `ContentVariables`: `{"1":"12/1","2":"3pm"}`; `None` if there are none.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    #[must_use]
    pub fn content_variables(&self) -> Option<String> {
        let variables = Variables(&self.values);
        let json = || serde_json::to_string(&variables).expect("texts are always JSON");
        (!self.values.is_empty()).then(json)
    }
}

fn check(number: usize, value: &str) -> Result<(), Wrong> {
    let has_line = value.contains(split::is_forbidden);
    let is_blank = value.chars().all(char::is_whitespace);
    match value {
        _ if split::has_reach(value) => Ok(()),
        _ if has_line => Err(Wrong::Line(number)),
        _ if is_blank => Err(Wrong::Empty(number)),
        _ => Err(Wrong::Spaces(number)),
    }
}

impl fmt::Display for InvalidValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { template, wrong } = self;
        let (number, what) = match wrong {
            Wrong::Count { places, values } => {
                let (s, each) = (if *places == 1 { "" } else { "s" }, "a value for each");
                return write!(
                    f,
                    "the template `{template}` has {places} place{s} and got {values}; give {each}"
                );
            }
            Wrong::TooLong => {
                return write!(
                    f,
                    "the template `{template}` with its values is longer than {LONGEST_BODY} \
                     characters; shorten the values"
                );
            }
            Wrong::Empty(number) => (number, "is empty; write something"),
            Wrong::Line(number) => (number, "has a line break or a tab; write it in one line"),
            Wrong::Spaces(number) => (number, "has more than four spaces in a row; write fewer"),
        };
        write!(f, "the value of {{{{{number}}}}} in the template `{template}` {what}")
    }
}

impl std::error::Error for InvalidValues {}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filled({}, {} values)", self.name, self.values.len())
    }
}

/// Values as a map by their numbers, in their order.
struct Variables<'a>(&'a [String]);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (number, value) in (1..).zip(self.0) {
            map.serialize_entry(&u64::to_string(&number), value)?;
        }
        map.end()
    }
}

/// An id as its text.
mod sid {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::ContentSid;

    #[expect(clippy::ref_option, reason = "serde asks so")]
    pub(super) fn serialize<S: Serializer>(
        sid: &Option<ContentSid>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match sid {
            Some(sid) => serializer.collect_str(sid),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<ContentSid>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> Template {
        Template::new("code", "Your {{1}} code is {{2}}").unwrap()
    }

    #[test]
    fn whatsapp_would_refuse_these_values() {
        for (values, wrong) in [
            (vec!["a"], Wrong::Count { places: 2, values: 1 }),
            (vec!["a", "b", "c"], Wrong::Count { places: 2, values: 3 }),
            (vec!["a", ""], Wrong::Empty(2)),
            (vec![" \u{a0}", "b"], Wrong::Empty(1)),
            (vec!["a\nb", "b"], Wrong::Line(1)),
            (vec!["a", "\r"], Wrong::Line(2)),
            (vec!["a", "b\tc"], Wrong::Line(2)),
            (vec!["a", "b\u{2028}c"], Wrong::Line(2)),
            (vec!["a", "b     c"], Wrong::Spaces(2)),
            (vec!["     a", "b"], Wrong::Spaces(1)),
        ] {
            let error = code().fill(values.clone()).unwrap_err();
            assert_eq!(error, InvalidValues { template: "code".into(), wrong }, "{values:?}");
        }
        assert!(code().fill(["a    b", "é 🐟"]).is_ok());
        let long = "a".repeat(1_600);
        assert_eq!(code().fill([&*long, "b"]).unwrap_err().wrong, Wrong::TooLong);
    }

    #[test]
    fn errors_say_what_to_do_and_never_the_value() {
        let error = code().fill(["secret\n", "b"]).unwrap_err().to_string();
        assert!(error.contains("{{1}} in the template `code` has a line break"), "{error}");
        assert!(!error.contains("secret"));
        let error = code().fill(["a"]).unwrap_err().to_string();
        assert_eq!(error, "the template `code` has 2 places and got 1; give a value for each");
    }

    #[test]
    fn variables_are_json_in_the_order_of_their_numbers() {
        let words: Vec<_> = (1..=11).map(|number| format!("a{{{{{number}}}}}")).collect();
        let filled = Template::new("many", &words.concat()).unwrap().fill(["\"x\\"; 11]).unwrap();
        let json = filled.content_variables().unwrap();
        assert!(json.starts_with(r#"{"1":"\"x\\","2":"#) && json.contains(r#","10":"#), "{json}");
        assert_eq!(Template::new("none", "hi").unwrap().fill::<&str>([]).unwrap().text(), "hi");
    }

    #[test]
    fn it_is_kept_as_it_was_and_shows_nothing() {
        let filled = code().with_content(ContentSid::new(1)).fill(["bank", "1234"]).unwrap();
        let kept = serde_json::to_string(&filled).unwrap();
        assert_eq!(serde_json::from_str::<Filled>(&kept).unwrap(), filled);
        let bare = code().fill(["bank", "1234"]).unwrap();
        assert_eq!(
            serde_json::from_str::<Filled>(&serde_json::to_string(&bare).unwrap()).unwrap(),
            bare
        );
        assert_eq!(format!("{filled:?}"), "Filled(code, 2 values)");
    }
}
