//! The questions as a dialogue; each answer decides what is asked next.

use chinwag::{
    Dialogue, Reply, Result, Step, Stored, Turn, ask,
    dispatch::{Question, choose},
};
use serde::{Deserialize, Serialize};

use super::{
    answers::{Answers, Given},
    email::Email,
    is_skip,
    patience::asks,
    rating::Rating,
};

/// Letters of an answer that are kept.
const MOST: usize = 500;

const YES_OR_NO: [(&str, bool); 8] = [
    ("yes", true),
    ("y", true),
    ("ok", true),
    ("sure", true),
    ("no", false),
    ("n", false),
    ("no thanks", false),
    ("later", false),
];

/// The questions, each with what was answered before.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum Inquiry {
    #[default]
    New,
    /// Whether they may be asked.
    Consent,
    Rating,
    /// What went wrong, after a low rating.
    Trouble {
        answers: Answers,
    },
    /// Whether their name may stand below a review, after a high rating.
    Name {
        answers: Answers,
    },
    /// What `Email` was given.
    Email {
        answers: Answers,
    },
    /// Whatever else they would like to say.
    Comment {
        answers: Answers,
    },
}

impl Stored for Inquiry {
    const NAME: &'static str = "survey.inquiry";
}

impl Dialogue for Inquiry {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        match self {
            Self::New => {
                let is_again = turn.text().trim().eq_ignore_ascii_case("again");
                if !is_again && turn.remembered::<Given>()?.0.is_some() {
                    return Ok(Step::done("We have your answers. Say *again* to answer anew."));
                }
                asks(Self::Consent, (), consent())
            }
            Self::Consent if consent().answer(turn)? => asks(Self::Rating, (), rating()),
            Self::Consent => Ok(Step::done("Then we do not. Have a good ride!")),
            Self::Rating => {
                let rating = rating().answer(turn)?;
                let answers = Answers::new(rating);
                if rating.is_low() {
                    return asks(Self::Trouble { answers }, "We are sorry.", trouble());
                }
                if rating.is_high() {
                    return asks(Self::Name { answers }, "We are glad!", name());
                }
                asks(Self::Comment { answers }, "Thank you.", comment())
            }
            Self::Trouble { mut answers } => {
                answers.trouble = Some(shortened(&trouble().answer(turn)?));
                let question = "Where may we write to you about it? An e-mail address, or *skip*.";
                Ok(asks(Email::Address, (), question)?.then(Self::Email { answers }))
            }
            Self::Name { mut answers } => {
                let is_named = name().answer(turn)?;
                let profile = turn.message().profile_name().map(ToOwned::to_owned);
                answers.name = profile.filter(|_| is_named);
                let question = "We raffle a bell. Your e-mail address for it, or *skip*?";
                Ok(asks(Email::Address, (), question)?.then(Self::Email { answers }))
            }
            Self::Email { mut answers } => {
                answers.email = turn.given::<Email>();
                asks(Self::Comment { answers }, (), comment())
            }
            Self::Comment { mut answers } => {
                let said = comment().answer(turn)?;
                answers.comment = Some(shortened(&said)).filter(|said| !is_skip(said));
                let all = answers.shown();
                turn.remember(&Given(Some(answers)))?;
                Ok(Step::done(Reply::text("Thank you! We have noted:").and(all)))
            }
        }
    }
}

fn consent() -> Question<bool> {
    let question = "Your bike is back from *Spoke & Sons*. May we ask how it went? Four questions, \
                    *yes* or *no*.";
    choose(question, YES_OR_NO).retry("May we? *yes* or *no*, please.")
}

fn rating() -> Question<Rating> {
    ask("How content are you, from *1* (not at all) to *5* (very)?")
        .retry("A number from 1 to 5, please.")
        .attempts(4, "Let us leave it at that. Say *survey* if you change your mind.")
}

fn trouble() -> Question<String> {
    ask("What went wrong?").retry("Please tell us in words.")
}

fn name() -> Question<bool> {
    choose("May your name stand below a review? *yes* or *no*", YES_OR_NO)
}

fn comment() -> Question<String> {
    ask("Is there anything else? Or *skip*.").retry("In words, please, or *skip*.")
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::assert_shape;

    use super::*;

    #[test]
    fn answers_survive_deploys() {
        assert_shape::<Inquiry>("src/survey/shapes");
        assert_shape::<Given>("src/survey/shapes");
        assert_shape::<Email>("src/survey/shapes");
    }
}
