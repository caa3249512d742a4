//! How fast a sender may send: each message has its moment, and waits for it or goes back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::sleep;

use crate::conversation::clock::{Clock, Timestamp};

/// How long a message waits in the courier's hands; what would wait longer goes back into the
/// outbox, so that there is room for those of other senders.
const IN_HAND: Duration = Duration::from_secs(1);
/// How much earlier than its moment it comes back from there, to be there in time.
const EARLY: Duration = Duration::from_millis(500);
/// What a courier that was late may catch up with at once.
const CATCH_UP: Duration = Duration::from_millis(100);
/// How long a sender rests at most because the other side asks for it.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// How fast each sender may send.
///
/// What comes faster waits, in the courier's hands or in the outbox, and holds no other sender up.
/// It is the rate of one courier: of several on one store each sends at its own.
///
/// ```
/// use std::time::Duration;
///
/// use chinwag::outbound::Rate;
///
/// assert_eq!(Rate::default(), Rate::per_second(80));
/// assert_eq!(Rate::per_second(4), Rate::every(Duration::from_millis(250)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(Duration);

impl Rate {
    /// As many messages a second as a WhatsApp sender has without asking for more
    /// (<https://help.twilio.com/articles/360024008153>); Twilio queues what comes faster, for up to
    /// four hours.
    pub const WHATSAPP: Self = Self(Duration::from_micros(1_000_000 / 80));
    /// As fast as Twilio takes them.
    pub const UNLIMITED: Self = Self(Duration::ZERO);

    /// So many messages a second; at least one.
    #[must_use]
    pub fn per_second(messages: u32) -> Self {
        Self(Duration::from_secs(1) / messages.max(1))
    }

    /// One message in this time; [`UNLIMITED`](Self::UNLIMITED) if it is none. The sandbox has one in
    /// three seconds.
    #[must_use]
    pub const fn every(time: Duration) -> Self {
        Self(time)
    }
}

/// [`Rate::WHATSAPP`].
impl Default for Rate {
    fn default() -> Self {
        Self::WHATSAPP
    }
}

/// When each sender may send next.
#[derive(Debug)]
pub(super) struct Pace {
    rate: Rate,
    clock: Arc<dyn Clock>,
    senders: Mutex<HashMap<Box<str>, Sender>>,
}

/// One sender's moments, in microseconds since 1970.
#[derive(Debug, Clone, Copy, Default)]
struct Sender {
    /// The first that is free.
    next: i64,
    /// The first that is free among those that went back.
    back: i64,
}

/// When a message may leave.
#[derive(Debug, PartialEq, Eq)]
enum Moment {
    /// So much later: it is the message's own.
    In(Duration),
    /// Not soon; it should be asked for again then.
    Later(Timestamp),
}

impl Pace {
    pub(super) fn new(rate: Rate, clock: Arc<dyn Clock>) -> Self {
        Self { rate, clock, senders: Mutex::default() }
    }

    /// Waits until this sender's next message may leave.
    ///
    /// # Errors
    /// With the moment at which it should be asked again, if that would take long.
    pub(super) async fn keep(&self, sender: &str) -> Result<(), Timestamp> {
        match self.moment(sender) {
            Moment::In(Duration::ZERO) => Ok(()),
            Moment::In(wait) => {
                sleep(wait).await;
                Ok(())
            }
            Moment::Later(when) => Err(when),
        }
    }

    /// The other side wants to be left alone by this sender for so long.
    pub(super) fn rest(&self, sender: &str, asked: Duration) {
        let until = self.clock.now().after(asked.min(LONGEST_REST)).as_millis() * 1_000;
        self.of(sender, |moments| moments.next = moments.next.max(until));
    }

    fn moment(&self, sender: &str) -> Moment {
        let [apart, in_hand, early, late] = [self.rate.0, IN_HAND, EARLY, CATCH_UP].map(micros);
        let now = self.clock.now().as_millis() * 1_000;
        self.of(sender, |moments| {
            let next = moments.next.max(now - late);
            if next <= now + in_hand {
                moments.next = next + apart;
                let wait = u64::try_from(next - now).unwrap_or(0);
                return Moment::In(Duration::from_micros(wait));
            }
            moments.back = moments.back.max(next - early) + apart;
            Moment::Later(Timestamp::from_millis(moments.back / 1_000))
        })
    }

    fn of<T>(&self, sender: &str, change: impl FnOnce(&mut Sender) -> T) -> T {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        match senders.get_mut(sender) {
            Some(moments) => change(moments),
            None => change(senders.entry(sender.into()).or_default()),
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::clock::ManualClock;

    fn pace(rate: Rate) -> (Arc<ManualClock>, Pace) {
        let clock = Arc::new(ManualClock::default());
        (Arc::clone(&clock), Pace::new(rate, clock))
    }

    fn wait(pace: &Pace, sender: &str) -> u128 {
        match pace.moment(sender) {
            Moment::In(wait) => wait.as_millis(),
            Moment::Later(when) => panic!("later: {when}"),
        }
    }

    #[test]
    fn each_message_has_a_moment_of_its_own() {
        let (clock, pace) = pace(Rate::per_second(4));
        assert_eq!([0, 1, 2, 3].map(|_| wait(&pace, "a")), [0, 150, 400, 650]);
        assert_eq!(wait(&pace, "b"), 0, "another sender has moments of its own");
        clock.advance(Duration::from_mins(1));
        assert_eq!([0, 1].map(|_| wait(&pace, "a")), [0, 150], "nothing is saved up");
    }

    #[test]
    fn what_would_wait_long_comes_back_one_after_the_other() {
        let (clock, pace) = pace(Rate::per_second(10));
        let begin = clock.now();
        let in_hand = (0..100).take_while(|_| matches!(pace.moment("a"), Moment::In(_))).count();
        assert_eq!(in_hand, 12);
        let later = [0, 1, 2].map(|_| match pace.moment("a") {
            Moment::Later(when) => when.since(begin).as_millis(),
            Moment::In(wait) => panic!("now: {wait:?}"),
        });
        assert_eq!(later, [800, 900, 1_000], "the first one was asked above");
    }

    #[test]
    fn a_sender_rests_when_it_is_asked_to() {
        let (clock, pace) = pace(Rate::UNLIMITED);
        pace.rest("a", Duration::from_secs(20));
        assert!(matches!(pace.moment("a"), Moment::Later(_)));
        assert_eq!(wait(&pace, "b"), 0);
        clock.advance(Duration::from_secs(20));
        assert_eq!(wait(&pace, "a"), 0);
        pace.rest("a", Duration::from_hours(5));
        clock.advance(Duration::from_mins(1));
        assert_eq!(wait(&pace, "a"), 0, "a minute is the longest");
    }
}
