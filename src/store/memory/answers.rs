//! The answers of one conversation, for copies.

use super::super::{ANSWERS_KEPT, Answer};
use crate::conversation::clock::Timestamp;

/// Answers that are kept at most in one conversation, whatever their age.
pub(super) const MOST_ANSWERS: u32 = 1_000;
/// Below this many bytes there is no room to spare: most conversations are short.
const SMALL: usize = 1024;

/// The newest answers in one piece: for each the turn's number, the moment in eight bytes, the
/// answer's length in four, and the answer.
#[derive(Debug, Default)]
pub(super) struct Answers {
    bytes: Vec<u8>,
    /// Where the oldest that is still kept begins.
    start: u32,
    count: u32,
}

/// Bytes before each answer.
const HEAD: usize = 16 + 8 + 4;

impl Answers {
    /// The answer to the turn with this number.
    pub(super) fn to(&self, turn: u128) -> Option<Answer> {
        let turn = turn.to_be_bytes();
        let mut rest = self.kept();
        while let Some((head, behind)) = rest.split_at_checked(HEAD) {
            let (answer, behind) = behind.split_at_checked(length(head))?;
            if head[..16] == turn {
                return Some(Answer::new(answer));
            }
            rest = behind;
        }
        None
    }

    /// Adds an answer, and drops those that are old or too many.
    pub(super) fn push(&mut self, turn: u128, now: Timestamp, answer: &Answer) {
        while let Some((head, _)) = self.kept().split_at_checked(HEAD) {
            if self.count < MOST_ANSWERS && now.since(moment(head)) <= ANSWERS_KEPT {
                break;
            }
            let dropped = HEAD + length(head);
            self.start += u32::try_from(dropped).expect("answers have less than 64 kB");
            self.count -= 1;
        }
        // What was dropped is moved out of the way when it is half of all, so that adding stays
        // cheap in a flood.
        let start = usize::try_from(self.start).expect("it is within the bytes");
        if start > self.bytes.len() / 2 {
            self.bytes.drain(..start);
            self.start = 0;
        }
        let answer = answer.as_bytes();
        let more = HEAD + answer.len();
        if self.bytes.len() + more < SMALL {
            self.bytes.reserve_exact(more);
        }
        let length = u32::try_from(answer.len()).expect("answers have less than 64 kB");
        self.bytes.extend_from_slice(&turn.to_be_bytes());
        self.bytes.extend_from_slice(&now.as_millis().to_be_bytes());
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(answer);
        self.count += 1;
    }

    fn kept(&self) -> &[u8] {
        usize::try_from(self.start).ok().and_then(|start| self.bytes.get(start..)).unwrap_or(&[])
    }
}

fn length(head: &[u8]) -> usize {
    let length = head[24..].try_into().map(u32::from_be_bytes).expect("there are four bytes");
    usize::try_from(length).expect("it fits, as the answer is in memory")
}

fn moment(head: &[u8]) -> Timestamp {
    let moment = head[16..24].try_into().map(i64::from_be_bytes).expect("there are eight bytes");
    Timestamp::from_millis(moment)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_are_kept_for_a_day_and_not_without_end() {
        for (pace, oldest) in [(0, 4_000), (60, 5_000 - 1_000), (120, 5_000 - 721)] {
            let mut answers = Answers::default();
            let mut now = Timestamp::from_millis(0);
            for turn in 0..5_000_u128 {
                now = now.after(Duration::from_secs(pace));
                answers.push(turn, now, &Answer::new(turn.to_string().into_bytes()));
            }
            for turn in 0..5_000_u128 {
                let kept = answers.to(turn);
                let expected = (turn >= oldest).then(|| Answer::new(turn.to_string().into_bytes()));
                assert_eq!(kept, expected, "{turn} at a pace of {pace} s");
            }
            assert!(answers.bytes.len() < 2 * 1_001 * (HEAD + 4));
        }
    }
}
