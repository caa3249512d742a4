//! A template of two values with one.

use chinwag::template;

template! {
    /// Reminds of an appointment.
    pub struct Reminder { what, when }
    name: "appointment",
    body: "Your {{1}} appointment is coming up on {{2}}.",
}

fn main() {
    let _reminder = Reminder { what: "dental".into() };
}
