//! The limits of content templates, checked before Twilio is asked.

use super::{ContentDraft, Form};
use crate::message::ErrorCode;

/// Longest value of a place, in characters
/// (<https://www.twilio.com/docs/content/using-variables-with-content-api>).
const LONGEST_VALUE: usize = 1_600;
/// Longest name of a place, in characters
/// (<https://www.twilio.com/docs/content/using-variables-with-content-api>).
const LONGEST_PLACE: usize = 16;
/// Most places of one template: Twilio's error 92002.
const MOST_PLACES: usize = 100;

/// Why a content template is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidContent {
    /// Twilio's error 92001.
    #[error("it says nothing; give it a form")]
    NoForm,
    /// Twilio's error 92003.
    #[error("it has no language; write one as in en or pt_BR")]
    NoLanguage,
    /// Twilio's error 92002.
    #[error("it has {0} places and Twilio takes {MOST_PLACES}")]
    TooManyPlaces(usize),
    /// A place has another name than letters, digits and underscores, or too long a one.
    #[error("the place {0:?} is none: up to 16 letters, digits and underscores name one")]
    Place(String),
    /// A sample that no message could have.
    #[error("the value of {0:?} is longer than {LONGEST_VALUE} characters or has a line break")]
    Value(String),
    /// A part is empty or longer than WhatsApp shows.
    #[error("{part} of {form} has {length} characters; it takes 1 to {most}")]
    Length {
        /// The form's name, as in `twilio/quick-reply`.
        form: String,
        /// Which part.
        part: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
    /// There are too many of something, or none.
    #[error("{form} has {count} {part}; it takes 1 to {most}")]
    Count {
        /// The form's name, as in `twilio/quick-reply`.
        form: String,
        /// Of what.
        part: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
}

impl InvalidContent {
    /// The code that Twilio would give it.
    #[must_use]
    pub const fn code(&self) -> Option<ErrorCode> {
        Some(ErrorCode(match self {
            Self::NoForm => 92001,
            Self::NoLanguage => 92003,
            Self::TooManyPlaces(_) => 92002,
            Self::Place(_) | Self::Value(_) => 92007,
            Self::Length { .. } | Self::Count { .. } => return None,
        }))
    }
}

impl ContentDraft {
    /// Whether Twilio would take it. The client asks this before it asks Twilio.
    ///
    /// Source: <https://www.twilio.com/docs/content/content-types-overview>.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn check(&self) -> Result<(), InvalidContent> {
        if self.forms.is_empty() {
            return Err(InvalidContent::NoForm);
        }
        if self.language.trim().is_empty() {
            return Err(InvalidContent::NoLanguage);
        }
        if self.variables.len() > MOST_PLACES {
            return Err(InvalidContent::TooManyPlaces(self.variables.len()));
        }
        for (place, value) in &self.variables {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if place.is_empty() || place.len() > LONGEST_PLACE || !place.chars().all(is_name) {
                return Err(InvalidContent::Place(place.clone()));
            }
            if value.chars().count() > LONGEST_VALUE || value.contains(['\n', '\r']) {
                return Err(InvalidContent::Value(place.clone()));
            }
        }
        self.forms.iter().try_for_each(check_form)
    }
}

fn check_form(form: &Form) -> Result<(), InvalidContent> {
    let name = || form.written().0;
    let length = |part: &'static str, text: &str, most: usize| match text.chars().count() {
        length if length == 0 || length > most => {
            Err(InvalidContent::Length { form: name(), part, length, most })
        }
        _ => Ok(()),
    };
    let count = |part: &'static str, count: usize, most: usize| match count {
        count if count == 0 || count > most => {
            Err(InvalidContent::Count { form: name(), part, count, most })
        }
        _ => Ok(()),
    };
    match form {
        Form::Text { body } => length("the body", body, 1_600),
        Form::Media { media, .. } => count("media", media.len(), 1),
        Form::QuickReply { body, actions } => {
            length("the body", body, 1_024)?;
            count("buttons", actions.len(), 10)?;
            actions.iter().try_for_each(|choice| {
                length("a button's title", &choice.title, 20)?;
                length("a button's id", &choice.id, 200)
            })
        }
        Form::ListPicker { body, button, items } => {
            length("the body", body, 1_024)?;
            length("the button", button, 20)?;
            count("rows", items.len(), 10)?;
            items.iter().try_for_each(|row| {
                length("a row's id", &row.id, 200)?;
                length("a row", &row.item, 24)?;
                row.description.iter().try_for_each(|text| length("a description", text, 72))
            })
        }
        Form::CallToAction { body, actions } => {
            length("the body", body, 640)?;
            count("buttons", actions.len(), 4)
        }
        Form::Other { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::ListRow;

    #[test]
    fn what_twilio_would_refuse_is_told_before() {
        let check = |draft: ContentDraft, expected: &str| {
            let said = draft.check().map_or_else(|error| error.to_string(), |()| "fine".to_owned());
            assert!(said.starts_with(expected), "{said}");
        };
        let text = |body: &str| ContentDraft::new("a", "en", Form::text(body));
        let quick = |title: &str, count: usize| {
            let choices = vec![(title, "id"); count];
            ContentDraft::new("a", "en", Form::quick_reply("ok?", choices))
        };
        let list = |item: &str| {
            let row = ListRow { id: "1".into(), item: item.into(), description: None };
            let (body, button) = ("which?".to_owned(), "Rows".to_owned());
            ContentDraft::new("a", "en", Form::ListPicker { body, button, items: vec![row] })
        };
        check(text("Your code is {{1}}.").sample("1", "409173"), "fine");
        check(text("hi").form(Form::quick_reply("hi", [("Yes", "y")])), "fine");
        check(quick("Yes", 10), "fine");
        check(list("Row"), "fine");
        check(ContentDraft { forms: Vec::new(), ..text("") }, "it says nothing");
        check(ContentDraft { language: String::new(), ..text("a") }, "it has no language");
        check(text("a").sample("no space", "x"), "the place \"no space\"");
        check(text("a").sample("1", "x\ny"), "the value of \"1\"");
        check(text(""), "the body of twilio/text has 0 characters");
        check(text(&"x".repeat(1_601)), "the body of twilio/text has 1601");
        check(quick("Yes", 11), "twilio/quick-reply has 11 buttons");
        check(quick(&"x".repeat(21), 1), "a button's title of twilio/quick-reply has 21");
        check(list(&"x".repeat(25)), "a row of twilio/list-picker has 25");
        let many = (0..101).fold(text("a"), |all, place| all.sample(place.to_string(), "x"));
        check(many, "it has 101 places");
    }
}
