//! What was talked about: as much as fits, the newest first to stay.

use chinwag::Stored;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most questions that are remembered, each with its answer.
const MOST: usize = 12;
/// Most bytes of all that is remembered.
const LARGEST: usize = 24_000;
/// What the model is told before everything else.
const INSTRUCTION: &str = "You talk with a person on WhatsApp. Answer in their language, in a few \
     short paragraphs, in Markdown without tables or images.";

/// The newest questions and answers, oldest first.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Thread(Vec<Exchange>);

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Exchange {
    question: String,
    answer: String,
}

impl Stored for Thread {
    const NAME: &'static str = "assistant.thread";
}

impl Thread {
    /// With this exchange; the oldest go.
    pub(super) fn and(mut self, question: String, answer: String) -> Self {
        self.0.push(Exchange { question, answer });
        let mut bytes = 0;
        let fits = |exchange: &&Exchange| {
            bytes += exchange.question.len() + exchange.answer.len();
            bytes <= LARGEST
        };
        let count = self.0.iter().rev().take(MOST).take_while(fits).count();
        Self(self.0.split_off(self.0.len() - count))
    }

    /// What the model gets to read for this question.
    pub(super) fn messages(&self, question: &str) -> Vec<Value> {
        let said = |role: &str, content: &str| json!({"role": role, "content": content});
        let before = self.0.iter().flat_map(|exchange| {
            [said("user", &exchange.question), said("assistant", &exchange.answer)]
        });
        [said("system", INSTRUCTION)]
            .into_iter()
            .chain(before)
            .chain([said("user", question)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use chinwag::testkit::assert_shape;

    use super::*;

    #[test]
    fn what_is_stored_keeps_its_shape() {
        assert_shape::<Thread>("src/assistant/shapes");
    }

    #[test]
    fn the_newest_stay_in_number_and_in_size() {
        let many = (0..100)
            .fold(Thread::default(), |thread, number| thread.and(format!("q{number}"), "a".into()));
        assert_eq!((many.0.len(), &*many.0[11].question), (12, "q99"));
        let large = many.and("q".into(), "x".repeat(LARGEST - 10));
        assert!(large.0.len() < 5 && large.0.last().unwrap().question == "q");
        assert!(large.and("q".into(), "x".repeat(LARGEST + 1)).0.is_empty());
    }
}
