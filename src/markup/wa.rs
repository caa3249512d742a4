//! The macro `wa!`: markup in the source, data in the arguments.

use std::{
    cell::Cell,
    fmt::{self, Write},
};

use super::{Line, LineKind, Rich, edit::Edit, lines::line_end};

/// Markup with arguments, as a [`Rich`](crate::markup::Rich): the text is read as a phone shows it,
/// the arguments are data and format nothing.
///
/// Arguments are given in order, or by name, with all that [`format!`] can do with them. A name that
/// is not given does not compile: a variable is never taken from around the macro, so that nothing
/// gets into the markup unseen.
///
/// ```
/// use chinwag::wa;
///
/// let name = "*Ana*";
/// let text = wa!("Hi *{name}*, you owe {sum:.2} €", name = name, sum = 4);
/// assert_eq!(text.to_plain(), "Hi *Ana*, you owe 4 €");
/// assert_eq!(text.to_string(), "Hi *∗Ana∗*, you owe 4 €");
/// assert_eq!(wa!("- `{}`\n- {}", "a`b", "c\nd").to_string(), "- ```a`b```\n- c d");
/// ```
///
/// ```compile_fail
/// let name = "*Ana*";
/// chinwag::wa!("Hi {name}");
/// ```
#[macro_export]
macro_rules! wa {
    ($markup:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        let place = $crate::markup::Place::default();
        // Through `concat!`, because then the text captures no variables.
        $crate::markup::woven(
            &place,
            ::core::format_args!(::core::concat!($markup) $(, $name = place.data(&$value))*),
        )
    }};
    ($markup:literal $(, $value:expr)+ $(,)?) => {{
        let place = $crate::markup::Place::default();
        $crate::markup::woven(
            &place,
            ::core::format_args!(::core::concat!($markup) $(, place.data(&$value))+),
        )
    }};
}

/// Stands for an argument while the text around it is read: neither a letter, nor white space.
const STAND_IN: char = '\u{fffc}';

/// Whether an argument is being written, and which.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Place {
    begun: Cell<usize>,
    inside: Cell<bool>,
}

impl Place {
    #[doc(hidden)]
    pub fn data<'a, T: ?Sized>(&'a self, value: &'a T) -> Data<'a, T> {
        Data { place: self, value }
    }

    fn within(&self, write: impl FnOnce() -> fmt::Result) -> fmt::Result {
        self.begun.set(self.begun.get() + 1);
        self.inside.set(true);
        let written = write();
        self.inside.set(false);
        written
    }
}

/// An argument, which says when it is written.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Data<'a, T: ?Sized> {
    place: &'a Place,
    value: &'a T,
}

impl<T: fmt::Display + ?Sized> fmt::Display for Data<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.within(|| self.value.fmt(f))
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for Data<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.within(|| self.value.fmt(f))
    }
}

/// Takes the text and the arguments apart as they are written.
struct Weaver<'a> {
    place: &'a Place,
    markup: String,
    /// The text of each argument, with its number; and of stand-ins that are in the text itself.
    data: Vec<(usize, String)>,
}

impl Write for Weaver<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !self.place.inside.get() {
            self.markup.push_str(text);
            self.data.extend(text.matches(STAND_IN).map(|own| (usize::MAX, own.to_owned())));
            return Ok(());
        }
        let current = self.place.begun.get();
        let last = self.data.last_mut().filter(|(number, _)| *number == current);
        if let Some((_, data)) = last {
            data.push_str(text);
        } else {
            self.markup.push(STAND_IN);
            self.data.push((current, text.to_owned()));
        }
        Ok(())
    }
}

/// Reads what `wa!` was given.
///
/// # Panics
/// If an argument cannot be written, as `format!` does.
#[doc(hidden)]
#[must_use]
pub fn woven(place: &Place, text: fmt::Arguments<'_>) -> Rich {
    let mut weaver = Weaver { place, markup: String::new(), data: Vec::new() };
    weaver.write_fmt(text).expect("an argument of wa! can be written");
    let mut rich = Rich::parse(&weaver.markup);
    let lines = rich.lines.iter().filter(|line| line.kind != LineKind::Quote);
    let in_item = |at: usize| lines.clone().any(|line| line.range.contains(&at));
    for ((at, _), (_, data)) in rich.text.match_indices(STAND_IN).zip(&mut weaver.data) {
        if in_item(at) {
            *data = Rich::from(std::mem::take(data)).on_one_line().text;
        }
    }
    let places = rich.text.match_indices(STAND_IN).map(|(at, own)| at..at + own.len());
    let edits: Vec<Edit<'_>> =
        places.zip(&weaver.data).map(|(range, (_, data))| (range, data.as_str())).collect();
    rich = rich.edited(&edits);
    rich.quote_all_lines();
    rich
}

impl Rich {
    /// Makes quotes of all lines that a quoted argument brought.
    fn quote_all_lines(&mut self) {
        let text = &self.text;
        self.lines = std::mem::take(&mut self.lines)
            .into_iter()
            .flat_map(|line| {
                let mut start = Some(line.range.start);
                std::iter::from_fn(move || {
                    let from = start?;
                    let (end, next) = line_end(&text[..line.range.end], from);
                    start = (next > end).then_some(next);
                    Some(Line { kind: line.kind, range: from..end })
                })
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample;

    #[test]
    fn arguments_format_nothing() {
        let check = |rich: super::Rich, expected: &str| assert_eq!(rich.to_string(), expected);
        check(wa!("*a*\n> b"), "*a*\n> b");
        check(wa!("> {}!\n{}", "a\nb", "- c"), "> a\n> b!\n‐ c");
        check(wa!("*{}*", ""), "");
        check(wa!("{a:>4}|{a:?}", a = "*"), "   ∗|\"∗\"");
        check(wa!("\u{fffc}{}{}\u{fffc}", 1, 2,), "\u{fffc}12\u{fffc}");
        check(wa!("see https://a.example/{}", "_b_"), "see https://a.example/_b_");
        check(wa!("{{_{}_}}", "a b"), "{_a b_}");
    }

    proptest! {
        #[test]
        fn an_argument_is_seen_as_it_is(text in sample::text()) {
            let rich = wa!("a {} *b {}* `c {}`\n{}", text, text, text, text);
            let all = format!("a{text}b{text}c{text}{text}");
            prop_assert_eq!(sample::seen(&rich.to_plain()), sample::seen(&all));
        }
    }
}
