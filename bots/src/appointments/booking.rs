//! Booking as a dialogue: which of three moments, and whether we may remind.

use std::time::Duration;

use chinwag::{
    Dialogue, Reply, Result, Step, Stored, Turn,
    conversation::{OptIn, clock::Timestamp},
    dispatch::{IntoReply, Later, Question, choose},
    markup::{Rich, bold},
    template,
};
use serde::{Deserialize, Serialize};

use super::{appointment::Appointment, day};

/// The name under which the reminder is planned.
pub(super) const REMINDER: &str = "reminder";
/// How long before the appointment it comes.
const BEFORE: Duration = Duration::from_hours(24);
const QUESTION: &str =
    "May *Tooth & Co* remind you here, on WhatsApp, the day before? Say *yes* or *no*.";

template! {
    /// Reminds of an appointment: as it is registered for Twilio's sandbox.
    pub(super) struct Reminder { what, when, yes, no }
    name: "appointment_reply",
    body: "Your {{1}} appointment is coming up on {{2}}. Reply with {{3}} or {{4}}",
}

/// A booking, by what it waits for.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum Booking {
    /// Nothing was offered yet.
    #[default]
    New,
    /// Which of these.
    Day { offers: Vec<Timestamp> },
    /// Whether we may remind.
    Reminding { at: Timestamp },
}

impl Stored for Booking {
    const NAME: &'static str = "appointments.booking";
}

impl Dialogue for Booking {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        match self {
            Self::New => {
                let offers = day::offers(turn.now()).to_vec();
                let question = choice(&offers);
                Ok(Step::next(Self::Day { offers }, question))
            }
            Self::Day { offers } => {
                let at = choice(&offers).answer(turn)?;
                if turn.record().has_consent() {
                    return booked(at, Wish::Wanted(None), turn);
                }
                Ok(Step::next(Self::Reminding { at }, may_we()))
            }
            Self::Reminding { at } => {
                if !may_we().answer(turn)? {
                    return booked(at, Wish::Unwanted, turn);
                }
                let opt_in = OptIn::with(format!("{QUESTION} {}", turn.text()));
                booked(at, Wish::Wanted(Some(opt_in)), turn)
            }
        }
    }
}

/// Whether somebody wants to be reminded.
enum Wish {
    /// As they have said before, or just now.
    Wanted(Option<OptIn>),
    Unwanted,
}

/// Keeps the appointment, and plans the reminder if it is wanted.
fn booked(at: Timestamp, wish: Wish, turn: &mut Turn) -> Result<Step<Booking>> {
    turn.remember(&Appointment::at(at))?;
    let booked = "Booked: " + bold(day::shown(at)) + ".";
    let hint = " Say " + bold("cancel") + " if you cannot come.";
    let Wish::Wanted(opt_in) = wish else {
        return Ok(Step::done(Reply::from(booked + hint).call_off(REMINDER)));
    };
    let said = (booked + " We will remind you the day before." + hint, opt_in);
    Ok(Step::done(said.into_reply()?.later(reminder(at)?)))
}

fn reminder(at: Timestamp) -> Result<Later> {
    let day = day::shown(at);
    let words = "See you tomorrow, " + bold(&*day) + "? Say " + bold("confirm") + " or ";
    let reminder = Reminder {
        what: "dental".to_owned(),
        when: day,
        yes: "confirm".to_owned(),
        no: "cancel".to_owned(),
    };
    let later = Later::at(at.before(BEFORE), REMINDER, reminder)?;
    Ok(later.or_say((words + bold("cancel") + ".").to_string()))
}

fn choice(offers: &[Timestamp]) -> Question<Timestamp> {
    let question = Rich::from("When would you like to come? Say ")
        + bold("1")
        + ", "
        + bold("2")
        + " or "
        + bold("3")
        + ".";
    let answers: Vec<_> = ["1", "2", "3"].into_iter().zip(offers.iter().copied()).collect();
    let lines = answers.iter().map(|(number, at)| format!("{number}: {}", day::shown(*at)));
    choose(question.bullets(lines.collect::<Vec<_>>()), answers)
        .retry("Say *1*, *2* or *3*, please; or *cancel*.")
}

fn may_we() -> Question<bool> {
    const ANSWERS: [(&str, bool); 6] = [
        ("yes", true),
        ("y", true),
        ("ok", true),
        ("no", false),
        ("n", false),
        ("no thanks", false),
    ];
    choose(QUESTION, ANSWERS)
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::{assert_shape, explore};

    use super::*;
    use crate::appointments::bot;

    #[test]
    fn a_booking_survives_deploys() {
        assert_shape::<Booking>("src/appointments/shapes");
    }

    #[tokio::test]
    async fn every_booking_comes_to_an_end() {
        explore::<Booking, _>(bot(), ["book", "1", "3", "yes", "no"]).await.assert_whole();
    }
}
