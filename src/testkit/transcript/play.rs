//! Plays a transcript with a bot: what is heard after each step, beside what is wanted.

use std::collections::HashMap;

use super::{
    mark::{Difference, differs},
    read::{Act, Step, address},
};
use crate::testkit::{
    Chat, Heard, notation, span,
    talk::{entry, with_causes},
};

/// The numbers of people who have only a name, in the order in which they appear: first Ana's.
const FIRST_NUMBER: u64 = 15_005_550_006;

/// The people of a transcript, and what was said so far.
pub(super) struct Cast {
    line: Chat,
    people: HashMap<String, Chat>,
    named: u64,
    talk: String,
}

/// What was heard after one step.
#[derive(Debug)]
pub(super) struct Played {
    /// As lines of a transcript.
    pub(super) heard: Vec<String>,
    /// Why it is not what was wanted: the line, counted from nought, and what is said of it.
    pub(super) complaint: Option<(usize, String)>,
}

impl Cast {
    pub(super) fn new(line: Chat) -> Self {
        Self { line, people: HashMap::new(), named: 0, talk: String::new() }
    }

    /// Plays one step.
    pub(super) async fn plays(&mut self, step: &Step) -> Played {
        let mut heard = self.does(step).await.looked_at();
        let heard_lines = lines(step, &heard);
        self.adds(&heard_lines);
        heard.talk.clone_from(&self.talk);
        let complaint = match (&heard.trouble, differs(&step.wanted, &heard)) {
            (Some(trouble), _) => {
                Some((step.line, format!("{trouble}\n\nthe talk so far:\n{}", self.talk)))
            }
            (None, Some(Difference { line, wanted, heard: instead })) => {
                Some((line.unwrap_or(step.line), heard.complaint(&wanted, &instead)))
            }
            (None, None) => None,
        };
        Played { heard: heard_lines, complaint }
    }

    /// Waits for what is still under way.
    pub(super) async fn ends(&self) -> Result<(), String> {
        let ended = self.line.ended().await;
        ended.map_err(|trouble| format!("{trouble}\n\nthe talk:\n{}", self.talk))
    }

    async fn does(&mut self, step: &Step) -> Heard {
        let name = step.person.as_deref().unwrap_or("Ana");
        match &step.act {
            Act::Says(content) => self.adds(&[entry(name, &notation::said(content))]),
            Act::Repeats => self.adds(&[entry(name, "[again]")]),
            Act::Waits(time) => self.adds(&[format!("--- {} later", span::written(*time))]),
            Act::Looks => {}
        }
        let chat = self.person(name);
        match &step.act {
            Act::Says(content) => chat.sends(content.clone()).await,
            Act::Repeats => chat.repeats().await,
            Act::Waits(time) => chat.waits(*time).await,
            Act::Looks => chat.looks().await,
        }
    }

    fn person(&mut self, name: &str) -> &Chat {
        let Self { line, people, named, .. } = self;
        people.entry(name.to_owned()).or_insert_with(|| {
            if let Some(address) = address(name) {
                return line.by(address.as_str());
            }
            let number = FIRST_NUMBER + *named;
            *named += 1;
            line.by(&format!("+{number}")).called(name)
        })
    }

    fn adds(&mut self, lines: &[String]) {
        for line in lines {
            self.talk.push_str(line);
            self.talk.push('\n');
        }
    }
}

/// What was heard, as lines of a transcript.
fn lines(step: &Step, heard: &Heard) -> Vec<String> {
    let who = match (&step.act, &step.person) {
        (Act::Looks, Some(person)) => format!("bot to {person}"),
        _ => "bot".to_owned(),
    };
    let messages = heard.messages.iter().map(notation::written);
    let failure = heard.failure.as_ref().map(|error| format!("({})", with_causes(error)));
    let lines: Vec<_> = messages.chain(failure).map(|said| entry(&who, &said)).collect();
    let is_answer = matches!(step.act, Act::Says(_) | Act::Repeats);
    if lines.is_empty() && is_answer { vec![entry(&who, "(says nothing)")] } else { lines }
}
