//! What was said so far, as lines for people that are a transcript too.

use std::{
    fmt,
    io::{IsTerminal, Write},
    time::Duration,
};

use super::{notation, span};
use crate::{
    dispatch::{Reply, TurnError},
    markup::Rich,
    message::{Content, Outbound},
};

/// What was said so far: `Ana: hi`, `bot: Hello!`, and `--- 25 h later` between them.
#[derive(Debug, Default)]
pub(super) struct Talk {
    lines: String,
    is_aloud: bool,
}

/// What a talk says of a new bot; a transcript, which has one, passes over it.
pub(super) const DEPLOYED: &str = "a new version is deployed";

impl Talk {
    /// An empty talk that is printed if the other is.
    pub(super) fn like(other: &Self) -> Self {
        Self { lines: String::new(), is_aloud: other.is_aloud }
    }

    /// Prints each line from now on.
    pub(super) fn print(&mut self) {
        self.is_aloud = true;
    }

    pub(super) fn adds_message(&mut self, person: &str, content: &Content) {
        self.adds(person, &notation::said(content));
    }

    pub(super) fn adds_copy(&mut self, person: &str) {
        self.adds(person, "[again]");
    }

    pub(super) fn adds_outcome(&mut self, outcome: &Result<Reply, TurnError>) {
        for line in outcome_lines(outcome) {
            self.adds("bot", &line);
        }
    }

    /// What came unasked.
    pub(super) fn adds_unasked(&mut self, messages: &[Outbound]) {
        for message in messages {
            self.adds("bot", &notation::written(message));
        }
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.adds_line(&format!("--- {} later", span::written(time)));
    }

    pub(super) fn deploys(&mut self) {
        self.adds_line(&format!("--- {DEPLOYED}"));
    }

    fn adds(&mut self, who: &str, said: &str) {
        // A terminal can show what a phone would.
        if self.is_aloud && std::io::stdout().is_terminal() {
            aloud(&entry(who, &Rich::parse(said).to_ansi()));
        } else if self.is_aloud {
            aloud(&entry(who, said));
        }
        self.keeps(&entry(who, said));
    }

    fn adds_line(&mut self, line: &str) {
        if self.is_aloud {
            aloud(line);
        }
        self.keeps(line);
    }

    fn keeps(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }
}

impl fmt::Display for Talk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines)
    }
}

fn aloud(line: &str) {
    // Whoever closes the terminal in the middle has heard enough.
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Who said what; lines after the first stand below it, so that it is clear who said them.
pub(super) fn entry(who: &str, said: &str) -> String {
    let indent = " ".repeat(who.chars().count() + 2);
    let mut lines = said.split('\n');
    let first = format!("{who}: {}", lines.next().unwrap_or_default());
    lines.fold(first, |entry, line| {
        // A blank line is left blank: editors would trim it.
        if line.is_empty() { entry + "\n" } else { entry + "\n" + &indent + line }
    })
}

/// What the bot did, a text for each message.
pub(super) fn outcome_lines(outcome: &Result<Reply, TurnError>) -> Vec<String> {
    match outcome {
        Ok(reply) if reply.messages().is_empty() => vec!["(says nothing)".to_owned()],
        Ok(reply) => reply.messages().iter().map(notation::written).collect(),
        Err(error) => vec![format!("({})", with_causes(error))],
    }
}

/// The error and what caused it.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_after_the_first_stand_below_it() {
        let mut talk = Talk::default();
        talk.adds_message("Ana", &Content::from("one\ntwo"));
        talk.adds_copy("Ana");
        talk.passes(Duration::from_hours(25));
        talk.adds_outcome(&Ok(Reply::text("(three)").and("four")));
        talk.adds_outcome(&Ok(Reply::silent()));
        assert_eq!(
            talk.to_string(),
            "Ana: one\n     two\nAna: [again]\n--- 25 h later\n\
             bot: \"(three)\"\nbot: four\nbot: (says nothing)\n"
        );
    }
}
