//! Asks for an e-mail address: a dialogue for others to call.

use chinwag::{
    Dialogue, Result, Step, Stored, Turn,
    dispatch::{Gives, Question},
};
use email_address::{EmailAddress, Error, Options};
use serde::{Deserialize, Serialize};

use super::is_skip;

/// Asks for an e-mail address, and gives it to the dialogue that has called it; nothing if the
/// person has none to give.
#[derive(Serialize, Deserialize)]
pub(super) enum Email {
    Address,
}

impl Stored for Email {
    const NAME: &'static str = "survey.email";
}

impl Gives for Email {
    type Given = String;
}

impl Dialogue for Email {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let Self::Address = self;
        Ok(match address().answer(turn)? {
            Some(address) => Step::done_with(address, ()),
            None => Step::done(()),
        })
    }
}

fn address() -> Question<Option<String>> {
    let question = Question::new("Your e-mail address?", |message| match message.text().trim() {
        skip if is_skip(skip) => Ok(None),
        text => checked(text).map(Some),
    });
    question.attempts(3, "Never mind the address.")
}

/// The address, or what is wrong with it.
fn checked(text: &str) -> Result<String, &'static str> {
    let options =
        Options::default().without_display_text().without_domain_literal().with_required_tld();
    let address = text.trim_start_matches("mailto:");
    match EmailAddress::parse_with_options(address, options) {
        Ok(address) => Ok(address.to_string()),
        Err(Error::MissingSeparator) => Err("There is an @ in an e-mail address. Or say *skip*."),
        Err(Error::DomainTooFew) => {
            Err("Something is missing at its end, as *.com*. Or say *skip*.")
        }
        Err(_) => Err("That is no e-mail address; one is like *ana@example.com*. Or say *skip*."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_and_its_fault_is_named() {
        for (text, answer) in [
            ("ana@example.com", Ok("ana@example.com")),
            ("mailto:ana+bikes@mail.example.co.uk", Ok("ana+bikes@mail.example.co.uk")),
            ("jürgen@example.de", Ok("jürgen@example.de")),
            ("ana", Err("There is an @")),
            ("ana@example", Err("Something is missing")),
            ("ana @ example.com", Err("That is no")),
            ("Ana <ana@example.com>", Err("That is no")),
            ("@example.com", Err("That is no")),
            ("ana@[127.0.0.1]", Err("That is no")),
        ] {
            match (checked(text), answer) {
                (Ok(address), Ok(wanted)) => assert_eq!(address, wanted),
                (Err(why), Err(part)) => assert!(why.starts_with(part), "{text}: {why}"),
                (other, _) => panic!("{text}: {other:?}"),
            }
        }
    }
}
