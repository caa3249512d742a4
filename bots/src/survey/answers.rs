//! What somebody has answered.

use chinwag::{
    Stored,
    markup::{Rich, bold},
};
use serde::{Deserialize, Serialize};

use super::rating::Rating;

/// What somebody has answered so far, or in the end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answers {
    rating: Rating,
    /// What went wrong, after a low rating.
    pub(super) trouble: Option<String>,
    /// The name below their review, after a high rating.
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) comment: Option<String>,
}

/// What somebody has answered in the end; nobody is asked twice without wishing it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Given(pub(super) Option<Answers>);

impl Stored for Given {
    const NAME: &'static str = "survey.given";
}

impl Answers {
    pub(super) fn new(rating: Rating) -> Self {
        Self { rating, trouble: None, name: None, email: None, comment: None }
    }

    /// A line for each answer.
    pub(super) fn shown(&self) -> Rich {
        let Self { rating, trouble, name, email, comment } = self;
        let rating = Some("You are content: " + bold(rating.shown()));
        let line = |what: &str, said: &Option<String>| {
            said.as_ref().map(|said| Rich::from(what) + bold(said))
        };
        let lines = [
            rating,
            line("What went wrong: ", trouble),
            line("Name in the review: ", name),
            line("E-mail: ", email),
            line("And: ", comment),
        ];
        Rich::new().bullets(lines.into_iter().flatten())
    }
}
