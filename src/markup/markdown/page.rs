//! Sets blocks on lines: lists, quotes, code, and the blank lines between them.

use std::fmt::Write;

use crate::markup::{Kind, Line, LineKind, Rich, edit::Edit, lines::line_end};

/// The document so far, and the containers that are open.
#[derive(Debug, Default)]
pub(super) struct Page {
    rich: Rich,
    lists: Vec<List>,
    quotes: usize,
    /// What is set off by a blank line: counts the blocks that are in no list and no quote.
    part: usize,
    last_part: usize,
    /// The document without its footnotes, while one is read.
    main: Option<Box<Self>>,
    footnotes: Rich,
}

#[derive(Debug)]
struct List {
    /// The number of the next item.
    next: Option<u64>,
    /// Whether the item's marker is still to be written.
    fresh: bool,
}

/// White space before a line of a list: two spaces for each level, up to nine.
fn indent(depth: usize) -> &'static str {
    &"                  "[..2 * depth.min(9)]
}

impl Page {
    /// A page with room for so many bytes.
    pub(super) fn new(size: usize) -> Self {
        let mut page = Self::default();
        page.rich.text.reserve(size);
        page
    }

    pub(super) fn in_list(&self) -> bool {
        !self.lists.is_empty()
    }

    pub(super) fn open_list(&mut self, first: Option<u64>) {
        self.lists.push(List { next: first, fresh: false });
    }

    pub(super) fn open_item(&mut self) {
        if let Some(list) = self.lists.last_mut() {
            list.fresh = true;
        }
    }

    pub(super) fn close_item(&mut self) {
        if self.lists.last().is_some_and(|list| list.fresh) {
            self.write(&mut Rich::new());
        }
        if let Some(next) = self.lists.last_mut().and_then(|list| list.next.as_mut()) {
            *next = next.saturating_add(1);
        }
    }

    pub(super) fn close_list(&mut self) {
        self.lists.pop();
        self.part();
    }

    pub(super) fn open_quote(&mut self) {
        self.quotes += 1;
    }

    pub(super) fn close_quote(&mut self) {
        self.quotes -= 1;
        self.part();
    }

    pub(super) fn open_footnote(&mut self) {
        let footnotes = std::mem::take(&mut self.footnotes);
        let main = std::mem::replace(self, Self { rich: footnotes, part: 1, ..Self::default() });
        self.main = Some(Box::new(main));
    }

    pub(super) fn close_footnote(&mut self) {
        if let Some(main) = self.main.take() {
            let footnotes = std::mem::replace(self, *main).rich;
            self.footnotes = footnotes;
        }
    }

    pub(super) fn finish(self) -> Rich {
        if self.footnotes.is_empty() {
            return self.rich;
        }
        if self.rich.is_empty() { self.footnotes } else { self.rich.line("").line(self.footnotes) }
    }

    /// Ends a part, unless it is one of a larger.
    pub(super) fn part(&mut self) {
        if self.lists.is_empty() && self.quotes == 0 {
            self.part += 1;
        }
    }

    /// Adds code, which is set in no quote.
    pub(super) fn write_code(&mut self, code: &str) {
        if code.trim().is_empty() {
            return;
        }
        if self.lists.last().is_some_and(|list| list.fresh) {
            self.write(&mut Rich::new());
        }
        self.begin();
        self.rich.append(Rich::from(code.to_owned()).styled(Kind::Block));
        self.part();
    }

    /// Adds a paragraph, or a part of an item, and leaves its memory.
    pub(super) fn write(&mut self, text: &mut Rich) {
        self.begin();
        let start = self.rich.text().len();
        let depth = self.lists.len();
        let (end, next) = line_end(&text.text, 0);
        let has_lines = next > end;
        if has_lines && depth > 0 {
            *text = indented(text, indent(depth));
        }
        let kind = self.marker();
        self.rich.take_over(text);
        match kind {
            Some(kind) if has_lines => self.mark(kind, start),
            Some(kind) => {
                let range = start..self.rich.text.len();
                self.rich.lines.push(Line { kind, range });
            }
            None => {}
        }
        self.part();
    }

    /// Writes what stands before the text of the next line, and says what it is.
    fn marker(&mut self) -> Option<LineKind> {
        let quote = (self.quotes > 0).then_some(LineKind::Quote);
        let depth = self.lists.len();
        let Some(list) = self.lists.last_mut() else { return quote };
        let text = &mut self.rich.text;
        if !std::mem::take(&mut list.fresh) {
            text.push_str(indent(depth));
            return quote;
        }
        if depth == 1 && quote.is_none() {
            return Some(list.next.map_or(LineKind::Bullet, LineKind::Number));
        }
        text.push_str(indent(depth - 1));
        match list.next {
            None => text.push_str("- "),
            Some(n) => write!(text, "{n}. ").expect("a String takes all text"),
        }
        quote
    }

    /// Makes the first line from a place on an item, or all of them quotes.
    fn mark(&mut self, kind: LineKind, mut start: usize) {
        loop {
            let (end, next) = line_end(&self.rich.text, start);
            self.rich.lines.push(Line { kind, range: start..end });
            if kind != LineKind::Quote || next == end {
                return;
            }
            start = next;
        }
    }

    fn begin(&mut self) {
        self.rich.begin_line();
        if self.last_part != self.part && !self.rich.is_empty() {
            self.rich.begin_line();
        }
        self.last_part = self.part;
    }
}

/// With white space before each line but the first.
fn indented(text: &Rich, indent: &str) -> Rich {
    let mut edits: Vec<Edit<'_>> = Vec::new();
    let (mut end, mut next) = line_end(text.text(), 0);
    while next > end {
        edits.push((next..next, indent));
        (end, next) = line_end(text.text(), next);
    }
    text.edited(&edits)
}
