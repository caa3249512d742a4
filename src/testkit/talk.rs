//! What was said so far, as lines for people.

use std::{
    fmt,
    io::{IsTerminal, Write},
    time::Duration,
};

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

impl Talk {
    /// An empty talk that is printed if the other is.
    pub(super) fn like(other: &Self) -> Self {
        Self { lines: String::new(), is_aloud: other.is_aloud }
    }

    /// Prints each line from now on.
    pub(super) fn print(&mut self) {
        self.is_aloud = true;
    }

    pub(super) fn adds_message(&mut self, person: &str, content: &Content, mark: &str) {
        self.adds(person, &format!("{}{mark}", described(content)));
    }

    pub(super) fn adds_outcome(&mut self, outcome: &Result<Reply, TurnError>) {
        match outcome {
            Ok(reply) if reply.messages().is_empty() => self.adds("bot", "(says nothing)"),
            Ok(reply) => reply.messages().iter().for_each(|one| self.adds("bot", &written(one))),
            Err(error) => self.adds("bot", &format!("({})", with_causes(error))),
        }
    }

    pub(super) fn passes(&mut self, time: Duration) {
        self.adds_line(&format!("--- {} later", duration(time)));
    }

    pub(super) fn deploys(&mut self) {
        self.adds_line("--- a new version is deployed");
    }

    /// Lines after the first stand below it, so that it is clear who said them.
    fn adds(&mut self, who: &str, said: &str) {
        let indent = format!("\n{:1$}", "", who.chars().count() + 2);
        let line = |said: &str| format!("{who}: {}", said.replace('\n', &indent));
        // A terminal can show what a phone would.
        if self.is_aloud && std::io::stdout().is_terminal() {
            aloud(&line(&Rich::parse(said).to_ansi()));
        } else if self.is_aloud {
            aloud(&line(said));
        }
        self.keeps(&line(said));
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

/// One message of the bot: its attachments in brackets, then its text.
pub(super) fn written(message: &Outbound) -> String {
    let media = message.media.iter().map(|url| format!("[{url}]"));
    let body = Some(message.body.clone()).filter(|body| !body.is_empty());
    media.chain(body).collect::<Vec<_>>().join(" ")
}

/// The error and what caused it.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What the person sent, in one line; what is not text stands in brackets.
fn described(content: &Content) -> String {
    let text = content.text();
    let thing = match content {
        Content::Text(_) => return text.to_owned(),
        Content::Location(place) => {
            let label = place.label.as_deref().map(|label| format!(" {label}"));
            format!("location {}, {}{}", place.latitude, place.longitude, label.unwrap_or_default())
        }
        Content::Button(button) => {
            format!("taps {text}{}", id(button.payload.as_deref(), text))
        }
        Content::ListChoice(choice) => format!("chooses {text}{}", id(Some(&choice.id), text)),
        Content::Other { kind, .. } => kind.clone(),
        _ => match content.media() {
            [] => content.kind().to_owned(),
            media => {
                media.iter().map(|one| one.content_type.as_str()).collect::<Vec<_>>().join(", ")
            }
        },
    };
    let is_said = !matches!(content, Content::Button(_) | Content::ListChoice(_));
    if is_said && !text.is_empty() { format!("[{thing}] {text}") } else { format!("[{thing}]") }
}

/// The id behind a choice, if it is another than its text.
fn id(id: Option<&str>, text: &str) -> String {
    id.filter(|id| *id != text).map_or_else(String::new, |id| format!(" = {id}"))
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, 0, 0) => format!("{hours} h"),
        (hours, minutes, 0) => format!("{hours} h {minutes} min"),
        (hours, minutes, seconds) => format!("{hours} h {minutes} min {seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ListChoice, Location, Media};

    #[test]
    fn each_kind_of_content_has_its_line() {
        let cat = Media::at("https://example.com/cat.jpg");
        let place = Location { latitude: 1.5, longitude: -2.0, ..Location::default() };
        let row = ListChoice { id: "r1".into(), title: "Tea".into(), description: None };
        for (content, line) in [
            (Content::from("hi"), "Ana: hi"),
            (Content::from("one\ntwo"), "Ana: one\n     two"),
            (Content::from(cat.clone()), "Ana: [image/jpeg]"),
            (Content::with_media(vec![cat], "my cat".into()), "Ana: [image/jpeg] my cat"),
            (Content::from(place), "Ana: [location 1.5, -2]"),
            (Content::from(row), "Ana: [chooses Tea = r1]"),
        ] {
            let mut talk = Talk::default();
            talk.adds_message("Ana", &content, "");
            assert_eq!(talk.to_string(), format!("{line}\n"));
        }
    }

    #[test]
    fn time_is_told_without_zeros() {
        let told =
            [5, 60, 90, 3600, 25 * 3600 + 60, 3601].map(|s| duration(Duration::from_secs(s)));
        assert_eq!(told, ["5 s", "1 min", "1 min 30 s", "1 h", "25 h 1 min", "1 h 0 min 1 s"]);
    }
}
