//! The macro `wa!`: markup in the source, data in the arguments.

use std::{
    borrow::Cow,
    cell::Cell,
    fmt::{self, Write},
    ops::Range,
};

use super::{Line, LineKind, Rich, edit::Edit, lines::line_end, template::Template};

/// Markup with arguments, as a [`Rich`](crate::markup::Rich): the text is read as a phone shows it,
/// the arguments are data and format nothing.
///
/// Arguments are given in order, by name, or taken from the variables around, with all that
/// [`format!`] can do with them.
///
/// ```
/// use chinwag::wa;
///
/// let name = "*Ana*";
/// let text = wa!("Hi *{name}*, you owe {sum:.2} €", sum = 4.5);
/// assert_eq!(text.to_plain(), "Hi *Ana*, you owe 4.50 €");
/// assert_eq!(text.to_string(), "Hi *∗Ana∗*, you owe 4.50 €");
/// assert_eq!(wa!("- `{}`\n- {}", "a`b", "c\nd").to_string(), "- ```a`b```\n- c d");
/// ```
///
/// What a variable from around writes is told from the markup by the format string. A value that is
/// a part of that string to the letter may leave open which is which; then the whole message is
/// data, without a style. A value that is given (`note = note`) is never taken for anything else.
#[macro_export]
macro_rules! wa {
    ($markup:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        let place = $crate::markup::Place::default();
        $crate::markup::woven(
            $markup,
            &[$(::core::stringify!($name)),*],
            &place,
            ::core::format_args!($markup $(, $name = place.data(&$value))*),
        )
    }};
    ($markup:literal $(, $value:expr)+ $(,)?) => {{
        let place = $crate::markup::Place::default();
        $crate::markup::woven(
            $markup,
            &[],
            &place,
            ::core::format_args!($markup $(, place.data(&$value))+),
        )
    }};
}

/// Stands for an argument while the text around it is read: neither a letter, nor white space.
const STAND_IN: char = '\u{fffc}';

/// Whether an argument is being written that was given.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Place {
    inside: Cell<bool>,
}

impl Place {
    #[doc(hidden)]
    pub fn data<'a, T: ?Sized>(&'a self, value: &'a T) -> Data<'a, T> {
        Data { place: self, value }
    }

    fn within(&self, write: impl FnOnce() -> fmt::Result) -> fmt::Result {
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

/// Keeps what is written, chunk by chunk.
///
/// A literal piece of a format string is written at one go; what an argument writes may come in any
/// number of chunks.
struct Chunks<'a> {
    place: &'a Place,
    text: String,
    /// Where each chunk ends, and whether an argument wrote it that was given.
    ends: Vec<(usize, bool)>,
}

impl Write for Chunks<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        self.ends.push((self.text.len(), self.place.inside.get()));
        Ok(())
    }
}

impl Chunks<'_> {
    fn range(&self, at: usize) -> Range<usize> {
        let start = at.checked_sub(1).map_or(0, |last| self.ends[last].0);
        start..self.ends[at].0
    }

    fn is_given(&self, at: usize) -> bool {
        self.ends[at].1
    }

    /// Reads the pieces as markup, with the chunks between them as data.
    fn woven(&self, template: &Template<'_>, places: &[usize]) -> Rich {
        let mut weaver = Weaver::default();
        let mut from = 0;
        for (number, at) in places.iter().enumerate() {
            let piece = self.range(*at);
            if number > 0 || template.begins_open {
                weaver.data(&self.text[from..piece.start]);
            }
            weaver.markup(&self.text[piece.clone()]);
            from = piece.end;
        }
        if template.ends_open {
            weaver.data(&self.text[from..]);
        }
        weaver.finish()
    }
}

/// Reads what `wa!` was given: a format string, the names of arguments, and both together.
///
/// # Panics
/// If an argument cannot be written, as `format!` does.
#[doc(hidden)]
#[must_use]
pub fn woven(format: &str, given: &[&str], place: &Place, text: fmt::Arguments<'_>) -> Rich {
    let template = Template::of(format);
    let mut chunks = Chunks { place, text: String::new(), ends: Vec::new() };
    chunks.write_fmt(text).expect("an argument of wa! can be written");
    let is_given = |name: &&str| !name.starts_with(is_letter) || given.contains(name);
    if template.names.iter().all(is_given) {
        let literal = |at: &usize| !chunks.is_given(*at) && !chunks.range(*at).is_empty();
        let places: Vec<usize> = (0..chunks.ends.len()).filter(literal).collect();
        return chunks.woven(&template, &places);
    }
    let is =
        |at: usize, piece: &str| !chunks.is_given(at) && &chunks.text[chunks.range(at)] == piece;
    let Some([early, late]) = template.places(chunks.ends.len(), is) else {
        return Rich::from(chunks.text);
    };
    let rich = chunks.woven(&template, &early);
    // Where data may pass for a piece, it must be the same either way.
    if early == late || rich == chunks.woven(&template, &late) {
        rich
    } else {
        Rich::from(chunks.text)
    }
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Puts markup and data together again.
#[derive(Default)]
struct Weaver<'a> {
    markup: String,
    /// What stands for each stand-in; some of them are in the markup itself.
    data: Vec<Cow<'a, str>>,
}

impl<'a> Weaver<'a> {
    fn markup(&mut self, text: &'a str) {
        self.markup.push_str(text);
        self.data.extend(text.matches(STAND_IN).map(Cow::Borrowed));
    }

    fn data(&mut self, text: &'a str) {
        self.markup.push(STAND_IN);
        self.data.push(Cow::Borrowed(text));
    }

    fn finish(mut self) -> Rich {
        let mut rich = Rich::parse(&self.markup);
        let lines = rich.lines.iter().filter(|line| line.kind != LineKind::Quote);
        let in_item = |at: usize| lines.clone().any(|line| line.range.contains(&at));
        for ((at, _), data) in rich.text.match_indices(STAND_IN).zip(&mut self.data) {
            if in_item(at) {
                *data = Cow::Owned(Rich::from(data.as_ref()).on_one_line().text);
            }
        }
        let places = rich.text.match_indices(STAND_IN).map(|(at, own)| at..at + own.len());
        let edits: Vec<Edit<'_>> =
            places.zip(&self.data).map(|(range, data)| (range, data.as_ref())).collect();
        rich = rich.edited(&edits);
        rich.quote_all_lines();
        rich
    }
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
    use proptest::{prelude::*, sample::select};

    use super::{super::sample, *};

    #[test]
    fn arguments_format_nothing() {
        let check = |rich: Rich, expected: &str| assert_eq!(rich.to_string(), expected);
        check(wa!("*a*\n> b"), "*a*\n> b");
        check(wa!("> {}!\n{}", "a\nb", "- c"), "> a\n> b!\n‐ c");
        check(wa!("*{}*", ""), "");
        check(wa!("{a:>4}|{a:?}", a = "*"), "   ∗|\"∗\"");
        check(wa!("\u{fffc}{}{}\u{fffc}", 1, 2,), "\u{fffc}12\u{fffc}");
        check(wa!("see https://a.example/{}", "_b_"), "see https://a.example/_b_");
        check(wa!("{{_{}_}}", "a b"), "{_a b_}");
    }

    /// Writes its text in chunks of so many characters.
    struct Slowly<'a>(&'a str, usize);

    impl fmt::Display for Slowly<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let chars: Vec<char> = self.0.chars().collect();
            chars.chunks(self.1).try_for_each(|some| f.write_str(&String::from_iter(some)))
        }
    }

    #[test]
    fn variables_are_taken_from_around() {
        let check = |rich: Rich, expected: &str| assert_eq!(rich.to_string(), expected);
        let (name, sum, empty) = ("*Ana*", 4.5, "");
        check(wa!("Hi *{name}*"), "Hi *∗Ana∗*");
        check(wa!("{{*{sum:.2}*}} {name:>6}{sum:?}"), "{*4.50*}  *Ana*4.5");
        check(wa!("*{empty}* _{empty}{empty}a_"), " _a_");
        let item = "a\n- b";
        check(wa!("- {item}\n{item}"), "- a - b\na\n‐ b");
        let value = serde_json::json!({"a": ["*b*", 1], "c": null});
        check(wa!("`{value}`"), "`{\"a\":[\"*b*\",1],\"c\":null}`");
        check(wa!("*{sum}* {x}, {name}", x = 1), "*4.5* 1, ∗Ana∗");
        check(wa!("*{sum}* {}, _{name}_", "_"), "*4.5* ＿, _∗Ana∗_");
        let width = 4;
        check(wa!("*{sum:*>width$}*"), "*∗4.5*");
    }

    #[test]
    fn what_may_pass_for_the_text_around_is_no_markup() {
        let check = |rich: Rich, expected: &str| assert_eq!(rich.to_string(), expected);
        let is_data = |rich: Rich, text: &str| assert_eq!(rich, Rich::from(text));
        let (a, b) = ("* *", "x");
        is_data(wa!("*{a}* *{b}*"), "** ** *x*");
        check(wa!("*{a}* *{b}*", a = a), "*∗ ∗* *x*");
        let (a, b) = ("x", "*");
        check(wa!("*{a}* *{b}*"), "*x* *∗*");
        let (a, b) = (" ", " y");
        check(wa!("_x_ {a} {b}"), "_x_    y");
        let note = Slowly("\n- *z", 4);
        is_data(wa!("{note}\n- *{b}*"), "\n- *z\n- * y*");
        let note = Slowly("a\n- *", 5);
        check(wa!("{note}\n- *{a}x*"), "a\n‐ *\n- *x*");
    }

    /// A message with variables from around, or with one of them given, and with both given.
    fn messages(number: usize, one: &str, two: &str, size: usize) -> [Rich; 3] {
        let (a, b) = (Slowly(one, size), Slowly(two, size));
        macro_rules! all {
            ($markup:literal) => {
                [wa!($markup), wa!($markup, a = a), wa!($markup, a = a, b = b)]
            };
        }
        match number {
            0 => all!("*{a}*{b}"),
            1 => all!("*{a}* {b}"),
            2 => all!("{a}*{b}*"),
            3 => all!("{a}{b}"),
            4 => all!("- {a}\n- {b}\n_{a}_"),
            5 => all!("> {a} *{b}*\n{a}"),
            6 => all!("_*{a}*_ `{b}` ~{a}~"),
            7 => all!("a{a}a{b}a"),
            _ => all!("{a}\n{b}\n*x*"),
        }
    }

    const PIECES: [&str; 22] = [
        "", "*", "* ", " ", "- ", "\n- ", "\n", "\n_", "_", "> ", " *", "*\n", "_*", "*_ `", "` ~",
        "~", "a", "x", "\n*x*", "*x*", "é", "\r\n",
    ];

    fn imitation() -> impl Strategy<Value = String> {
        prop::collection::vec(select(&PIECES[..]), 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_variable_from_around_is_data_as_one_that_is_given(
            number in 0_usize..9, one in imitation(), two in imitation(), size in 1_usize..5,
        ) {
            let [around, mixed, given] = messages(number, &one, &two, size);
            for rich in [around, mixed] {
                let is_data = rich.spans.is_empty() && rich.lines.is_empty();
                let same = rich == given;
                prop_assert!(same || is_data, "{:?} {:?} {:?}", number, rich, given);
            }
        }

        #[test]
        fn an_argument_is_seen_as_it_is(text in sample::text()) {
            let rich = wa!("a {} *b {}* `c {}`\n{}", text, text, text, text);
            let all = format!("a{text}b{text}c{text}{text}");
            prop_assert_eq!(sample::seen(&rich.to_plain()), sample::seen(&all));
        }
    }
}
