//! A dentist's appointments: booked in the chat, reminded of by template the day before, confirmed or
//! cancelled by reply.
//!
//! ```text
//! Ana: hi
//! bot: Hello, this is *Tooth & Co*. Say *book* for an appointment.
//! Ana: book
//! bot: When would you like to come? Say *1*, *2* or *3*.
//!      - 1: Sun 4 January, 09:30
//!      - 2: Mon 5 January, 14:00
//!      - 3: Thu 8 January, 10:15
//! Ana: 2
//! bot: May *Tooth & Co* remind you here, on WhatsApp, the day before? Say *yes* or *no*.
//! Ana: yes
//! bot: Booked: *Mon 5 January, 14:00*. We will remind you the day before. Say *cancel* if you cannot come.
//! --- 74h
//! bot: Your dental appointment is coming up on Mon 5 January, 14:00. Reply with confirm or cancel
//! Ana: confirm
//! bot: Thank you! We will see you on *Mon 5 January, 14:00*.
//! ```
//!
//! `cargo run -- appointments`; when the second is booked, turn the clock to see the reminder come:
//! `curl -H 'content-type: application/json' -d '{"advance":"86h"}' http://127.0.0.1:4040/sim/clock`

mod appointment;
mod booking;
mod day;

use appointment::Appointment;
use booking::Booking;
use chinwag::{
    Bot, Remembered,
    conversation::clock::Timestamp,
    dispatch::CallOff,
    markup::{Rich, bold},
    pattern, word,
};

/// The bot.
pub fn bot() -> Bot {
    Bot::new(())
        .help_text("*Tooth & Co*, Hill Road 7, +1 415 555 0106. Say *STOP* to hear no more of us.")
        .dialogue::<Booking>(word("book"))
        .on(pattern(r"(?:i )?confirm(?:ed)?\W*|(?:yes|ok|okay)\W*"), confirm)
        .on(pattern(r"cancel(?: .*)?\W*|i (?:can'?t|cannot) come\W*"), cancel)
        .on(pattern(r"when.*|(?:my )?appointment\W*"), when)
        .cancel(pattern(r"cancel(?: .*)?\W*|stop it\W*"), async || "Then we keep nothing.")
        .otherwise(async || "Hello, this is *Tooth & Co*. Say *book* for an appointment.")
}

type Kept = Remembered<Appointment>;

async fn confirm(now: Timestamp, Remembered(appointment): Kept) -> (Rich, Option<Kept>) {
    if !appointment.is_ahead(now) {
        return (none(), None);
    }
    let day = bold(day::shown(appointment.at));
    let thanks = "Thank you! We will see you on " + day + ".";
    (thanks, Some(Remembered(appointment.confirmed())))
}

/// Cancels the appointment, and its reminder with it.
async fn cancel(now: Timestamp, Remembered(appointment): Kept) -> ((Rich, Kept), CallOff) {
    let said = if appointment.is_ahead(now) {
        let day = bold(day::shown(appointment.at));
        let cancelled = "Your appointment on " + day + " is cancelled. Say " + bold("book");
        cancelled + " for another one."
    } else {
        none()
    };
    ((said, Remembered(Appointment::default())), CallOff::named(booking::REMINDER))
}

async fn when(now: Timestamp, Remembered(appointment): Kept) -> Rich {
    if !appointment.is_ahead(now) {
        return none();
    }
    let day = bold(day::shown(appointment.at));
    let state = if appointment.is_confirmed { "confirmed" } else { "not confirmed yet" };
    "Your appointment is on " + day + ", and " + state + "."
}

fn none() -> Rich {
    "You have no appointment. Say " + bold("book") + " for one."
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::Chat;

    use super::*;

    const NONE: &str = "You have no appointment. Say *book* for one.";

    #[tokio::test]
    async fn the_reminder_comes_the_day_before_though_the_session_is_closed() {
        let chat = Chat::with(bot());
        chat.says_all(["book", "2", "yes"]).await.hears_part("Booked: *Mon 5 January, 14:00*");
        chat.waits("73h").await.hears_nothing();
        let reminder = "Your dental appointment is coming up on Mon 5 January, 14:00. \
                        Reply with confirm or cancel";
        chat.waits("1h").await.hears(reminder).hears_nothing();
        chat.says("confirm").await.hears("Thank you! We will see you on *Mon 5 January, 14:00*.");
        chat.says("when?").await.hears_part("and confirmed.");
        chat.waits("48h").await.hears_nothing();
        chat.says("when?").await.hears(NONE);
    }

    #[tokio::test]
    async fn who_has_just_written_is_reminded_in_free_words() {
        let chat = Chat::with(bot());
        chat.says_all(["book", "1", "yes"]).await;
        chat.waits("45h").await;
        chat.says("when").await.hears_part("not confirmed yet");
        chat.waits("1h")
            .await
            .hears_part("See you tomorrow, *Sun 4 January, 09:30*? Say *confirm*");
    }

    #[tokio::test]
    async fn who_cancels_or_wants_no_reminder_gets_none() {
        for words in [
            &["book", "1", "yes", "cancel"][..],
            &["book", "2", "yes", "I can't come"],
            &["book", "3", "no"],
            &["book", "1", "yes", "stop"],
        ] {
            let chat = Chat::with(bot());
            chat.says_all(words.to_vec()).await;
            chat.waits("300h").await.hears_nothing();
        }
    }

    #[tokio::test]
    async fn another_appointment_takes_the_place_of_the_first() {
        let chat = Chat::with(bot());
        chat.says_all(["book", "1", "yes", "book"]).await;
        chat.says("3").await.hears_part("Booked: *Thu 8 January, 10:15*. We will remind you");
        let heard = chat.waits("200h").await;
        heard.hears_part("coming up on Thu 8 January, 10:15").hears_nothing();
    }

    #[tokio::test]
    async fn cancel_does_not_end_consent() {
        let chat = Chat::with(bot());
        chat.says("cancel").await.hears(NONE);
        chat.says_all(["book", "2"]).await;
        chat.says("cancel").await.hears("Then we keep nothing.");
        chat.says("help").await.hears_part("Hill Road 7");
        chat.says("Stop!").await.hears_part("You will hear no more from us.");
        chat.says("book").await.hears_nothing();
        chat.says("start").await.hears_part("Welcome back");
        chat.says("book").await.hears_part("When would you like to come?");
    }
}
