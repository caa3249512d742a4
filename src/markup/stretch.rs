//! A row of a document, with what counts for its length and where it may not be cut.

use std::ops::Range;

use super::{
    Kind, LineKind,
    compose::FENCE,
    edges::is_space,
    links::next_link,
    plan::shown,
    rows::{Piece, Row, RowKind},
    split::Limit,
};

/// What is written around a link at most, besides what is foreseen: each of three styles ends before
/// it and begins again behind it, and a space on either side keeps it from running on.
const AROUND_LINK: usize = 8;

/// What is written around code at most, besides what is foreseen: the same styles, three backticks
/// on either side and not one, and two line ends.
const AROUND_CODE: usize = 12;

/// A row, with what counts for its length.
#[derive(Debug)]
pub(super) struct Stretch {
    pub(super) range: Range<usize>,
    pub(super) kind: RowKind,
    /// Sorted by start, the outer before the inner.
    pub(super) styles: Vec<Styled>,
    /// What is added at a place, for the address of a link.
    pub(super) targets: Vec<(usize, usize)>,
    /// Where a cut would break something: inline code, links.
    pub(super) sealed: Vec<Range<usize>>,
    /// Code that may be cut, but keeps its white space.
    pub(super) codes: Vec<Range<usize>>,
    /// How long all of it is, at least.
    pub(super) units: usize,
    /// How much longer it may become when it is written, whatever part of it.
    pub(super) spare: usize,
    /// Whether there is nothing to see in it.
    pub(super) is_blank: bool,
    /// The next row that is not blank.
    pub(super) next_shown: Option<usize>,
}

/// A piece with a style.
#[derive(Debug)]
pub(super) struct Styled {
    pub(super) range: Range<usize>,
    /// How much its markers add.
    pub(super) added: usize,
    /// Which of the styles is around it.
    parent: Option<usize>,
}

impl Stretch {
    /// `addresses` is how many there could be in the row.
    pub(super) fn of(row: &Row<'_, '_>, text: &str, addresses: usize, limit: Limit) -> Self {
        let mut stretch = Self {
            range: row.range.clone(),
            kind: row.kind,
            styles: Vec::new(),
            targets: Vec::new(),
            sealed: Vec::new(),
            codes: Vec::new(),
            units: 0,
            spare: 0,
            is_blank: text[row.range.clone()].chars().all(is_space),
            next_shown: None,
        };
        for piece in row.pieces {
            stretch.add(text, piece.kind, piece.range.clone(), limit);
        }
        if addresses > 0 {
            stretch.seal_addresses(text);
        }
        stretch.sort_sealed();
        stretch.measure(&text[row.range.clone()], row.pieces, addresses, limit);
        stretch
    }

    fn measure(&mut self, text: &str, pieces: &[Piece<'_>], addresses: usize, limit: Limit) {
        let markers = self.styles.iter().map(|style| style.added);
        let targets = self.targets.iter().map(|(_, added)| *added);
        self.units = self.prefix(self.range.start)
            + markers.chain(targets).sum::<usize>()
            + limit.measure_all(text);
        let codes = pieces.iter().filter(|piece| piece.kind.is_code()).count();
        let links = pieces.len() - self.styles.len() + addresses;
        self.spare = codes * AROUND_CODE + links * AROUND_LINK;
    }

    fn add(&mut self, text: &str, kind: &Kind, range: Range<usize>, limit: Limit) {
        let added = match kind {
            Kind::Bold | Kind::Italic | Kind::Strike | Kind::Code => 2,
            Kind::Mono => 2 * FENCE.len(),
            Kind::Block => 2 * FENCE.len() + 2,
            Kind::Link(None) => 0,
            Kind::Link(Some(to)) => {
                let to = shown(to);
                if !to.is_empty() && text[range.clone()] != *to {
                    let length = limit.measure_all(to);
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
    pub(super) fn held(&self, begun: usize, at: usize) -> usize {
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
    }

    fn sort_sealed(&mut self) {
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
    pub(super) fn code_from(&self, at: usize) -> Option<&Range<usize>> {
        self.codes.get(self.codes.partition_point(|code| code.end <= at))
    }

    /// What stands before the row, if it is shown from a place on.
    pub(super) fn prefix(&self, start: usize) -> usize {
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
