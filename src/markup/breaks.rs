//! Finds where a document may be cut, and how long it would be up to there.

use std::convert::Infallible;

use super::{
    Rich,
    edges::is_space,
    lines::{line_end, marker},
    links::addresses,
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
    /// How long it is at most, as it is written.
    pub(super) most: usize,
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
    /// The end, if everything fits.
    pub(super) whole: Option<Break>,
    /// How much longer the rows so far may become when they are written.
    spare: usize,
}

impl<'a> Breaks<'a> {
    pub(super) fn of(rich: &'a Rich, limit: Limit) -> Self {
        let mut rows = Vec::new();
        let mut signs = addresses(&rich.text).peekable();
        let Ok(()) = rich.each_row(|row| {
            let mut count = 0;
            while signs.next_if(|at| *at < row.range.end).is_some() {
                count += 1;
            }
            rows.push(Stretch::of(row, &rich.text, count, limit));
            Ok::<(), Infallible>(())
        });
        let mut shown = None;
        for (at, row) in rows.iter_mut().enumerate().rev() {
            row.next_shown = shown;
            if !row.is_blank {
                shown = Some(at);
            }
        }
        Self { text: &rich.text, limit, rows }
    }

    /// Walks from a place as far as so many units reach.
    ///
    /// Of a row that fits, only its end counts: it is a better place than any in the row.
    pub(super) fn reach(&self, from: usize, room: usize) -> Reach {
        let mut reach = Reach::default();
        let first = self.rows.partition_point(|row| row.range.end < from);
        // Between the two halves of a CRLF, a line end is still to come.
        let is_between = self.rows.get(first).is_some_and(|row| from < row.range.start);
        reach.spare = usize::from(is_between);
        let mut units = 0;
        for (at, row) in self.rows.iter().enumerate().skip(first) {
            let start = row.range.start.max(from);
            units += usize::from(at > first);
            reach.spare += row.spare;
            let is_whole = start == row.range.start && units + row.units <= room;
            if is_whole && !row.is_blank && row.next_shown.is_some() {
                units += row.units;
            } else {
                let Some(used) = self.walk(row, start, units, room, &mut reach) else {
                    return reach;
                };
                units = used;
            }
            self.end_row(at, units, &mut reach);
        }
        let end = self.text.len();
        reach.whole = Some(Break { end, next: end, units, most: units + reach.spare });
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
                    let class = if sentence { Class::Sentence } else { Class::Word };
                    reach.offer(class, at, next, units, self.text);
                } else if ends_cjk(self.text, at) && !space {
                    reach.offer(Class::Sentence, at, at, units, self.text);
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
        let row = &self.rows[at];
        let Some(next) = row.next_shown.filter(|_| !row.is_blank) else { return };
        let class = if next > at + 1 { Class::Paragraph } else { Class::Line };
        let end = row.range.end;
        reach.last = Some(end);
        reach.take(class, end, self.rows[next].range.start, units);
    }
}

impl Reach {
    /// Takes a break within a line, unless what comes behind would begin an item or a quote.
    fn offer(&mut self, class: Class, end: usize, next: usize, units: usize, text: &str) {
        let rest = &text[next..];
        if !begins_line(rest) && marker(rest).is_none() {
            self.take(class, end, next, units);
        }
    }

    fn take(&mut self, class: Class, end: usize, next: usize, units: usize) {
        let most = units + self.spare;
        self.best[class as usize] = Some(Break { end, next, units, most });
    }
}

fn ends_cjk(text: &str, at: usize) -> bool {
    text[..at].ends_with(['。', '！', '？'])
}
