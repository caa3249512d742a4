//! Templates: text that was registered with WhatsApp before, with numbered places for values.
//!
//! A [`Template`] is filled with values that are checked; what comes of it, a [`Filled`], is the only
//! thing that may be sent outside of the session. [`Templates`] are many, by their names.

mod body;
#[cfg(feature = "toml")]
mod file;
mod filled;
mod known;
mod registry;
mod split;
mod typed;

use std::fmt;

use super::{ContentSid, LONGEST_BODY};

pub use body::{LONGEST_TEMPLATE, MOST_PLACES};
pub use filled::{Filled, InvalidValues, Wrong};
pub use registry::{InvalidTemplates, Templates};
pub use typed::{IntoFilled, Typed};

#[doc(hidden)]
pub use typed::{content_sid, is_name, places};

/// A text that was registered with WhatsApp: fixed words with numbered places for values.
///
/// Its body is like `Your {{1}} code is {{2}}`: text, emoji and formatting, at most 1,024 UTF-16
/// units; places from `{{1}}` on, each once, none touching another. Media are no part of it.
///
/// With a [`ContentSid`] it is sent by that; without one as text that WhatsApp compares with what is
/// registered, which it does only inside the session since April 2025
/// (<https://www.twilio.com/docs/whatsapp/tutorial/send-whatsapp-notification-messages-templates>).
///
/// ```
/// use chinwag::message::Template;
///
/// let template = Template::new("code", "Your {{1}} code is {{2}}")?;
/// assert_eq!(template.fill(["Twilio", "1234"])?.text(), "Your Twilio code is 1234");
/// assert_eq!(template.matches("Your bank code is 77"), Some(vec!["bank", "77"]));
/// assert_eq!(
///     template.fill(["Twilio", "12\n34"]).unwrap_err().to_string(),
///     "the value of {{2}} in the template `code` has a line break or a tab; write it in one line"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A struct whose fields are the values is made by [`template!`](crate::template).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    name: Box<str>,
    body: Box<str>,
    /// The fixed words before, between and behind the places.
    words: Vec<Box<str>>,
    /// The numbers of the places, in the order of the text.
    numbers: Vec<usize>,
    content_sid: Option<ContentSid>,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidTemplate {
    /// Its name, as it was given.
    pub name: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The name is none.
    Name,
    /// There is nothing but places in it.
    NoWords,
    /// It has more than 1,024 UTF-16 units.
    TooLong,
    /// Two braces open that are no place.
    Unreadable,
    /// The place of this number stands twice.
    Twice(usize),
    /// There is no place of this number, and one of a higher.
    Gap(usize),
    /// Nothing is between two places.
    Touching,
}

impl Template {
    /// A template that is sent by its text. Its name is the author's: lower-case letters, digits and
    /// underscores, as WhatsApp has it, at most 512.
    ///
    /// # Errors
    /// If the name is none, or the body breaks a rule; the error says which and what to do.
    pub fn new(name: &str, body: &str) -> Result<Self, InvalidTemplate> {
        let flawed = |flaw| InvalidTemplate { name: name.to_owned(), flaw };
        if !is_name(name) {
            return Err(flawed(Flaw::Name));
        }
        body::count(body).map_err(flawed)?;
        let (mut words, mut numbers, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(place) = body::next(body.as_bytes(), at).map_err(flawed)? {
            words.push(body[at..place.start].into());
            numbers.push(place.number);
            at = place.end;
        }
        words.push(body[at..].into());
        Ok(Self { name: name.into(), body: body.into(), words, numbers, content_sid: None })
    }

    /// The same template, sent by this id.
    #[must_use]
    pub fn with_content(self, content_sid: ContentSid) -> Self {
        Self { content_sid: Some(content_sid), ..self }
    }

    /// The author's name for it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text with its places.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Twilio's id of it.
    #[must_use]
    pub fn content_sid(&self) -> Option<ContentSid> {
        self.content_sid
    }

    /// How many values it takes.
    #[must_use]
    pub fn places(&self) -> usize {
        self.numbers.len()
    }

    /// The template with these values, the first for `{{1}}`.
    ///
    /// # Errors
    /// If there are too few or too many, or WhatsApp would refuse one: it is empty, has a line
    /// break, a tab or more than four spaces in a row
    /// (<https://www.twilio.com/docs/api/errors/63013>). The error never tells a value.
    pub fn fill<V: Into<String>>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Filled, InvalidValues> {
        Filled::new(self, values.into_iter().map(Into::into).collect())
    }

    /// The values with which this text is the filled template, the first for `{{1}}`; `None` if there
    /// are none.
    ///
    /// Where several would do, each is as short as it can be, from the left on. The time that it
    /// takes grows with the text and the number of places.
    #[must_use]
    pub fn matches<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let [first, .., last] = &*self.words else {
            return (*text == *self.body).then(Vec::new);
        };
        let is_like = text.starts_with(&**first) && text.ends_with(&**last);
        if !is_like || text.encode_utf16().count() > LONGEST_BODY {
            return None;
        }
        let values = split::split(text, &self.words)?;
        let mut by_number = vec![""; values.len()];
        for (number, value) in self.numbers.iter().zip(values) {
            by_number[number - 1] = value;
        }
        Some(by_number)
    }
}

impl fmt::Display for InvalidTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the template {:?} ", self.name)?;
        match self.flaw {
            Flaw::Name => f.write_str(
                "has a name that is none; write lower-case letters, digits and underscores",
            ),
            Flaw::NoWords => f.write_str("has no fixed words; write some around its places"),
            Flaw::TooLong => write!(f, "is longer than {LONGEST_TEMPLATE} characters; shorten it"),
            Flaw::Unreadable => write!(
                f,
                "opens {{{{ without a place; write places as {{{{1}}}}, up to {{{{{MOST_PLACES}}}}}"
            ),
            Flaw::Twice(number) => {
                write!(f, "has {{{{{number}}}}} twice; give each place a number of its own")
            }
            Flaw::Gap(number) => {
                write!(f, "has no {{{{{number}}}}}; number its places from {{{{1}}}} without a gap")
            }
            Flaw::Touching => f.write_str("has two places that touch; put words between them"),
        }
    }
}

impl std::error::Error for InvalidTemplate {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_name_the_template_and_say_what_to_do() {
        let error = |name, body| Template::new(name, body).unwrap_err().to_string();
        assert_eq!(
            error("code", "Your {{1}} code is {{3}}"),
            "the template \"code\" has no {{2}}; number its places from {{1}} without a gap"
        );
        assert_eq!(
            error("code", "Your {{name}} code"),
            "the template \"code\" opens {{ without a place; write places as {{1}}, up to {{100}}"
        );
        assert!(error("Code", "x").contains("lower-case letters"));
        assert!(error("", "x").contains("lower-case letters"));
    }

    #[test]
    fn values_are_found_by_their_numbers() {
        let template = Template::new("swap", "{{2}} before {{1}}.").unwrap();
        assert_eq!(template.matches("a before b."), Some(vec!["b", "a"]));
        assert_eq!(template.fill(["b", "a"]).unwrap().text(), "a before b.");
    }

    #[test]
    fn the_shortest_values_are_taken_from_the_left() {
        for (body, text, expected) in [
            ("{{1}} and {{2}}", "a and b and c", Some(vec!["a", "b and c"])),
            ("a{{1}}a", "aaa", Some(vec!["a"])),
            ("a{{1}}a", "aa", None),
            ("a{{1}}a", "a a", None),
            ("Hi {{1}}!", "Hi Ana!!", Some(vec!["Ana!"])),
            ("Hi {{1}}!", "Hi Ana\nBo!", None),
            ("Hi {{1}}!", "hi Ana!", None),
            ("Hi {{1}}!", "Hi Ana", None),
            ("Hi {{1}}!", "Hi é🐟!", Some(vec!["é🐟"])),
            ("a {{1}} b {{2}} c", "a x b y b z c", Some(vec!["x", "y b z"])),
            ("{{1}} {{2}}!", "a         b!", Some(vec!["a    ", "    b"])),
            ("{{1}} {{2}}!", "a          b!", None),
            ("plain", "plain", Some(vec![])),
            ("plain", "plain ", None),
        ] {
            assert_eq!(
                Template::new("t", body).unwrap().matches(text),
                expected,
                "{body} {text:?}"
            );
        }
        let long = format!("Hi {}!", "a".repeat(1_600));
        assert_eq!(Template::new("t", "Hi {{1}}!").unwrap().matches(&long), None);
    }

    /// Bodies with few letters, so that words and values look alike.
    fn bodies() -> impl Strategy<Value = String> {
        let words = prop::collection::vec("[ab ]{1,3}", 2..5);
        words.prop_filter_map("it has no words", |words| {
            let places = (1..).zip(&words[1..]);
            let places: Vec<_> =
                places.map(|(number, words)| format!("{{{{{number}}}}}{words}")).collect();
            let body = words[0].clone() + &places.concat();
            Template::new("t", &body).is_ok().then_some(body)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_was_filled_is_matched_and_filled_again_the_same(
            body in bodies(),
            values in prop::collection::vec("[ab ]{0,3} {0,4}[abé🐟] {0,4}[ab]?", 4),
        ) {
            let template = Template::new("t", &body).unwrap();
            if let Ok(filled) = template.fill(values[..template.places()].to_vec()) {
                let found = template.matches(filled.text());
                let found = found.expect("it was filled from values");
                let again = template.fill(found).unwrap();
                prop_assert_eq!(again.text(), filled.text());
            }
        }

        #[test]
        fn what_matches_is_filled_again_the_same(body in bodies(), text in "[ab ]{0,20}") {
            let template = Template::new("t", &body).unwrap();
            if let Some(found) = template.matches(&text) {
                let again = template.fill(found).unwrap();
                prop_assert_eq!(again.text(), text);
            }
        }
    }
}
