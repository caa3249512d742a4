//! Decides which styles of a row are written, and where their markers go.
//!
//! A style that a phone would not show is left out: an edge that touches a word, a style around
//! nothing. No style covers an address.

use std::ops::Range;

use super::{
    Kind,
    edges::{after, before, is_space, is_wordy},
    joints::{Joint, keep_standing},
    lines::line_end,
    links::{is_link, next_address, next_link},
    rows::{Piece, Row},
};

/// The three styles with a marker on either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Bold,
    Italic,
    Strike,
}

impl Style {
    pub(super) const ALL: [Self; 3] = [Self::Bold, Self::Italic, Self::Strike];

    pub(super) fn marker(self) -> char {
        match self {
            Self::Bold => '*',
            Self::Italic => '_',
            Self::Strike => '~',
        }
    }

    fn of(kind: &Kind) -> Option<Self> {
        match kind {
            Kind::Bold => Some(Self::Bold),
            Kind::Italic => Some(Self::Italic),
            Kind::Strike => Some(Self::Strike),
            _ => None,
        }
    }
}

/// A stretch of a row in one style.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) style: Style,
    pub(super) range: Range<usize>,
}

/// A stretch of code, and whether it takes three backticks.
#[derive(Debug, Clone)]
pub(super) struct CodeRun {
    pub(super) range: Range<usize>,
    pub(super) fenced: bool,
}

/// A place that no style may cover.
#[derive(Debug, Clone)]
pub(super) struct Hole<'a> {
    pub(super) range: Range<usize>,
    pub(super) what: Filling<'a>,
}

/// What stands in a [`Hole`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling<'a> {
    /// The text itself: an address up to here, and what could become a part of it.
    Found(usize),
    /// The text itself, which is an address by the author's word.
    Address,
    /// A link's address, which follows its text here.
    Target(&'a str),
    /// Code around which the styles are closed.
    Code,
}

/// What may be used on a row; taken away step by step if the result does not read as it should.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    pub(super) styles: [bool; 3],
    pub(super) single_backticks: bool,
}

/// What a row will be written with. Kept from row to row for its memory.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// Sorted by start, the outer before the inner.
    pub(super) runs: Vec<Run>,
    pub(super) codes: Vec<CodeRun>,
    pub(super) holes: Vec<Hole<'a>>,
    whole: Vec<Run>,
    /// Which of the whole runs is the last of each style.
    latest: [Option<usize>; 3],
    /// Where runs begin or end, sorted.
    places: Vec<usize>,
}

impl<'a> Plan<'a> {
    pub(super) fn make(&mut self, text: &str, row: &Row<'a, '_>, means: Means) {
        self.runs.clear();
        self.codes.clear();
        self.holes.clear();
        self.whole.clear();
        self.latest = [None; 3];
        self.gather(text, row.pieces, means);
        self.find_addresses(text, &row.range);
        self.holes.sort_by_key(|hole| (hole.range.start, hole.range.end));
        self.cut(text);
        self.check_edges(text, &row.range);
        self.choose_backticks(text, &row.range, means);
    }

    /// Sorts the pieces into whole runs, codes and holes.
    fn gather(&mut self, text: &str, pieces: &[Piece<'a>], means: Means) {
        for piece in pieces {
            let range = piece.range.clone();
            match piece.kind {
                Kind::Code | Kind::Mono | Kind::Block => {
                    self.code(text, range, *piece.kind != Kind::Code);
                }
                Kind::Link(None) => {
                    if is_link(&text[range.clone()]) {
                        self.holes.push(Hole { range, what: Filling::Address });
                    }
                }
                Kind::Link(Some(to)) => {
                    let to = shown(to);
                    if !to.is_empty() && text[range.clone()] != *to {
                        let what = Filling::Target(to);
                        self.holes.push(Hole { range: range.end..range.end, what });
                    }
                }
                kind => {
                    let allowed = Style::of(kind).filter(|style| means.styles[*style as usize]);
                    if let Some(style) = allowed {
                        self.style(style, range);
                    }
                }
            }
        }
    }

    /// Adds a run, or continues the one that ends where it begins, if nothing else begins or ends
    /// between.
    fn style(&mut self, style: Style, range: Range<usize>) {
        let ends_here = |at: &usize| self.whole[*at].range.end == range.start;
        let begins_here = |at: &usize| self.whole[*at].range.start == range.start;
        let last = self.latest[style as usize].filter(ends_here);
        let outer = last.filter(|last| {
            let mut others = self.latest.iter().flatten();
            others.all(|other| !begins_here(other) && (!ends_here(other) || other >= last))
        });
        if let Some(last) = outer {
            self.whole[last].range.end = range.end;
        } else {
            self.latest[style as usize] = Some(self.whole.len());
            self.whole.push(Run { style, range });
        }
    }

    fn code(&mut self, text: &str, range: Range<usize>, fenced: bool) {
        let code = &text[range.clone()];
        if code.chars().all(is_space) {
            return;
        }
        let latest = self.latest.iter().flatten().map(|at| &self.whole[*at]);
        let mut styles = latest.filter(|run| run.range.end > range.start);
        if has_line_end(code) || styles.any(|run| code.contains(run.style.marker())) {
            self.holes.push(Hole { range: range.clone(), what: Filling::Code });
        }
        self.codes.push(CodeRun { range, fenced });
    }

    /// Addresses in the text are holes too; code, and addresses written before, part them.
    fn find_addresses(&mut self, text: &str, row: &Range<usize>) {
        let mut parts: Vec<(Range<usize>, bool)> =
            self.codes.iter().map(|code| (code.range.clone(), false)).collect();
        parts.extend(
            self.holes.iter().map(|hole| (hole.range.clone(), hole.what == Filling::Address)),
        );
        parts.sort_unstable_by_key(|(part, _)| part.start);
        parts.push((row.end..row.end, false));
        let (mut start, mut is_joined) = (row.start, false);
        for (part, is_text) in parts {
            if part.start > start {
                self.find_addresses_in(
                    &text[start..part.start],
                    start,
                    is_joined && word_before(text, row, start),
                );
            }
            start = start.max(part.end);
            is_joined = is_text;
        }
    }

    fn find_addresses_in(&mut self, part: &str, offset: usize, follows_word: bool) {
        let mut from = 0;
        while let Some(link) = next_address(part, from) {
            let in_word = link.in_word || (follows_word && link.range.start == 0);
            let end = if in_word { link.range.start } else { link.range.end };
            let range = offset + link.range.start..offset + link.reach;
            self.holes.push(Hole { range, what: Filling::Found(offset + end) });
            from = link.reach;
        }
    }

    /// Cuts the runs at the holes, and the white space off their ends.
    fn cut(&mut self, text: &str) {
        for run in &self.whole {
            let mut start = run.range.start;
            let first = self.holes.partition_point(|hole| hole.range.end <= start);
            for hole in
                self.holes[first..].iter().take_while(|hole| hole.range.start < run.range.end)
            {
                keep(&mut self.runs, &self.codes, text, run.style, start..hole.range.start);
                start = start.max(hole.range.end);
            }
            keep(&mut self.runs, &self.codes, text, run.style, start..run.range.end);
        }
        self.runs.sort_by_key(|run| (run.range.start, std::cmp::Reverse(run.range.end)));
    }

    /// Drops runs whose outermost markers would touch a word.
    fn check_edges(&mut self, text: &str, row: &Range<usize>) {
        sort_places(&mut self.places, &self.runs);
        if self.runs.is_empty() {
            return;
        }
        let joints = self.places.iter().map(|at| self.joint(text, row, *at)).collect();
        keep_standing(&mut self.runs, joints);
        sort_places(&mut self.places, &self.runs);
    }

    fn joint(&self, text: &str, row: &Range<usize>, at: usize) -> Joint {
        let (mut left, mut right) = (word_before(text, row, at), word_after(text, row, at));
        let first = self.codes.partition_point(|code| code.range.end < at);
        for code in self.codes[first..].iter().take(2) {
            left &= code.range.end != at;
            right &= code.range.start != at;
        }
        if self.inserts(at) {
            (left, right) = (false, false);
        }
        let first = self.holes.partition_point(|hole| hole.range.start < at);
        let is_address =
            |hole: &Hole<'_>| matches!(hole.what, Filling::Found(_) | Filling::Address);
        left |=
            self.holes[..first].last().is_some_and(|hole| is_address(hole) && hole.range.end == at);
        Joint::new(at, left, right)
    }

    /// M6: one backtick where its rules allow it, three elsewhere.
    fn choose_backticks(&mut self, text: &str, row: &Range<usize>, means: Means) {
        self.join_codes();
        for at in 0..self.codes.len() {
            let code = &self.codes[at];
            let Range { start, end } = code.range;
            let inner = &text[start..end];
            let fenced = code.fenced
                || !means.single_backticks
                || inner.contains('`')
                || has_line_end(inner)
                || inner.starts_with(is_space)
                || inner.ends_with(is_space)
                || (word_before(text, row, start) && !self.is_joint(start))
                || (word_after(text, row, end) && !self.is_joint(end));
            self.codes[at].fenced = fenced;
        }
    }

    /// Makes one of codes with nothing written between them.
    fn join_codes(&mut self) {
        let mut codes = std::mem::take(&mut self.codes);
        codes.dedup_by(|next, last| {
            let joins = last.range.end == next.range.start && !self.is_joint(next.range.start);
            if joins {
                last.range.end = next.range.end;
                last.fenced |= next.fenced;
            }
            joins
        });
        self.codes = codes;
    }

    /// Whether a marker or an address is written between the characters here.
    fn is_joint(&self, at: usize) -> bool {
        self.places.binary_search(&at).is_ok() || self.inserts(at)
    }

    /// Whether the address of a link is written here.
    fn inserts(&self, at: usize) -> bool {
        let first = self.holes.partition_point(|hole| hole.range.start < at);
        let mut here = self.holes[first..].iter().take_while(|hole| hole.range.start == at);
        here.any(|hole| matches!(hole.what, Filling::Target(_)))
    }
}

fn sort_places(places: &mut Vec<usize>, runs: &[Run]) {
    places.clear();
    places.extend(runs.iter().flat_map(|run| [run.range.start, run.range.end]));
    places.sort_unstable();
    places.dedup();
}

/// Adds a run without the white space at its ends, unless nothing is left.
fn keep(runs: &mut Vec<Run>, codes: &[CodeRun], text: &str, style: Style, range: Range<usize>) {
    let Range { mut start, mut end } = range;
    let in_code = |at: usize| is_in_code(codes, at);
    while start < end && !in_code(start) {
        match after(text, start).filter(|c| is_space(*c)) {
            Some(c) => start += c.len_utf8(),
            None => break,
        }
    }
    while start < end && !in_code(end - 1) {
        match before(text, end).filter(|c| is_space(*c)) {
            Some(c) => end -= c.len_utf8(),
            None => break,
        }
    }
    if start < end {
        runs.push(Run { style, range: start..end });
    }
}

fn has_line_end(code: &str) -> bool {
    let (end, next) = line_end(code, 0);
    next > end
}

/// Whether a byte is a part of code.
pub(super) fn is_in_code(codes: &[CodeRun], at: usize) -> bool {
    let next = codes.partition_point(|code| code.range.end <= at);
    codes.get(next).is_some_and(|code| code.range.start <= at)
}

/// A link's address as it is shown: mail addresses and numbers bare, places on the same page not
/// at all.
pub(super) fn shown(to: &str) -> &str {
    if to.starts_with('#') {
        return "";
    }
    to.strip_prefix("mailto:").or_else(|| to.strip_prefix("tel:")).unwrap_or(to)
}

fn word_before(text: &str, row: &Range<usize>, at: usize) -> bool {
    at > row.start && before(text, at).is_some_and(is_wordy)
}

fn word_after(text: &str, row: &Range<usize>, at: usize) -> bool {
    at < row.end && after(text, at).is_some_and(is_wordy)
}

/// Whether the address that is written up to `end` would be read on into the text behind it.
pub(super) fn runs_on(text: &str, address: &Range<usize>) -> bool {
    let written = address.len();
    next_link(&text[address.start..], 0)
        .is_some_and(|read| read.range.start == 0 && read.range.end > written)
}
