//! A template whose places are not numbered from one.

use chinwag::template;

template! {
    /// Reminds of an appointment.
    pub struct Reminder { what, when }
    name: "appointment",
    body: "Your {{1}} appointment is coming up on {{3}}.",
}

fn main() {}
