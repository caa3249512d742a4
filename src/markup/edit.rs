//! Replaces pieces of a document's text and keeps the styles where they were.

use std::{borrow::Cow, ops::Range};

use super::{
    Line, Rich, Span,
    lines::{end_length, line_end},
};

/// A piece of text and what stands there instead.
pub(super) type Edit<'a> = (Range<usize>, &'a str);

impl Rich {
    /// The document with other text in some places, which are sorted and do not overlap. A style
    /// that ends up without text is gone.
    pub(super) fn edited(&self, edits: &[Edit<'_>]) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut shifts = Vec::with_capacity(edits.len());
        let mut from = 0;
        for (range, new) in edits {
            text.push_str(&self.text[from..range.start]);
            text.push_str(new);
            shifts.push((range.clone(), text.len()));
            from = range.end;
        }
        text.push_str(&self.text[from..]);

        // What is inside a replaced piece moves to its beginning.
        let moved = |at: usize| {
            let next = shifts.partition_point(|(range, _)| range.end <= at);
            let at = shifts.get(next).map_or(at, |(range, _)| at.min(range.start));
            next.checked_sub(1).map_or(at, |last| shifts[last].1 + (at - shifts[last].0.end))
        };
        let moved = |range: &Range<usize>| moved(range.start)..moved(range.end);
        let spans = self
            .spans
            .iter()
            .map(|span| Span { kind: span.kind.clone(), range: moved(&span.range) });
        let lines =
            self.lines.iter().map(|line| Line { kind: line.kind, range: moved(&line.range) });
        Self {
            spans: spans.filter(|span| !span.range.is_empty()).collect(),
            lines: lines.collect(),
            text,
        }
    }

    /// The document on one line: a space for each line end.
    pub(super) fn on_one_line(self) -> Self {
        let mut edits = Vec::new();
        let (mut end, mut next) = line_end(&self.text, 0);
        while next > end {
            edits.push((end..next, " "));
            (end, next) = line_end(&self.text, next);
        }
        let mut rich = if edits.is_empty() { self } else { self.edited(&edits) };
        rich.lines.clear();
        rich
    }

    /// The document without characters that are not for people: controls other than tab and line
    /// ends, and what turns the direction of text around.
    pub(super) fn cleaned(&self) -> Cow<'_, Self> {
        let bytes = self.text.as_bytes();
        if !may_be_unseemly(bytes) {
            return Cow::Borrowed(self);
        }
        let lengths = (0..bytes.len()).map(|at| (at, unseemly(&bytes[at..])));
        let edits =
            lengths.filter(|(_, length)| *length > 0).map(|(at, length)| (at..at + length, ""));
        let edits: Vec<Edit<'_>> = edits.collect();
        if edits.is_empty() { Cow::Borrowed(self) } else { Cow::Owned(self.edited(&edits)) }
    }
}

/// Whether any byte could begin a character that is not for people, or a rarer line end. All bytes
/// are looked at, without a branch, so that the compiler takes many at a time.
pub(super) fn may_be_unseemly(bytes: &[u8]) -> bool {
    let is_suspect = |byte: u8| {
        let control = u8::from(byte < 0x20) & u8::from(byte != b'\n') & u8::from(byte != b'\t');
        control | u8::from(byte == 0x7f) | u8::from(byte & 0xdf == 0xc2)
    };
    let any = |chunk: &[u8]| chunk.iter().fold(0, |any, byte| any | is_suspect(*byte)) != 0;
    bytes.chunks(CHUNK).any(any)
}

/// Bytes that are looked at together.
const CHUNK: usize = 256;

/// How many bytes the character is long that begins here, if it is a control other than tab and
/// line ends, or a bidirectional embedding, override or isolate; 0 for all others.
pub(super) fn unseemly(bytes: &[u8]) -> usize {
    match bytes {
        [b'\t' | 0x20..0x7f, ..] => 0,
        [0..0x20 | 0x7f, ..] if end_length(bytes) == 0 => 1,
        [0xc2, 0x80..0xa0, ..] if end_length(bytes) == 0 => 2,
        [0xe2, 0x80, 0xaa..=0xae, ..] | [0xe2, 0x81, 0xa6..=0xa9, ..] => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bold, italic};

    #[test]
    fn styles_move_with_the_text_under_them() {
        let text = "a\u{202e}" + bold("b\u{7}" + italic("\u{1}") + "c") + "d";
        let clean = text.cleaned().into_owned();
        assert_eq!(clean, "a" + bold("bc") + "d");
        assert_eq!(clean.cleaned().into_owned(), clean);
        let folded = ("a\r\n" + bold("b\u{2028}c")).on_one_line();
        assert_eq!(folded, "a " + bold("b c"));
    }
}
