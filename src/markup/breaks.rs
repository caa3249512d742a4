//! Finds where a document may be cut, and how long it would be up to there.

use std::{convert::Infallible, ops::Range};

use super::{
    Kind, LineKind, Rich,
    compose::FENCE,
    edges::is_space,
    lines::{line_end, marker},
    links::next_link,
    literal::begins_line,
    plan::shown,
    rows::RowKind,
    split::Limit,
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

/// A row, with what counts for its length.
#[derive(Debug)]
struct Stretch {
    range: Range<usize>,
    kind: RowKind,
    /// Sorted by start, the outer before the inner.
    styles: Vec<Styled>,
    /// What is added at a place, for the address of a link.
    targets: Vec<(usize, usize)>,
    /// Where a cut would break something: inline code, links.
    sealed: Vec<Range<usize>>,
    /// Code that may be cut, but keeps its white space.
    codes: Vec<Range<usize>>,
}

/// A piece with a style.
#[derive(Debug)]
struct Styled {
    range: Range<usize>,
    /// How much its markers add.
    added: usize,
    /// Which of the styles is around it.
    parent: Option<usize>,
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
            let mut stretch = Stretch {
                range: row.range.clone(),
                kind: row.kind,
                styles: Vec::new(),
                targets: Vec::new(),
                sealed: Vec::new(),
                codes: Vec::new(),
            };
            for piece in row.pieces {
                stretch.add(&rich.text, piece.kind, piece.range.clone(), limit);
            }
            stretch.seal_addresses(&rich.text);
            rows.push(stretch);
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

impl Stretch {
    fn add(&mut self, text: &str, kind: &Kind, range: Range<usize>, limit: Limit) {
        let added = match kind {
            Kind::Bold | Kind::Italic | Kind::Strike | Kind::Code => 2,
            Kind::Mono => 2 * FENCE.len(),
            Kind::Block => 2 * FENCE.len() + 2,
            Kind::Link(None) => 0,
            Kind::Link(Some(to)) => {
                let to = shown(to);
                if !to.is_empty() && text[range.clone()] != *to {
                    let length = to.chars().map(|c| limit.measure(c)).sum::<usize>();
                    self.targets.push((range.end, length + " ()".len()));
                }
                0
            }
        };
        match kind {
            Kind::Code | Kind::Link(_) => self.sealed.push(range.clone()),
            Kind::Mono | Kind::Block => self.codes.push(range.clone()),
            _ => {}
        }
        if added > 0 {
            let parent = self.around(self.styles.len(), range.start);
            self.styles.push(Styled { range, added, parent });
        }
    }

    /// The innermost of the first styles that reaches over a place.
    fn around(&self, first: usize, at: usize) -> Option<usize> {
        let mut style = first.checked_sub(1);
        while let Some(known) = style.filter(|known| self.styles[*known].range.end <= at) {
            style = self.styles[known].parent;
        }
        style
    }

    /// What the styles add that began before a place and reach over it.
    fn held(&self, begun: usize, at: usize) -> usize {
        let innermost = self.around(begun, at);
        let outwards = |style: &usize| self.styles[*style].parent;
        std::iter::successors(innermost, outwards).map(|style| self.styles[style].added).sum()
    }

    fn seal_addresses(&mut self, text: &str) {
        let part = &text[self.range.clone()];
        let mut from = 0;
        while let Some(link) = next_link(part, from) {
            from = link.range.end;
            self.sealed
                .push(self.range.start + link.range.start..self.range.start + link.range.end);
        }
        self.sealed.sort_unstable_by_key(|range| range.start);
        self.sealed.dedup_by(|next, last| {
            let meets = next.start < last.end;
            if meets {
                last.end = last.end.max(next.end);
            }
            meets
        });
    }

    /// The first code that ends behind a place.
    fn code_from(&self, at: usize) -> Option<&Range<usize>> {
        self.codes.get(self.codes.partition_point(|code| code.end <= at))
    }

    /// What stands before the row, if it is shown from a place on.
    fn prefix(&self, start: usize) -> usize {
        match self.kind {
            RowKind::Line(LineKind::Quote) => 2,
            RowKind::Line(LineKind::Bullet) if start == self.range.start => 2,
            RowKind::Line(LineKind::Number(n)) if start == self.range.start => {
                n.to_string().len() + 2
            }
            _ => 0,
        }
    }
}

fn ends_cjk(text: &str, at: usize) -> bool {
    text[..at].ends_with(['。', '！', '？'])
}
