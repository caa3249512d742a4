//! One person's lock: which code opens it, until when, and how often it may be tried or changed.

use std::time::Duration;

use chinwag::{Stored, conversation::clock::Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// How long a code is good.
const GOOD_FOR: Duration = Duration::from_mins(10);
/// How often one may be tried.
const TRIES: u32 = 5;
/// How many are sent in so long.
const CODES: usize = 3;
const EACH: Duration = Duration::from_hours(1);

/// What opens one person's lock.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Lock {
    code: Option<Code>,
    /// When the newest codes were sent, oldest first.
    sent: Vec<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Code {
    digits: String,
    sent: Timestamp,
    tries: u32,
}

/// Whether a code has opened it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened {
    Yes,
    /// It has not, and so many tries are left.
    No {
        left: u32,
    },
    /// There is no code that could.
    Over,
}

/// There were too many codes; the next one may be sent after so long, rounded up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) minutes: u64,
}

impl Stored for Lock {
    const NAME: &'static str = "passcode.lock";
}

impl Lock {
    /// Whether another code may be sent.
    pub(super) fn may_change(&mut self, now: Timestamp) -> Result<(), Refused> {
        self.sent.retain(|sent| now.since(*sent) < EACH);
        match self.sent.first() {
            Some(oldest) if self.sent.len() >= CODES => {
                let seconds = EACH.saturating_sub(now.since(*oldest)).as_secs();
                Err(Refused { minutes: seconds.div_ceil(60).max(1) })
            }
            _ => Ok(()),
        }
    }

    /// From now on this code opens it, and no other.
    pub(super) fn change(&mut self, digits: &str, now: Timestamp) {
        self.sent.push(now);
        self.code = Some(Code { digits: digits.to_owned(), sent: now, tries: 0 });
    }

    /// Tries this code. A code opens once.
    pub(super) fn open(&mut self, digits: &str, now: Timestamp) -> Opened {
        let good = self.code.take().filter(|code| now.since(code.sent) < GOOD_FOR);
        let Some(mut code) = good else { return Opened::Over };
        // How long it takes does not tell how much of it is right.
        if bool::from(code.digits.as_bytes().ct_eq(digits.as_bytes())) {
            return Opened::Yes;
        }
        code.tries += 1;
        let left = TRIES.saturating_sub(code.tries);
        if left > 0 {
            self.code = Some(code);
        }
        Opened::No { left }
    }
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::assert_shape;

    use super::*;

    #[test]
    fn a_lock_survives_deploys() {
        assert_shape::<Lock>("src/passcode/shapes");
    }

    #[test]
    fn only_the_whole_code_opens() {
        let now = Timestamp::from_millis(1);
        for (digits, opened) in [
            ("409173", Opened::Yes),
            ("40917", Opened::No { left: 4 }),
            ("4091730", Opened::No { left: 4 }),
            ("", Opened::No { left: 4 }),
        ] {
            let mut lock = Lock::default();
            assert_eq!(lock.open(digits, now), Opened::Over);
            lock.change("409173", now);
            assert_eq!(lock.open(digits, now), opened, "{digits}");
        }
    }
}
