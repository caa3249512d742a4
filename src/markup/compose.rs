//! Composes a planned row: its text with the markers, and a note of each marker.

use std::ops::Range;

use super::{
    Mark, Sign,
    edges::{after, is_space},
    lines::{end_length, last_end},
    links::is_link,
    literal::{Seen, Why, is_marker, look_alike},
    plan::{CodeRun, Filling, Plan, Run, Style, is_in_code, runs_on},
};

pub(super) const FENCE: &str = "```";

/// A row as it is written, but for the look-alikes.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) line: String,
    /// All markers in the line, in order.
    pub(super) seen: Vec<Seen>,
    /// The styles and code that a phone should find in it, in order.
    pub(super) meant: Vec<Mark>,
    /// The styles that are open: where each ends in the text, and which of `meant` it is.
    open: Vec<(usize, usize)>,
}

impl Draft {
    /// Begins a row with the marker of its line.
    pub(super) fn begin(&mut self, prefix: &str) {
        self.line.clear();
        self.line.push_str(prefix);
        self.seen.clear();
        self.meant.clear();
    }

    /// Adds a part of the text with what is planned for it.
    pub(super) fn compose(&mut self, text: &str, range: Range<usize>, plan: &Plan<'_>) {
        let mut at = range.start;
        let mut reached = usize::MAX;
        let mut runs = plan.runs.iter().peekable();
        let mut codes = plan.codes.iter().peekable();
        let mut holes = plan.holes.iter().filter(|hole| hole.what != Filling::Code).peekable();
        loop {
            while let Some((_, mark)) = self.open.pop_if(|(end, _)| *end == at) {
                self.close(mark);
            }
            while let Some(hole) =
                holes.next_if(|hole| hole.range.is_empty() && hole.range.start <= at)
            {
                if let Filling::Target(to) = hole.what {
                    self.target(to);
                }
            }
            while let Some(run) = runs.next_if(|run| run.range.start == at) {
                self.open(run);
            }
            if at == range.end {
                return;
            }
            if let Some(code) = codes.next_if(|code| code.range.start == at) {
                self.code(text, code);
                at = code.range.end;
                continue;
            }
            if let Some(hole) = holes.next_if(|hole| hole.range.start == at) {
                let follows_address = hole.range.start == reached;
                at = hole.range.end;
                reached = at;
                if let Filling::Found(end) = hole.what {
                    self.push(&text[hole.range.start..end], Why::Fixed);
                    self.push(&text[end..at], Why::Text);
                } else {
                    if follows_address || self.line.ends_with(char::is_alphanumeric) {
                        self.line.push(' ');
                    }
                    self.push(&text[hole.range.clone()], Why::Fixed);
                    let is_beside_code = codes.peek().is_some_and(|code| code.range.start == at);
                    if !is_beside_code && runs_on(&text[..range.end], &hole.range) {
                        self.line.push(' ');
                    }
                }
                continue;
            }
            let next = [
                runs.peek().map(|run| run.range.start),
                self.open.last().map(|(end, _)| *end),
                codes.peek().map(|code| code.range.start),
                holes.peek().map(|hole| hole.range.start),
            ];
            let next = next.into_iter().flatten().min().unwrap_or(range.end).min(range.end);
            self.push(&text[at..next], Why::Text);
            at = next;
        }
    }

    /// Whether a marker in code or in an address, or one fence beside single backticks, could take
    /// something away that was meant.
    pub(super) fn is_risky(&self) -> bool {
        let has = |sign: Sign| self.meant.iter().any(|mark| mark.sign == sign);
        let is_fixed = |mark: &Seen| mark.why == Why::Fixed;
        !self.meant.is_empty()
            && (self.seen.iter().any(is_fixed) || has(Sign::Pre) && has(Sign::Code))
    }

    fn push(&mut self, text: &str, why: Why) {
        let start = self.line.len();
        self.line.push_str(text);
        let markers = text.bytes().enumerate().filter(|(_, byte)| is_marker(*byte));
        self.seen.extend(markers.map(|(at, _)| Seen { at: start + at, why }));
    }

    fn open(&mut self, run: &Run) {
        let sign = match run.style {
            Style::Bold => Sign::Bold,
            Style::Italic => Sign::Italic,
            Style::Strike => Sign::Strike,
        };
        let start = self.line.len();
        self.open.push((run.range.end, self.meant.len()));
        self.meant.push(Mark { sign, outer: start..start, inner: start + 1..start });
        self.push(run.style.marker().encode_utf8(&mut [0; 4]), Why::Opens);
    }

    fn close(&mut self, mark: usize) {
        let end = self.line.len();
        let opener = self.meant[mark].outer.start;
        let marker = char::from(self.line.as_bytes()[opener]);
        self.push(marker.encode_utf8(&mut [0; 4]), Why::Closes);
        self.meant[mark].inner.end = end;
        self.meant[mark].outer.end = end + 1;
    }

    fn code(&mut self, text: &str, code: &CodeRun) {
        let (sign, fence) = if code.fenced { (Sign::Pre, FENCE) } else { (Sign::Code, "`") };
        let outer = self.line.len();
        self.push(fence, Why::Opens);
        let inner = self.line.len();
        let code = &text[code.range.clone()];
        // A line end beside a fence is not shown, so one that is to be shown needs another.
        if end_length(code.as_bytes()) > 0 {
            self.line.push('\n');
        }
        self.verbatim(code, true);
        if last_end(code) > 0 {
            self.line.push('\n');
        }
        let end = self.line.len();
        self.push(fence, Why::Closes);
        self.meant.push(Mark { sign, outer: outer..self.line.len(), inner: inner..end });
    }

    /// Adds code: LF for its line ends, and no backticks that would end it, neither three nor one
    /// beside the fence.
    pub(super) fn verbatim(&mut self, code: &str, beside: bool) {
        let bytes = code.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let ticks = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
            let ends = end_length(&bytes[at..]);
            if ticks > 0 {
                let touches = beside && (at == 0 || at + ticks == bytes.len());
                for _ in 0..ticks {
                    let tick = if ticks >= FENCE.len() || touches { look_alike(b'`') } else { "`" };
                    self.push(tick, Why::Fixed);
                }
                at += ticks;
            } else if ends > 0 {
                self.line.push('\n');
                at += ends;
            } else {
                let next = (at + 1..bytes.len())
                    .find(|next| bytes[*next] == b'`' || end_length(&bytes[*next..]) > 0);
                let next = next.unwrap_or(bytes.len());
                self.push(&code[at..next], Why::Fixed);
                at = next;
            }
        }
    }

    /// Adds a link's address behind its text.
    fn target(&mut self, to: &str) {
        let why = if is_link(to) { Why::Fixed } else { Why::Text };
        self.line.push_str(" (");
        self.push(to, why);
        self.line.push(')');
    }
}

/// Where the text of an item or a quote begins: behind the white space, unless that is code.
pub(super) fn first_word(text: &str, range: &Range<usize>, codes: &[CodeRun]) -> usize {
    let mut at = range.start;
    while at < range.end && !is_in_code(codes, at) {
        match after(text, at).filter(|c| is_space(*c)) {
            Some(c) => at += c.len_utf8(),
            None => break,
        }
    }
    at
}
