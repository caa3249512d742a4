//! Collects the text of a paragraph with its styles, and puts right what Markdown got wrong.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr3};

use super::tag::{self, HtmlTag, Meaning, decoded};
use crate::markup::{
    Kind, Rich, Span,
    builder::encoded,
    edges::{after, before, is_space, is_wordy},
    edit::Edit,
    lines::line_end,
    links::next_link,
};

/// The text of the current paragraph, heading, item or cell.
#[derive(Debug)]
pub(super) struct Inline<'a> {
    source: &'a str,
    rich: Rich,
    /// What is open: styles and links, of Markdown or of HTML.
    frames: Vec<Frame>,
    /// Stars that Markdown left as text.
    stars: Vec<Star>,
    /// How many frames have ever been opened.
    opened: usize,
    /// Where in the source the last bare address ended, which was copied as a whole.
    copied: usize,
    /// Where the line of the source ends that was looked at last.
    line_end: usize,
    /// How many links are open.
    links: usize,
    /// The text of hidden HTML is being skipped.
    hidden: bool,
}

/// Bytes for which a paragraph has room at first.
const PARAGRAPH: usize = 120;

/// How deep tags may lie in each other before more are left out.
const DEPTH: usize = 100;

#[derive(Debug)]
struct Frame {
    what: What,
    id: usize,
    /// The name of the tag, for HTML.
    tag: Option<String>,
    /// Whether its end was met inside a style of Markdown, with which it ends then.
    ended: bool,
    /// Where the closing marker begins in the source, for Markdown.
    closer: usize,
}

#[derive(Debug)]
enum What {
    /// A style or link: which of the spans.
    Span(usize),
    /// A marker that is text after all, and stands at the end too.
    Literal(&'static str),
    /// Only its text counts.
    Nothing,
}

#[derive(Debug, Clone, Copy)]
struct Star {
    at: usize,
    frame: usize,
}

impl<'a> Inline<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            rich: Rich::new(),
            frames: Vec::new(),
            stars: Vec::new(),
            opened: 0,
            copied: 0,
            line_end: 0,
            links: 0,
            hidden: false,
        }
    }

    /// Whether nothing at all has come since the text was taken.
    pub(super) fn is_untouched(&self) -> bool {
        self.rich.is_empty() && self.rich.spans.is_empty() && self.frames.is_empty() && !self.hidden
    }

    /// Gives back the memory of a text that was taken.
    pub(super) fn give(&mut self, empty: Rich) {
        self.rich = empty;
    }

    /// Hands the text over, without white space at the ends of lines, and begins anew.
    pub(super) fn take(&mut self) -> Rich {
        while !self.frames.is_empty() {
            self.close_top();
        }
        self.hidden = false;
        let rich = salvaged(std::mem::take(&mut self.rich), &self.stars);
        self.stars.clear();
        trimmed(without_styled_code(rich))
    }

    /// Text of the source; `range` is where it stands there, escapes included.
    pub(super) fn text(&mut self, text: &str, range: Range<usize>) {
        let Range { mut start, end } = range;
        if start < self.copied {
            start = self.copied.min(end);
        } else if end - start != text.len() {
            return self.plain(text);
        }
        if memchr3(b'*', b':', b'.', &self.source.as_bytes()[start..end]).is_none() {
            return self.plain(&self.source[start..end]);
        }
        while let Some(found) = self.address(start..end) {
            self.literal(start..found.start);
            self.copied = found.end;
            start = found.end.min(end);
            self.plain(&self.source[found]);
        }
        self.literal(start..end);
    }

    /// The first bare address that begins in a part of the source, where it is no link already; it
    /// ends with the line, and before the marker that closes a style around it.
    fn address(&mut self, part: Range<usize>) -> Option<Range<usize>> {
        if self.links > 0 {
            return None;
        }
        let start = part.start + next_link(&self.source[part], 0)?.range.start;
        if self.line_end <= start {
            self.line_end = line_end(self.source, start).0;
        }
        let closer = self.frames.last().map_or(usize::MAX, |frame| frame.closer);
        let end = if closer > start { self.line_end.min(closer) } else { self.line_end };
        let address = next_link(&self.source[start..end], 0)?;
        Some(start + address.range.start..start + address.range.end)
    }

    /// A part of the source as text, in which stars may have been meant as markers unless they are
    /// escaped. Only what a part begins with can be escaped.
    fn literal(&mut self, range: Range<usize>) {
        let offset = self.rich.text.len();
        let text = &self.source[range.clone()];
        self.plain(text);
        if self.hidden || memchr(b'*', text.as_bytes()).is_none() {
            return;
        }
        let slashes = self.source[..range.start].bytes().rev().take_while(|byte| *byte == b'\\');
        let escaped = slashes.count() % 2;
        let frame = self.frames.last().map_or(0, |frame| frame.id);
        let stars = memchr_iter(b'*', text.as_bytes()).filter(|at| *at >= escaped);
        self.stars.extend(stars.map(|at| Star { at: offset + at, frame }));
    }

    /// Text that is only text.
    pub(super) fn plain(&mut self, text: &str) {
        if self.rich.text.capacity() == 0 {
            self.rich.text.reserve(PARAGRAPH);
        }
        if !self.hidden {
            self.rich.text.push_str(text);
        }
    }

    pub(super) fn code(&mut self, code: &str) {
        self.open(Kind::Code);
        self.plain(code);
        self.close_top();
    }

    pub(super) fn line_end(&mut self) {
        self.plain("\n");
    }

    /// `*x*` or `_x_`. Stars that touch a word are stars: `2*3*4`.
    pub(super) fn emphasis(&mut self, range: Range<usize>) {
        let is_star = self.source[range.clone()].starts_with('*');
        let touches = before(self.source, range.start).is_some_and(is_wordy)
            || after(self.source, range.end).is_some_and(is_wordy);
        if is_star && touches {
            self.open_literal("*", range);
        } else {
            self.open_marked(Kind::Italic, range, 1);
        }
    }

    /// `**x**` or `__x__`. Names as `__init__.py` are names.
    pub(super) fn strong(&mut self, range: Range<usize>) {
        let marked = &self.source[range.clone()];
        let is_name = marked.starts_with("__")
            && marked.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let behind = &self.source[range.end..];
        let is_called = behind.starts_with('(')
            || behind.strip_prefix('.').and_then(|rest| after(rest, 0)).is_some_and(is_wordy);
        if is_name && (is_called || before(self.source, range.start) == Some('.')) {
            self.open_literal("__", range);
        } else {
            self.open_marked(Kind::Bold, range, 2);
        }
    }

    /// `~~x~~`; a single tilde is text.
    pub(super) fn strike(&mut self, range: Range<usize>) {
        if self.source[range.clone()].starts_with("~~") {
            self.open_marked(Kind::Strike, range, 2);
        } else {
            self.open_literal("~", range);
        }
    }

    pub(super) fn link(&mut self, range: Range<usize>, to: String) {
        self.open_marked(Kind::Link(Some(to.into())), range, 0);
    }

    /// An image is a link to it, or what stands for the link that it is in.
    pub(super) fn image(&mut self, range: Range<usize>, to: String) {
        if self.links > 0 {
            self.push(What::Nothing, None, range.end);
        } else {
            self.link(range, to);
        }
    }

    pub(super) fn open(&mut self, kind: Kind) {
        self.open_marked(kind, 0..usize::MAX, 0);
    }

    /// Ends the style or link of Markdown that was opened last, and tags left open in it.
    pub(super) fn close(&mut self) {
        while self.frames.last().is_some_and(|frame| frame.tag.is_some()) {
            self.close_top();
        }
        self.close_top();
        while self.frames.last().is_some_and(|frame| frame.ended) {
            self.close_top();
        }
    }

    /// Adds HTML.
    pub(super) fn html(&mut self, html: &str) {
        let mut rest = html.trim_end_matches(['\n', '\r']);
        while let Some(at) = rest.find('<') {
            self.plain(&decoded(&rest[..at]));
            rest = &rest[at..];
            let Some((tag, length)) = tag::read(rest) else {
                self.plain("<");
                rest = &rest[1..];
                continue;
            };
            if let Some(tag) = tag {
                self.tag(&tag);
            }
            rest = &rest[length..];
        }
        self.plain(&decoded(rest));
    }

    fn tag(&mut self, tag: &HtmlTag<'_>) {
        match tag::meaning(&tag.name) {
            Some(Meaning::Hidden) => self.hidden = !tag.is_end,
            Some(Meaning::Style(_) | Meaning::Link) if tag.is_end => self.close_tag(&tag.name),
            Some(Meaning::Style(kind)) => self.open_tag(tag, What::Span(0), Some(kind)),
            Some(Meaning::Link) => {
                let to = tag.attribute("href").map(|to| Kind::Link(Some(encoded(&to).into())));
                self.open_tag(tag, What::Nothing, to);
            }
            Some(Meaning::Image) => {
                if let Some(to) = tag.attribute("src") {
                    let label = tag.attribute("alt").unwrap_or_default();
                    self.open(Kind::Link(Some(encoded(&to).into())));
                    self.plain(&label);
                    self.close_top();
                }
            }
            Some(Meaning::Line) => self.begin_line(),
            Some(Meaning::Item) => {
                self.begin_line();
                if !tag.is_end {
                    self.plain("• ");
                }
            }
            Some(Meaning::Rule) => {
                self.begin_line();
                self.plain("———\n");
            }
            Some(Meaning::Nothing) | None => {}
        }
    }

    fn begin_line(&mut self) {
        let text = self.rich.text.trim_end_matches([' ', '\t']);
        if !text.is_empty() && !text.ends_with('\n') {
            self.line_end();
        }
    }

    fn open_tag(&mut self, tag: &HtmlTag<'_>, otherwise: What, kind: Option<Kind>) {
        if self.frames.len() >= DEPTH {
            return;
        }
        let what = kind.map_or(otherwise, |kind| self.span(kind));
        self.push(what, Some(tag.name.clone()), usize::MAX);
    }

    /// Ends the innermost tag of a name, with all tags left open in it, but no style of Markdown.
    fn close_tag(&mut self, name: &str) {
        let mut frames = self.frames.iter().rev();
        let Some(depth) = frames.position(|frame| frame.tag.as_deref() == Some(name)) else {
            return;
        };
        let at = self.frames.len() - 1 - depth;
        if self.frames[at..].iter().all(|frame| frame.tag.is_some()) {
            for _ in 0..=depth {
                self.close_top();
            }
        } else {
            self.frames[at].ended = true;
        }
    }

    /// Opens a style of Markdown. A marker in an address that was copied is a part of it.
    fn open_marked(&mut self, kind: Kind, range: Range<usize>, marker: usize) {
        let closer = range.end - marker;
        if marker > 0 && range.start < self.copied {
            let text = self.source.get(closer.max(self.copied)..range.end).unwrap_or_default();
            let marker = ["*", "_", "**", "__", "~~"].into_iter().find(|known| *known == text);
            return self.push(marker.map_or(What::Nothing, What::Literal), None, closer);
        }
        let what = self.span(kind);
        self.push(what, None, closer);
    }

    fn open_literal(&mut self, marker: &'static str, range: Range<usize>) {
        let closer = range.end - marker.len();
        if range.start >= self.copied {
            self.plain(marker);
        }
        let what = if closer < self.copied { What::Nothing } else { What::Literal(marker) };
        self.push(what, None, closer);
    }

    fn span(&mut self, kind: Kind) -> What {
        let start = self.rich.text.len();
        self.links += usize::from(matches!(kind, Kind::Link(_)));
        self.rich.spans.push(Span { kind, range: start..start });
        What::Span(self.rich.spans.len() - 1)
    }

    fn push(&mut self, what: What, tag: Option<String>, closer: usize) {
        self.opened += 1;
        self.frames.push(Frame { what, id: self.opened, tag, ended: false, closer });
    }

    fn close_top(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        match frame.what {
            What::Nothing => {}
            What::Literal(marker) => self.plain(marker),
            What::Span(at) => self.close_span(at),
        }
    }

    fn close_span(&mut self, at: usize) {
        let start = self.rich.spans[at].range.start;
        if let Kind::Link(Some(to)) = &self.rich.spans[at].kind {
            self.links -= 1;
            let label = self.rich.text[start..].trim();
            if label.is_empty() && !to.starts_with('#') && !self.hidden {
                let to = to.clone();
                self.rich.text.truncate(start);
                self.rich.text.push_str(&to);
                self.rich.spans[at].kind = Kind::Link(None);
            } else if label == &**to {
                self.rich.spans[at].kind = Kind::Link(None);
            }
        }
        self.rich.spans[at].range.end = self.rich.text.len();
    }
}

/// Two stars that Markdown left as text, with a word right behind them, and two more on the same
/// line: a slip of the author, who meant bold.
fn salvaged(mut rich: Rich, stars: &[Star]) -> Rich {
    rich.spans.retain(|span| !span.range.is_empty());
    if stars.len() < 4 {
        return rich;
    }
    let mut pairs = Vec::new();
    let mut open: Option<Star> = None;
    for run in stars.chunk_by(|a, b| a.at + 1 == b.at) {
        let [star, _] = *run else { continue };
        match open {
            Some(first)
                if first.frame == star.frame && !rich.text[first.at..star.at].contains('\n') =>
            {
                pairs.push((first.at, star.at));
                open = None;
            }
            _ => open = after(&rich.text, star.at + 2).filter(|c| !is_space(*c)).map(|_| star),
        }
    }
    if pairs.is_empty() {
        return rich;
    }
    let bold = pairs.iter().map(|(start, end)| Span { kind: Kind::Bold, range: *start..end + 2 });
    rich.spans.extend(bold);
    rich.spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
    let edits: Vec<Edit<'_>> = pairs
        .iter()
        .flat_map(|(start, end)| [(*start..start + 2, ""), (*end..end + 2, "")])
        .collect();
    rich.edited(&edits)
}

/// Nothing is styled in code.
fn without_styled_code(mut rich: Rich) -> Rich {
    let mut sealed = 0;
    rich.spans.retain(|span| {
        let stays = span.range.start >= sealed;
        if stays && span.kind.is_code() {
            sealed = span.range.end;
        }
        stays
    });
    rich
}

/// Without white space around line ends, at the beginning and at the end.
fn trimmed(rich: Rich) -> Rich {
    let text = rich.text();
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    if ends.iter().flatten().all(|byte| byte.is_ascii_graphic()) && memchr(b'\n', bytes).is_none() {
        return rich;
    }
    let mut edits: Vec<Edit<'_>> = Vec::new();
    let is_trimmed = |c: char| matches!(c, ' ' | '\t');
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    if start > 0 {
        edits.push((0..start, ""));
    }
    let mut done = start;
    for (at, _) in text[start..end].match_indices('\n') {
        let at = start + at;
        let left = text[..at].trim_end_matches(is_trimmed).len().max(done);
        let right = text.len() - text[at + 1..].trim_start_matches(is_trimmed).len();
        if right > left + 1 {
            edits.push((left..right.min(end), "\n"));
        }
        done = right;
    }
    if end < text.len() {
        edits.push((end..text.len(), ""));
    }
    if edits.is_empty() { rich } else { rich.edited(&edits) }
}
