//! A template with more places than fields.

use chinwag::template;

template! {
    /// Reminds of an appointment.
    pub struct Reminder { what }
    name: "appointment",
    body: "Your {{1}} appointment is coming up on {{2}}.",
}

fn main() {}
