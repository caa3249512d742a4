//! The literal pieces of a format string, found again among what was written with it.

/// A format string, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Template<'a> {
    /// The literal text between the placeholders, none of it empty, with `{` for `{{`.
    pub(super) pieces: Vec<String>,
    /// What the placeholders call their arguments; empty for the next in order.
    pub(super) names: Vec<&'a str>,
    /// Whether it begins, and whether it ends, with a placeholder.
    pub(super) begins_open: bool,
    pub(super) ends_open: bool,
}

impl<'a> Template<'a> {
    /// Takes apart what the compiler has found to be a format string.
    pub(super) fn of(format: &'a str) -> Self {
        let mut template = Self { begins_open: true, ends_open: true, ..Self::default() };
        let mut rest = format;
        let mut piece = String::new();
        while let Some(at) = rest.find(['{', '}']) {
            piece.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(brace) {
                piece.push_str(brace);
                rest = behind;
                continue;
            }
            template.begins_open &= !template.names.is_empty() || piece.is_empty();
            template.end_piece(&mut piece);
            let (name, behind) = placeholder(rest);
            template.names.push(name);
            rest = behind;
        }
        piece.push_str(rest);
        template.ends_open = piece.is_empty() && !template.names.is_empty();
        template.begins_open &= !template.names.is_empty();
        template.end_piece(&mut piece);
        template
    }

    fn end_piece(&mut self, piece: &mut String) {
        if !piece.is_empty() {
            self.pieces.push(std::mem::take(piece));
        }
    }

    /// Which of the chunks are the pieces, if each is taken as early as it can be, and if each is
    /// taken as late; `None` if the chunks are not of this template. `is` says whether a chunk could
    /// be a piece.
    ///
    /// If the two are the same, there is no other way. Otherwise every piece lies between its two
    /// places.
    pub(super) fn places(
        &self,
        chunks: usize,
        is: impl Fn(usize, &str) -> bool,
    ) -> Option<[Vec<usize>; 2]> {
        let (mut from, mut to) = (0, chunks);
        let mut pieces = &self.pieces[..];
        let (mut first, mut last) = (None, None);
        if let ([piece, rest @ ..], false) = (pieces, self.begins_open) {
            first = (from < to && is(from, piece)).then_some(from);
            first?;
            (pieces, from) = (rest, from + 1);
        }
        if let ([rest @ .., piece], false) = (pieces, self.ends_open) {
            last = to.checked_sub(1).filter(|at| *at >= from && is(*at, piece));
            to = last?;
            pieces = rest;
        }
        let mut at = from..to;
        let early: Option<Vec<usize>> =
            pieces.iter().map(|piece| at.find(|at| is(*at, piece))).collect();
        let mut at = (from..to).rev();
        let late: Option<Vec<usize>> =
            pieces.iter().rev().map(|piece| at.find(|at| is(*at, piece))).collect();
        let mut late = late?;
        late.reverse();
        let whole = |middle: Vec<usize>| first.into_iter().chain(middle).chain(last).collect();
        Some([whole(early?), whole(late)])
    }
}

/// The name in a placeholder, and what comes behind it.
fn placeholder(text: &str) -> (&str, &str) {
    let end = text.find([':', '}']).unwrap_or(text.len());
    let (name, mut spec) = text.split_at(end);
    if let Some(format) = spec.strip_prefix(':') {
        // What fills a field up may be a brace: `{:}>5}`.
        let mut chars = format.chars();
        chars.next();
        let is_filled = chars.next().is_some_and(|c| matches!(c, '<' | '^' | '>'));
        spec = if is_filled { chars.as_str() } else { format };
    }
    (name.trim(), spec.split_once('}').map_or("", |(_, behind)| behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, pieces: &[&str], names: &[&str], ends: [bool; 2]) {
        let template = Template::of(format);
        assert_eq!(
            (&template.pieces[..], &template.names[..]),
            (&pieces.iter().map(|piece| (*piece).to_owned()).collect::<Vec<_>>()[..], names),
            "{format}"
        );
        assert_eq!([template.begins_open, template.ends_open], ends, "{format}");
    }

    #[test]
    fn a_template_is_taken_apart_as_the_compiler_does() {
        check("", &[], &[], [false, false]);
        check("a", &["a"], &[], [false, false]);
        check("{}", &[], &[""], [true, true]);
        check("{{{a}}}", &["{", "}"], &["a"], [false, false]);
        check("{a}{b:?} {{}}", &[" {}"], &["a", "b"], [true, false]);
        check("x{ 0 :>5.2}", &["x"], &["0"], [false, true]);
        check("{a:}>5}b{c:{^w$}", &["b"], &["a", "c"], [true, true]);
    }

    fn places(format: &str, chunks: &[&str]) -> Option<[Vec<usize>; 2]> {
        Template::of(format).places(chunks.len(), |at, piece| chunks[at] == piece)
    }

    #[test]
    fn pieces_are_found_as_early_and_as_late_as_they_can_be() {
        assert_eq!(places("a {x} b", &["a ", "1", " b"]), Some([vec![0, 2], vec![0, 2]]));
        assert_eq!(places("{x},{y}", &[",", ",", ","]), Some([vec![0], vec![2]]));
        assert_eq!(places("a{x}a", &["a", "a", "a"]), Some([vec![0, 2], vec![0, 2]]));
        assert_eq!(places("{x}a{y}a", &["a", "a", "a"]), Some([vec![0, 2], vec![1, 2]]));
        assert_eq!(places("a{x}b", &["a"]), None);
        assert_eq!(places("a", &["a", "a"]), Some([vec![0], vec![0]]));
        assert_eq!(places("a{x}", &["b", "a"]), None);
        assert_eq!(places("{x}a{y}b{z}", &["b", "a"]), None);
    }
}
