//! Makes documents: styles as functions, joined with `+`, then line by line.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    ops::{Add, AddAssign},
};

use super::{
    Kind, Line, LineKind, Rich, Span,
    edges::is_space,
    lines::{last_end, line_end},
};

/// Bold text.
///
/// ```
/// use chinwag::markup::{bold, italic};
///
/// let text = "Dear " + bold("Ana " + italic("M.")) + ", 2" + "*3*" + "4";
/// assert_eq!(text.to_string(), "Dear *Ana _M._*, 2*3*4");
/// ```
pub fn bold(text: impl Into<Rich>) -> Rich {
    text.into().styled(Kind::Bold)
}

/// Italic text.
pub fn italic(text: impl Into<Rich>) -> Rich {
    text.into().styled(Kind::Italic)
}

/// Struck-through text.
pub fn strike(text: impl Into<Rich>) -> Rich {
    text.into().styled(Kind::Strike)
}

/// A short piece of code, such as a name or a number to copy. It arrives exactly as it is, but for
/// line ends and control characters.
pub fn code(text: impl fmt::Display) -> Rich {
    Rich::of(text).on_one_line().styled(Kind::Code)
}

/// Text in letters of one width, which may have several lines.
pub fn mono(text: impl fmt::Display) -> Rich {
    Rich::of(text).styled(Kind::Mono)
}

/// A link: written `text (address)`, or the address alone where the text is the same or empty.
/// Spaces and quotes in the address are percent-encoded, because a phone ends a link there.
///
/// ```
/// use chinwag::markup::link;
///
/// assert_eq!(link("docs", "https://a.example/x_y").to_string(), "docs (https://a.example/x_y)");
/// assert_eq!(link("", "https://a.example/x y").to_string(), "https://a.example/x%20y");
/// ```
pub fn link(text: impl Into<Rich>, address: impl fmt::Display) -> Rich {
    let address = encoded(&address.to_string());
    let text = text.into().on_one_line().cleaned().into_owned();
    if text.text == address || text.text.chars().all(is_space) {
        return Rich::from(address).styled(Kind::Link(None));
    }
    text.styled(Kind::Link(Some(address.into())))
}

/// An address without what would end it: white space, controls, quotes, brackets, backticks, pipes.
pub(super) fn encoded(address: &str) -> String {
    let is_common = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'@')
            || matches!(byte, b'!' | b'&' | b'=' | b'+' | b',' | b';' | b'%')
    };
    if address.as_bytes().iter().all(is_common) {
        return address.to_owned();
    }
    let mut out = String::with_capacity(address.len());
    for c in address.trim().chars() {
        if c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '<' | '>' | '`' | '|' | '\u{feff}')
        {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                write!(out, "%{byte:02X}").expect("a String takes all text");
            }
        } else {
            out.push(c);
        }
    }
    out
}

impl Rich {
    /// Whatever can be displayed, as plain text.
    #[must_use]
    pub fn of(text: impl fmt::Display) -> Self {
        Self::from(text.to_string())
    }

    /// Adds a line; text with line ends becomes several. At the very beginning an empty line is
    /// not added.
    #[must_use]
    pub fn line(mut self, text: impl Into<Self>) -> Self {
        self.begin_line();
        self.append(text.into());
        self
    }

    /// Adds a line for each item, with a bullet. Line ends in an item become spaces: an item has
    /// one line.
    #[must_use]
    pub fn bullets<I>(mut self, items: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Self>,
    {
        for item in items {
            self.item(LineKind::Bullet, item.into());
        }
        self
    }

    /// Adds a line for each item, numbered from 1. Phones show numbers above 99 as text.
    #[must_use]
    pub fn numbered<I>(mut self, items: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<Self>,
    {
        for (item, number) in items.into_iter().zip(1..) {
            self.item(LineKind::Number(number), item.into());
        }
        self
    }

    /// Adds quoted lines.
    #[must_use]
    pub fn quote(mut self, text: impl Into<Self>) -> Self {
        self.begin_line();
        let mut start = self.text.len();
        let mut text = text.into();
        text.lines.clear();
        self.append(text);
        loop {
            let (end, next) = line_end(&self.text, start);
            self.lines.push(Line { kind: LineKind::Quote, range: start..end });
            if next == end {
                return self;
            }
            start = next;
        }
    }

    /// Adds lines of code, shown as they are.
    #[must_use]
    pub fn code_block(mut self, code: impl fmt::Display) -> Self {
        self.begin_line();
        self.append(Self::of(code).styled(Kind::Block));
        self
    }

    /// Adds another document at the end of the last line. The style and kind of its first line go
    /// with the line it joins.
    pub fn append(&mut self, mut other: Self) {
        self.take_over(&mut other);
    }

    /// [`Rich::append`], which leaves the other document empty, but with its memory.
    pub(super) fn take_over(&mut self, other: &mut Self) {
        let offset = self.text.len();
        let line = self.lines.last_mut().filter(|line| line.range.end == offset);
        let joins = line.is_some() || (offset > 0 && last_end(&self.text) == 0);
        if let Some(line) = line {
            line.range.end += line_end(&other.text, 0).0;
        }
        let joined = joins && other.lines.first().is_some_and(|line| line.range.start == 0);
        self.text.push_str(&other.text);
        for span in &mut other.spans {
            span.range = span.range.start + offset..span.range.end + offset;
        }
        for line in &mut other.lines {
            line.range = line.range.start + offset..line.range.end + offset;
        }
        self.spans.append(&mut other.spans);
        self.lines.extend(other.lines.drain(..).skip(usize::from(joined)));
        other.text.clear();
    }

    pub(super) fn item(&mut self, kind: LineKind, text: Self) {
        self.begin_line();
        let start = self.text.len();
        self.append(text.on_one_line());
        self.lines.push(Line { kind, range: start..self.text.len() });
    }

    pub(super) fn begin_line(&mut self) {
        if !self.text.is_empty() || !self.lines.is_empty() {
            self.text.push('\n');
        }
    }

    /// All of the text in a style.
    pub(super) fn styled(mut self, kind: Kind) -> Self {
        let range = 0..self.text.len();
        let is_already =
            self.spans.first().is_some_and(|span| span.kind == kind && span.range == range);
        if !range.is_empty() && !is_already {
            self.spans.insert(0, Span { kind, range });
        }
        self
    }
}

impl<T: Into<Rich>> Add<T> for Rich {
    type Output = Self;

    fn add(mut self, right: T) -> Self {
        self.append(right.into());
        self
    }
}

impl<T: Into<Rich>> AddAssign<T> for Rich {
    fn add_assign(&mut self, right: T) {
        self.append(right.into());
    }
}

impl From<String> for Rich {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&Rich> for Rich {
    fn from(text: &Rich) -> Self {
        text.clone()
    }
}

/// Values that are text by themselves, on either side of a `+`. `String` is not one of them on the
/// left: a second `String + _` would end the coercion that makes `string + &string` compile, in every
/// crate that depends on this one.
macro_rules! text_of {
    ($($value:ty),*) => {$(
        impl From<$value> for Rich {
            fn from(value: $value) -> Self {
                Self::of(value)
            }
        }

        impl Add<Rich> for $value {
            type Output = Rich;

            fn add(self, right: Rich) -> Rich {
                Rich::from(self) + right
            }
        }
    )*};
}

text_of!(&str, &String, &&str, Cow<'_, str>, fmt::Arguments<'_>, char, bool);
text_of!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_one_document() {
        let text = "n = " + bold(3) + ' ' + String::from("x") + &String::from("y") + 1.5;
        assert_eq!(text.text(), "n = 3 xy1.5");
        assert_eq!(text.spans(), [Span { kind: Kind::Bold, range: 4..5 }]);
    }

    #[test]
    fn a_joined_line_keeps_the_kind_it_had() {
        let kinds = |rich: &Rich| {
            rich.lines().iter().map(|line| (line.kind, line.range.clone())).collect::<Vec<_>>()
        };
        let item = Rich::new().bullets(["a"]);
        assert_eq!(kinds(&(item.clone() + "b\nc")), [(LineKind::Bullet, 0..2)]);
        assert_eq!(kinds(&("b" + item.clone())), []);
        assert_eq!(kinds(&Rich::new().line("b").line(&item)), [(LineKind::Bullet, 2..3)]);
        assert_eq!(kinds(&(item.clone() + "\nb")), [(LineKind::Bullet, 0..1)]);
        assert_eq!(
            kinds(&Rich::new().bullets(["", "a"])),
            [(LineKind::Bullet, 0..0), (LineKind::Bullet, 1..2)]
        );
        assert_eq!(
            kinds(&Rich::new().quote("a\r\nb")),
            [(LineKind::Quote, 0..1), (LineKind::Quote, 3..4)]
        );
    }

    #[test]
    fn an_address_never_holds_what_ends_a_link() {
        let check = |address: &str, expected: &str| assert_eq!(link("", address).text(), expected);
        check("https://a.example/b c\n`d`|\"", "https://a.example/b%20c%0A%60d%60%7C%22");
        check("https://a.example/b\u{2028}c", "https://a.example/b%E2%80%A8c");
    }
}
