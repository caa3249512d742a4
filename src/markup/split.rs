//! Splits a document into messages of a bounded length, with every style whole in each.

use std::borrow::Cow;

use unicode_segmentation::GraphemeCursor;

use super::{
    Kind, Rich, Span,
    breaks::{Break, Breaks, Class},
    edges::is_space,
    plan::shown,
    slice::Slices,
};

/// How long a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    length: usize,
    unit: Unit,
    counted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Utf16,
    Characters,
}

impl Limit {
    /// What Twilio takes as the body of a message on any channel: 1,600, counted in UTF-16 units to
    /// be safe, because emoji may count as several.
    ///
    /// Source: <https://www.twilio.com/docs/api/errors/21617>.
    pub const TWILIO: Self = Self::utf16(1600);

    /// So many UTF-16 units, markers included; at least 1.
    #[must_use]
    pub const fn utf16(length: usize) -> Self {
        Self { length: if length == 0 { 1 } else { length }, unit: Unit::Utf16, counted: false }
    }

    /// So many characters (code points), markers included; at least 1.
    #[must_use]
    pub const fn characters(length: usize) -> Self {
        Self { unit: Unit::Characters, ..Self::utf16(length) }
    }

    /// With a last line such as `(1/3)` on each message, if there are several.
    #[must_use]
    pub const fn counted(self) -> Self {
        Self { counted: true, ..self }
    }

    pub(super) fn measure(self, c: char) -> usize {
        match self.unit {
            Unit::Utf16 => c.len_utf16(),
            Unit::Characters => 1,
        }
    }

    pub(super) fn measure_all(self, text: &str) -> usize {
        match self.unit {
            Unit::Utf16 => utf16_length(text),
            Unit::Characters => text.chars().count(),
        }
    }
}

/// Room that a line's marker and three styles may take around a link.
const AROUND: usize = 10;

impl Rich {
    /// The document as messages, each of which is written with at most so many units, and none of
    /// which is blank.
    ///
    /// It is cut between paragraphs, lines, sentences or words, the first of these that fills half
    /// of the limit. Styles, quotes and blocks of code go on in the next message. Links, inline
    /// code and characters of several code points are cut only where one alone is too long.
    ///
    /// ```
    /// use chinwag::markup::{Limit, Rich};
    ///
    /// let parts = Rich::parse("*bold text here* and more").split(Limit::utf16(12));
    /// let parts: Vec<String> = parts.iter().map(|part| part.to_string()).collect();
    /// assert_eq!(parts, ["*bold text*", "*here* and", "more"]);
    /// ```
    #[must_use]
    pub fn split(&self, limit: Limit) -> Vec<Self> {
        if !limit.counted || self.fits(limit, limit.length) {
            return self.parts(limit, limit.length);
        }
        let mut digits = 1;
        loop {
            let counter = "\n(/)".len() + 2 * digits;
            let parts = self.parts(limit, limit.length.saturating_sub(counter).max(1));
            let count = parts.len();
            if count.to_string().len() <= digits {
                let numbered = parts.into_iter().zip(1..);
                return numbered.map(|(part, n)| part.line(format!("({n}/{count})"))).collect();
            }
            digits += 1;
        }
    }

    /// Whether the whole is one message. A text of so many bytes is not: none is shorter than a
    /// quarter of them, unless it is mostly control characters.
    fn fits(&self, limit: Limit, room: usize) -> bool {
        self.text.len() / 4 <= room && limit.measure_all(&self.to_string()) <= room
    }

    fn parts(&self, limit: Limit, room: usize) -> Vec<Self> {
        if self.fits(limit, room) {
            let is_blank = self.text.chars().all(is_space);
            return if is_blank { Vec::new() } else { vec![self.clone()] };
        }
        let rich = self.cleaned();
        let rich = rich.with_short_links(limit, room);
        let breaks = Breaks::of(&rich, limit);
        let mut slices = Slices::new(&rich);
        let mut parts = Vec::new();
        let mut at = 0;
        while at < rich.text.len() {
            slices.advance(at);
            let (part, next) = rich.next_part(&breaks, &slices, at, limit, room);
            if !part.text.chars().all(is_space) {
                parts.push(part);
            }
            at = next;
        }
        parts
    }

    /// The longest good piece from a place on that fits, and where the next begins.
    fn next_part(
        &self,
        breaks: &Breaks<'_>,
        slices: &Slices<'_>,
        at: usize,
        limit: Limit,
        room: usize,
    ) -> (Self, usize) {
        let mut target = room;
        loop {
            let reach = breaks.reach(at, target);
            let found = reach.whole.or_else(|| choose(&reach.best, room));
            let cut = found.or_else(|| {
                let end = cluster_before(&self.text, at, reach.last?)?;
                Some(Break { end, next: end, units: 0, most: usize::MAX })
            });
            let Some(cut) = cut.filter(|cut| cut.end > at) else { break };
            let part = slices.piece(at..breaks.without_space(at, cut.end));
            if cut.most <= room {
                return (part, cut.next);
            }
            let length = limit.measure_all(&part.to_string());
            if length <= room {
                return (part, cut.next);
            }
            // Written, it is longer than foreseen.
            target = target.saturating_sub((length - room).max(1));
        }
        self.forced_part(slices, at, limit, room)
    }

    /// As much text as fits where there is no place for a cut, with its styles if they fit too; at
    /// least one character.
    fn forced_part(
        &self,
        slices: &Slices<'_>,
        at: usize,
        limit: Limit,
        room: usize,
    ) -> (Self, usize) {
        let mut target = room;
        while target > 0 {
            let end = self.reach(at, limit, target);
            let part = slices.piece(at..end);
            let length = limit.measure_all(&part.to_string());
            if length <= room {
                return (part, end);
            }
            target = target.saturating_sub(length - room);
        }
        let end = self.reach(at, limit, room);
        (Self::from(self.text[at..end].to_owned()), end)
    }

    /// How far so many units reach: over whole characters, as people count them, or at least over
    /// one code point.
    fn reach(&self, at: usize, limit: Limit, room: usize) -> usize {
        let rest = &self.text[at..];
        let mut length = 0;
        let fits = rest.char_indices().find(|(_, c)| {
            length += limit.measure(*c);
            length > room
        });
        let reach = fits.map_or(rest.len(), |(end, _)| end);
        let first = rest.chars().next().map_or(0, char::len_utf8);
        cluster_before(&self.text, at, at + reach).unwrap_or(at + reach.max(first))
    }

    /// With links that are longer than a message as text.
    fn with_short_links(&self, limit: Limit, room: usize) -> Cow<'_, Self> {
        let is_long = |span: &Span| match &span.kind {
            Kind::Link(Some(to)) => {
                let label = limit.measure_all(&self.text[span.range.clone()]);
                label + limit.measure_all(to) + " ()".len() + AROUND > room
            }
            _ => false,
        };
        if !self.spans.iter().any(is_long) {
            return Cow::Borrowed(self);
        }
        let (long, kept): (Vec<Span>, Vec<Span>) = self.spans.iter().cloned().partition(is_long);
        let rich = Self { spans: kept, ..self.clone() };
        let targets: Vec<(usize, String)> = long
            .iter()
            .filter_map(|span| match &span.kind {
                Kind::Link(Some(to)) => Some((span.range.end, format!(" ({})", shown(to)))),
                _ => None,
            })
            .collect();
        let edits: Vec<_> = targets.iter().map(|(at, to)| (*at..*at, to.as_str())).collect();
        Cow::Owned(rich.edited(&edits))
    }
}

/// One for the first byte of each character, and one more for those of four bytes; without a branch,
/// so that the compiler takes many at a time.
fn utf16_length(text: &str) -> usize {
    let units = |byte: &u8| u8::from(byte & 0xc0 != 0x80) + u8::from(*byte >= 0xf0);
    // A sum of so many fits into a byte.
    let sum = |chunk: &[u8]| usize::from(chunk.iter().map(units).sum::<u8>());
    text.as_bytes().chunks(127).map(sum).sum()
}

/// The first class whose break fills half of the room, or else the longest of all.
fn choose(best: &[Option<Break>; Class::COUNT], room: usize) -> Option<Break> {
    let found = best.iter().flatten();
    let half = found.clone().find(|found| found.units * 2 >= room);
    half.or_else(|| found.max_by_key(|found| found.end)).copied()
}

/// The last boundary between characters, as people count them, that is behind `from` and not
/// behind `at`.
fn cluster_before(text: &str, from: usize, at: usize) -> Option<usize> {
    let part = &text[from..];
    let mut cursor = GraphemeCursor::new(at - from, part.len(), true);
    if cursor.is_boundary(part, 0) == Ok(true) {
        return (at > from).then_some(at);
    }
    let boundary = cursor.prev_boundary(part, 0).ok().flatten()?;
    (boundary > 0).then_some(from + boundary)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Mark, Sign, bold, code, link, marks, sample};
    use super::*;

    fn check(rich: impl Into<Rich>, limit: usize, expected: &[&str]) {
        let parts: Vec<String> =
            rich.into().split(Limit::utf16(limit)).iter().map(Rich::to_string).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn nothing_that_may_not_be_cut_is_cut() {
        check(bold("see https://a.example/b now"), 26, &["*see* https://a.example/b", "*now*"]);
        check(bold("see https://a.example/b"), 24, &["*see*", "https://a.example/b"]);
        check("ab " + code("c d e"), 9, &["ab", "`c d e`"]);
        check(
            "say " + link("the docs", "https://a.example"),
            40,
            &["say the docs (https://a.example)"],
        );
        check(
            "read through all of " + link("the docs", "https://a.example"),
            40,
            &["read through all of", "the docs (https://a.example)"],
        );
        check(code("abcdefgh"), 6, &["`abcd`", "`efgh`"]);
        check(link("", "https://a.example/bcd"), 12, &["https://a.ex", "ample/bcd"]);
    }

    #[test]
    fn an_item_goes_on_as_text_and_a_quote_as_a_quote() {
        check(Rich::new().bullets(["one two", "- three"]), 8, &["- one", "two\n- -", "three"]);
        check(Rich::new().quote("one two\nthree"), 8, &["> one", "> two", "> three"]);
        check(Rich::new().numbered(["one"]).line("").line("").line("two"), 7, &["1. one", "two"]);
    }

    #[test]
    fn code_keeps_its_indentation() {
        check(
            Rich::new().code_block("a {\n    b\n\n}"),
            14,
            &["```\na {\n```", "```\n    b\n```", "```\n\n}\n```"],
        );
    }

    #[test]
    fn messages_are_counted_within_the_limit() {
        let text = Rich::from("word ".repeat(100));
        let parts = text.split(Limit::characters(60).counted());
        assert_eq!(parts.len(), 10);
        for (at, part) in parts.iter().enumerate() {
            let part = part.to_string();
            assert!(part.len() <= 60 && part.ends_with(&format!("\n({}/10)", at + 1)), "{part}");
        }
        assert_eq!(Rich::from("word").split(Limit::TWILIO.counted()), [Rich::from("word")]);
    }

    #[test]
    fn what_is_counted_are_utf16_units() {
        let text = "aé你😀\u{ffff}".repeat(99);
        assert_eq!(Limit::TWILIO.measure_all(&text), text.encode_utf16().count());
    }

    #[test]
    fn nothing_to_say_is_no_message() {
        assert_eq!(Rich::new().split(Limit::TWILIO), []);
        assert_eq!(Rich::from(" \n\u{feff}".repeat(999)).split(Limit::TWILIO), []);
    }

    proptest! {
        #[test]
        fn every_message_fits_and_nothing_is_lost(rich in sample::document(), limit in 1_usize..60) {
            let rich = Rich::parse(&rich.to_string());
            let parts = rich.split(Limit::utf16(limit));
            let mut said = String::new();
            for part in &parts {
                let written = part.to_string();
                let single = limit == 1 && written.chars().count() == 1;
                prop_assert!(single || written.encode_utf16().count() <= limit, "{:?}", written);
                prop_assert!(!written.chars().all(is_space), "{:?}", part);
                said += &sample::seen(part.text());
            }
            prop_assert_eq!(said, sample::seen(rich.text()));
        }

        #[test]
        fn no_piece_is_written_longer_than_foreseen(rich in sample::document(), room in 1_usize..60) {
            let limit = Limit::utf16(room);
            let rich = rich.cleaned();
            let breaks = Breaks::of(&rich, limit);
            let mut slices = Slices::new(&rich);
            let mut at = 0;
            while let Some(c) = rich.text[at..].chars().next() {
                slices.advance(at);
                let reach = breaks.reach(at, room);
                for found in reach.best.iter().flatten().chain(&reach.whole) {
                    let written = slices.piece(at..breaks.without_space(at, found.end)).to_string();
                    prop_assert!(limit.measure_all(&written) <= found.most, "{:?} {:?}", written, found);
                }
                at = choose(&reach.best, room).map_or(at, |found| found.next).max(at + c.len_utf8());
            }
        }

        #[test]
        fn styles_go_on_in_the_next_message(rich in sample::document(), limit in 40_usize..90) {
            let whole = Rich::parse(&rich.to_string()).to_string();
            // A marker in code or in an address can take a style from one part and not from the whole.
            let is_open = |mark: &Mark| {
                let sealed = matches!(mark.sign, Sign::Pre | Sign::Code | Sign::Link);
                sealed && whole[mark.inner.clone()].contains(['*', '_', '~'])
            };
            if marks(&whole).iter().any(is_open) {
                return Ok(());
            }
            let parts = Rich::parse(&whole).split(Limit::utf16(limit));
            let parts: Vec<String> = parts.iter().map(Rich::to_string).collect();
            let styled: Vec<_> = parts.iter().flat_map(|part| sample::styled(part)).collect();
            prop_assert_eq!(styled, sample::styled(&whole), "{:?} {:?}", whole, parts);
        }
    }
}
