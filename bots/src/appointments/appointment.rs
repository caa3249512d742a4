//! The appointment that somebody has.

use chinwag::{Stored, conversation::clock::Timestamp};
use serde::{Deserialize, Serialize};

/// When somebody comes; the beginning of time for not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Appointment {
    pub(super) at: Timestamp,
    pub(super) is_confirmed: bool,
}

impl Stored for Appointment {
    const NAME: &'static str = "appointments.appointment";
}

impl Appointment {
    pub(super) fn at(at: Timestamp) -> Self {
        Self { at, is_confirmed: false }
    }

    pub(super) fn confirmed(self) -> Self {
        Self { is_confirmed: true, ..self }
    }

    /// Whether there is one that is not over yet.
    pub(super) fn is_ahead(self, now: Timestamp) -> bool {
        self.at > now
    }
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::assert_shape;

    use super::*;

    #[test]
    fn an_appointment_survives_deploys() {
        assert_shape::<Appointment>("src/appointments/shapes");
    }
}
