//! Finds where a document may be cut, and how long it would be up to there.

use std::convert::Infallible;

use super::{
    Rich,
    edges::is_space,
    lines::{line_end, marker},
    literal::begins_line,
    split::Limit,
    stretch::Stretch,
};

/// The classes of breaks, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Paragraph,
    Line,
    Sentence,
    Word,
}

impl Class {
    pub(super) const COUNT: usize = 4;
}

/// A place for a cut: what is before `end` stays, what is from `next` on comes after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Break {
    pub(super) end: usize,
    pub(super) next: usize,
    /// How long the piece up to `end` is, at least.
    pub(super) units: usize,
}

/// All rows of a document.
#[derive(Debug)]
pub(super) struct Breaks<'a> {
    text: &'a str,
    limit: Limit,
    rows: Vec<Stretch>,
}

/// The best breaks of each class, and how far the text fits at all.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The last break of each class that fits.
    pub(super) best: [Option<Break>; Class::COUNT],
    /// The last place that fits, whatever stands there.
    pub(super) last: Option<usize>,
    /// Whether everything fits.
    pub(super) whole: bool,
}

impl<'a> Breaks<'a> {
    pub(super) fn of(rich: &'a Rich, limit: Limit) -> Self {
        let mut rows = Vec::new();
        let Ok(()) = rich.each_row(|row| {
            rows.push(Stretch::of(row, &rich.text, limit));
            Ok::<(), Infallible>(())
        });
        Self { text: &rich.text, limit, rows }
    }

    /// Walks from a place as far as so many units reach.
    pub(super) fn reach(&self, from: usize, room: usize) -> Reach {
        let mut reach = Reach::default();
        let first = self.rows.partition_point(|row| row.range.end < from);
        let mut units = 0;
        for (at, row) in self.rows.iter().enumerate().skip(first) {
            let start = row.range.start.max(from);
            let line_end = usize::from(at > first);
            let Some(used) = self.walk(row, start, units + line_end, room, &mut reach) else {
                return reach;
            };
            units = used;
            self.end_row(at, units, &mut reach);
        }
        reach.whole = true;
        reach
    }

    /// Walks a row; gives the units at its end, if it fits.
    fn walk(
        &self,
        row: &Stretch,
        start: usize,
        units: usize,
        room: usize,
        reach: &mut Reach,
    ) -> Option<usize> {
        let begun = row.styles.partition_point(|style| style.range.start < start);
        let mut units = units + row.prefix(start) + row.held(begun, start);
        let mut styles = row.styles[begun..].iter().peekable();
        let passed = row.targets.partition_point(|(end, _)| *end <= start);
        let mut targets = row.targets[passed..].iter().peekable();
        let passed = row.sealed.partition_point(|range| range.end <= start);
        let mut sealed = row.sealed[passed..].iter().peekable();
        let mut last_space = true;
        let mut sentence = false;
        for (offset, c) in self.text[start..row.range.end].char_indices() {
            let at = start + offset;
            while let Some((_, added)) = targets.next_if(|(end, _)| *end <= at) {
                units += added;
            }
            while sealed.next_if(|range| range.end <= at).is_some() {}
            let is_sealed = sealed.peek().is_some_and(|range| range.start < at);
            if units > room {
                return None;
            }
            let space = is_space(c);
            if !is_sealed && at > start {
                reach.last = Some(at);
                if space && !last_space {
                    let next = self.after_space(row, at);
                    let found = Break { end: at, next, units };
                    reach.offer(
                        if sentence { Class::Sentence } else { Class::Word },
                        found,
                        self.text,
                    );
                } else if ends_cjk(self.text, at) && !space {
                    reach.offer(Class::Sentence, Break { end: at, next: at, units }, self.text);
                }
            }
            while let Some(style) = styles.next_if(|style| style.range.start <= at) {
                units += style.added;
            }
            units += self.limit.measure(c);
            sentence = matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '…')
                || sentence && matches!(c, ')' | '"' | '\'' | '”' | '’' | '»' | '*' | '_');
            last_space = space;
        }
        units += targets.map(|(_, added)| added).sum::<usize>();
        (units <= room).then_some(units)
    }

    /// Where the text goes on behind a cut before white space.
    fn after_space(&self, row: &Stretch, at: usize) -> usize {
        let rest = &self.text[at..];
        let in_code = row.code_from(at).is_some_and(|code| code.contains(&at));
        let space = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
        if in_code {
            // What stands before the next line of code is kept.
            let (end, next) = line_end(self.text, at);
            if next > end && end <= at + space {
                return next;
            }
        }
        at + space
    }

    /// Where a piece ends without the white space at its end, unless that is code.
    pub(super) fn without_space(&self, from: usize, end: usize) -> usize {
        let shown = from + self.text[from..end].trim_end_matches(is_space).len();
        let row = self.rows.partition_point(|row| row.range.end < shown);
        let in_code =
            |row: &Stretch| row.code_from(shown).is_some_and(|code| code.contains(&shown));
        if self.rows.get(row).is_some_and(in_code) { end } else { shown }
    }

    /// Offers the cut behind a row.
    fn end_row(&self, at: usize, units: usize, reach: &mut Reach) {
        let end = self.rows[at].range.end;
        let is_blank = |row: &&Stretch| self.text[row.range.clone()].chars().all(is_space);
        if is_blank(&&self.rows[at]) {
            return;
        }
        let blank = self.rows[at + 1..].iter().take_while(is_blank).count();
        let Some(next) = self.rows.get(at + 1 + blank) else { return };
        let class = if blank > 0 { Class::Paragraph } else { Class::Line };
        reach.last = Some(end);
        reach.offer(class, Break { end, next: next.range.start, units }, self.text);
    }
}

impl Reach {
    /// Takes a break, unless it is within a line and what comes behind would begin an item or a
    /// quote.
    fn offer(&mut self, class: Class, found: Break, text: &str) {
        let rest = &text[found.next..];
        let begins = begins_line(rest) || marker(rest).is_some();
        let slot = &mut self.best[class as usize];
        if !begins || class == Class::Line || class == Class::Paragraph {
            *slot = Some(found);
        }
    }
}

fn ends_cjk(text: &str, at: usize) -> bool {
    text[..at].ends_with(['。', '！', '？'])
}
