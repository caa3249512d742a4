//! Reads a transcript: who says what, what is wanted, and on which line it stands.

use std::{ops::Range, time::Duration};

use super::mark::Wanted;
use crate::{
    message::{Address, Content},
    testkit::{Lasts, notation, talk::DEPLOYED},
};

/// What happens next, and what is to be heard then.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The line it begins on, counted from nought.
    pub(super) line: usize,
    /// Who hears the answer; none before anybody has said something.
    pub(super) person: Option<String>,
    pub(super) act: Act,
    /// With the line on which each stands.
    pub(super) wanted: Vec<(usize, Wanted)>,
    /// The lines of what is wanted; empty at the place where they would stand.
    pub(super) lines: Range<usize>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    Says(Content),
    /// `[again]`: Twilio delivers the newest message once more.
    Repeats,
    /// `--- 25h`
    Waits(Duration),
    /// `bot to Bo: …`: somebody else hears something.
    Looks,
}

/// Why a transcript cannot be read: `file:line: why`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}:{line}: {why}")]
pub struct InvalidTranscript {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) why: String,
}

/// One entry: the lines of a text stand below each other.
#[derive(Debug)]
struct Entry<'a> {
    line: usize,
    /// The line behind it.
    end: usize,
    who: &'a str,
    sign: char,
    text: String,
}

/// What happens, step by step.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, (usize, String)> {
    let lines: Vec<_> = text.lines().collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.trim().is_empty() || line.starts_with('#') {
            at += 1;
            continue;
        }
        if let Some(time) = line.strip_prefix("---") {
            let person = steps.last().and_then(|step| step.person.clone());
            let time = time.trim();
            if time == DEPLOYED {
                at += 1;
                continue;
            }
            let time = time.strip_suffix("later").unwrap_or(time);
            let time = time.lasts().map_err(|why| (at, why))?;
            steps.push(Step::new(at, at + 1, person, Act::Waits(time)));
            at += 1;
            continue;
        }
        let entry = entry(&lines, at).map_err(|why| (at, why))?;
        at = entry.end;
        takes(&mut steps, &entry).map_err(|why| (entry.line, why))?;
    }
    Ok(steps)
}

impl Step {
    fn new(line: usize, end: usize, person: Option<String>, act: Act) -> Self {
        Self { line, person, act, wanted: Vec::new(), lines: end..end }
    }
}

fn takes(steps: &mut Vec<Step>, entry: &Entry<'_>) -> Result<(), String> {
    let Entry { line, end, who, sign, text } = entry;
    if *who == "or" {
        let step = steps.last_mut();
        let last = step.and_then(|step| Some((step.wanted.last_mut()?, &mut step.lines)));
        let ((_, last), lines) = last.ok_or("or: stands below a message of the bot")?;
        last.or(*sign, text)?;
        lines.end = *end;
        return Ok(());
    }
    if *who != "bot" && !who.starts_with("bot to ") {
        let act =
            if text == "[again]" { Act::Repeats } else { Act::Says(notation::understood(text)?) };
        steps.push(Step::new(*line, *end, Some((*who).to_owned()), act));
        return Ok(());
    }
    let to = who.strip_prefix("bot to ").map(str::trim);
    let is_other = |step: &Step| to.is_some_and(|to| step.person.as_deref() != Some(to));
    if steps.last().is_some_and(is_other) {
        steps.push(Step::new(*line, *line, to.map(ToOwned::to_owned), Act::Looks));
    }
    let step = steps.last_mut().ok_or("somebody must say something before the bot does")?;
    if step.wanted.is_empty() {
        step.lines.start = *line;
    }
    step.wanted.push((*line, Wanted::read(*sign, text)?));
    step.lines.end = *end;
    Ok(())
}

/// The entry that begins on this line.
fn entry<'a>(lines: &[&'a str], line: usize) -> Result<Entry<'a>, String> {
    const ADVICE: &str = "write a line as Ana: hi, bot: Hello!, --- 25h or # a comment";
    let first = lines[line];
    if first.starts_with(char::is_whitespace) {
        return Err(format!(
            "a line that is indented continues a text, and there is none; {ADVICE}"
        ));
    }
    let (who, sign, said) = head(first).ok_or_else(|| format!("nobody says this; {ADVICE}"))?;
    let indent = who.chars().count() + 2;
    let mut text = said.to_owned();
    let mut end = line + 1;
    for (below, next) in lines.iter().enumerate().skip(end) {
        if next.trim().is_empty() {
            continue;
        }
        if !next.starts_with(char::is_whitespace) {
            break;
        }
        // Blank lines between two lines of a text belong to it.
        for continued in &lines[end..=below] {
            text.push('\n');
            text.push_str(unindented(continued, indent));
        }
        end = below + 1;
    }
    Ok(Entry { line, end, who, sign, text })
}

/// Who says it, by which sign, and what stands behind the sign.
fn head(line: &str) -> Option<(&str, char, &str)> {
    let is_bot = ["bot", "or"].iter().any(|who| {
        line.strip_prefix(who).is_some_and(|rest| rest.starts_with([':', '~', '/']))
            || line.starts_with("bot to ")
    });
    let signs: &[char] = if is_bot { &[':', '~', '/'] } else { &[':'] };
    let is_sign = |(at, sign): &(usize, char)| {
        let behind = &line[at + 1..];
        *at > 0 && signs.contains(sign) && (behind.is_empty() || behind.starts_with(' '))
    };
    let (at, sign) = line.char_indices().find(is_sign)?;
    Some((&line[..at], sign, line.get(at + 2..).unwrap_or_default()))
}

/// The line without so much white space in front.
fn unindented(line: &str, indent: usize) -> &str {
    let spaces = line.chars().take_while(|c| c.is_whitespace()).take(indent);
    &line[spaces.map(char::len_utf8).sum()..]
}

/// The person's address, if the name is one: a number on WhatsApp, or a whole address.
pub(super) fn address(name: &str) -> Option<Address> {
    let whole = || name.contains(':').then(|| name.parse().ok()).flatten();
    Address::whatsapp(name).ok().or_else(whole)
}
