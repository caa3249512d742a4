//! Which messages a route is for: values that compose.

use std::{fmt, ops, panic::Location, sync::Arc};

use regex::{Regex, RegexBuilder};

use super::fold;
use crate::{
    conversation::Record,
    message::{Address, Inbound, Link, MediaKind},
};

/// Which messages a route is for.
///
/// Filters are made by the functions of this module and joined by [`and`](Filter::and),
/// [`or`](Filter::or) and [`not`](Filter::not), or by `&`, `|` and `!`.
///
/// ```
/// use chinwag::dispatch::filter::{image, pattern, text, word};
///
/// let greeting = text("hi").or(text("hello"));
/// let receipt = image() & word("receipt");
/// let other_order = pattern(r"order (\d+)") & !text("order 1");
/// assert_eq!(receipt.to_string(), r#"(image and word "receipt")"#);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a filter does nothing until it is given to a route"]
pub struct Filter(pub(super) Test);

/// What may stand in a filter's place: a [`Filter`].
///
/// It is a trait only so that the compiler can say what to write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter",
    label = "needs a filter",
    note = "write text(\"hi\") for a whole text, word(\"hi\") for a word in it, pattern(r\"item (\\d+)\") to catch parts of it, image() and so on for the rest"
)]
pub trait IntoFilter {
    /// The filter.
    fn into_filter(self) -> Filter;
}

impl IntoFilter for Filter {
    fn into_filter(self) -> Filter {
        self
    }
}

/// What is asked of a message.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Anything,
    /// Folded.
    Text(Box<str>),
    /// Folded, with a space before and after each word.
    Words(Box<str>),
    Pattern(Pattern),
    Media(Option<MediaKind>),
    Location,
    Contact,
    Button(Option<Box<str>>),
    ListChoice(Option<Box<str>>),
    Flow,
    Sender(Address),
    FirstContact,
    When(Condition),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

/// A pattern for the whole text.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) source: Box<str>,
    pub(super) whole: Arc<Regex>,
    /// Which one it is among all patterns of the bot; the table counts them.
    pub(super) number: usize,
}

/// The author's question about a message and what is remembered.
type Holds = dyn Fn(&Inbound, &Record) -> bool + Send + Sync;

/// A condition in code, and where it stands.
#[derive(Clone)]
pub(super) struct Condition {
    pub(super) holds: Arc<Holds>,
    at: &'static Location<'static>,
}

/// Any message.
pub fn anything() -> Filter {
    Filter(Test::Anything)
}

/// The whole text is this one; case, white space at the ends, runs of it and Unicode form do not
/// count. A caption, a button's text or a chosen row's title counts as text.
pub fn text(text: impl AsRef<str>) -> Filter {
    Filter(Test::Text(fold::fold(text.as_ref()).into()))
}

/// The whole text is the one that this link has written for the person; see [`text`].
///
/// # Panics
/// If the link writes nothing.
#[track_caller]
pub fn link(link: &Link) -> Filter {
    assert!(!link.prefilled().is_empty(), "link({link}) writes nothing; give it a text(..)");
    text(link.prefilled())
}

/// The text contains this word, or these words one after the other; case, Unicode form and what
/// stands between words do not count.
///
/// # Panics
/// If there is no letter and no digit in it.
#[track_caller]
pub fn word(word: impl AsRef<str>) -> Filter {
    let folded = fold::fold(word.as_ref());
    let words: Vec<_> = fold::words(&folded).collect();
    assert!(
        !words.is_empty(),
        "word({:?}) has no letter and no digit; use text(..)",
        word.as_ref()
    );
    Filter(Test::Words(format!(" {} ", words.join(" ")).into()))
}

/// The text contains one of these words; see [`word`].
///
/// # Panics
/// If one of them has no letter and no digit.
#[track_caller]
pub fn words<W: AsRef<str>>(any_of: impl IntoIterator<Item = W>) -> Filter {
    let mut filters = Vec::new();
    for one in any_of {
        filters.push(word(one));
    }
    Filter(Test::Or(filters))
}

/// The whole text, without white space at its ends, matches this regular expression; case does
/// not count. What its groups caught is read by [`Captures`](super::Captures).
///
/// All patterns of a bot are tried in one pass. The syntax is that of the `regex` crate, and `.`
/// is any character, line ends too; write `.*` at the ends to look for it anywhere in the text,
/// `(?-i)` for case to count. A thousand patterns that begin with words of their own cost little;
/// many that begin with `\w+` or `.*` cost time at start and with each message.
///
/// # Panics
/// If it is not a regular expression; the message says where.
#[track_caller]
#[expect(clippy::panic, reason = "a mistake in the bot's text stops it at start, at its line")]
pub fn pattern(regex: &str) -> Filter {
    let build = |regex: &str| {
        RegexBuilder::new(regex).case_insensitive(true).dot_matches_new_line(true).build()
    };
    // Alone first, so that the parentheses around it mend nothing; a comment at its end would
    // swallow the last one.
    let whole = build(regex).and_then(|_| {
        build(&format!("^(?:{regex})$")).or_else(|_| build(&format!("^(?:{regex}\n)$")))
    });
    let whole = match whole {
        Ok(whole) => Arc::new(whole),
        Err(error) => panic!("pattern({regex:?}) is not a regular expression: {error}"),
    };
    Filter(Test::Pattern(Pattern { source: regex.into(), whole, number: 0 }))
}

/// Some attachment came along: an image, audio, video, a document, a sticker or a contact card.
pub fn media() -> Filter {
    Filter(Test::Media(None))
}

/// An image came along.
pub fn image() -> Filter {
    Filter(Test::Media(Some(MediaKind::Image)))
}

/// A voice message or other sound came along.
pub fn audio() -> Filter {
    Filter(Test::Media(Some(MediaKind::Audio)))
}

/// A video came along.
pub fn video() -> Filter {
    Filter(Test::Media(Some(MediaKind::Video)))
}

/// A document came along.
pub fn document() -> Filter {
    Filter(Test::Media(Some(MediaKind::Document)))
}

/// It is a sticker.
pub fn sticker() -> Filter {
    Filter(Test::Media(Some(MediaKind::Sticker)))
}

/// It is a contact card.
pub fn contact() -> Filter {
    Filter(Test::Contact)
}

/// It is a place on the map.
pub fn location() -> Filter {
    Filter(Test::Location)
}

/// It is a tap on any quick-reply button.
pub fn any_button() -> Filter {
    Filter(Test::Button(None))
}

/// It is a tap on the quick-reply button with this payload, or, if it has none, with this text.
pub fn button(payload: impl Into<String>) -> Filter {
    Filter(Test::Button(Some(payload.into().into())))
}

/// It is a choice from a list.
pub fn any_list_choice() -> Filter {
    Filter(Test::ListChoice(None))
}

/// It is the choice of the row with this id.
pub fn list_choice(id: impl Into<String>) -> Filter {
    Filter(Test::ListChoice(Some(id.into().into())))
}

/// It is a submitted flow.
pub fn flow() -> Filter {
    Filter(Test::Flow)
}

/// The person has this address, such as `whatsapp:+15005550006`.
///
/// # Panics
/// If it is not an address.
#[track_caller]
#[expect(clippy::panic, reason = "a mistake in the bot's text stops it at start, at its line")]
pub fn sender(address: &str) -> Filter {
    match address.parse() {
        Ok(address) => Filter(Test::Sender(address)),
        Err(error) => panic!("sender({address:?}): {error}"),
    }
}

/// The person writes for the first time.
pub fn first_contact() -> Filter {
    Filter(Test::FirstContact)
}

/// The condition holds for the message and what is remembered of the conversation.
#[track_caller]
pub fn when(holds: impl Fn(&Inbound, &Record) -> bool + Send + Sync + 'static) -> Filter {
    Filter(Test::When(Condition { holds: Arc::new(holds), at: Location::caller() }))
}

impl Filter {
    /// Both must hold.
    pub fn and(self, other: impl IntoFilter) -> Self {
        let other = other.into_filter();
        match self.0 {
            Test::And(mut all) => {
                all.push(other);
                Self(Test::And(all))
            }
            first => Self(Test::And(vec![Self(first), other])),
        }
    }

    /// One of both must hold.
    pub fn or(self, other: impl IntoFilter) -> Self {
        let other = other.into_filter();
        match self.0 {
            Test::Or(mut any) => {
                any.push(other);
                Self(Test::Or(any))
            }
            first => Self(Test::Or(vec![Self(first), other])),
        }
    }

    /// It must not hold.
    #[expect(clippy::should_implement_trait, reason = "the operator is implemented too")]
    pub fn not(self) -> Self {
        Self(Test::Not(Box::new(self)))
    }

    /// How many groups each pattern of the filter catches at least; `None` without a pattern.
    pub(super) fn groups(&self) -> Option<usize> {
        match &self.0 {
            Test::Pattern(pattern) => Some(pattern.whole.captures_len() - 1),
            Test::And(all) => all.iter().find_map(Self::groups),
            Test::Or(any) => any.iter().filter_map(Self::groups).min(),
            _ => None,
        }
    }
}

impl ops::BitAnd for Filter {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl ops::BitOr for Filter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl ops::Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::not(self)
    }
}

/// In the words of the functions that make filters.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, filters: &[Self], word: &str| {
            let parts: Vec<_> = filters.iter().map(Self::to_string).collect();
            write!(f, "({})", parts.join(word))
        };
        match &self.0 {
            Test::Anything => f.write_str("anything"),
            Test::Text(text) => write!(f, "text {text:?}"),
            Test::Words(words) => write!(f, "word {:?}", words.trim()),
            Test::Pattern(pattern) => write!(f, "pattern {:?}", pattern.source),
            Test::Media(None) => f.write_str("media"),
            Test::Media(Some(kind)) => f.write_str(&format!("{kind:?}").to_lowercase()),
            Test::Contact => f.write_str("contact"),
            Test::Location => f.write_str("location"),
            Test::Button(None) => f.write_str("any button"),
            Test::Button(Some(payload)) => write!(f, "button {payload:?}"),
            Test::ListChoice(None) => f.write_str("any list choice"),
            Test::ListChoice(Some(id)) => write!(f, "list choice {id:?}"),
            Test::Flow => f.write_str("flow"),
            Test::Sender(address) => write!(f, "sender {}", address.masked()),
            Test::FirstContact => f.write_str("first contact"),
            Test::When(condition) => write!(f, "condition at {}", condition.at),
            Test::And(all) => joined(f, all, " and "),
            Test::Or(any) => joined(f, any, " or "),
            Test::Not(filter) => write!(f, "not {filter}"),
        }
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({})", self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_say_what_they_are() {
        let filter = (text(" HI ") | words(["menu", "Opening  hours"])) & !image();
        assert_eq!(
            filter.to_string(),
            r#"((text "hi" or (word "menu" or word "opening hours")) and not image)"#
        );
    }

    #[test]
    fn groups_are_those_that_each_pattern_has() {
        assert_eq!(pattern(r"(\d+) (\d+)").groups(), Some(2));
        assert_eq!(pattern(r"(\d+) (\d+)").or(pattern(r"(\d+)")).groups(), Some(1));
        assert_eq!(text("hi").groups(), None);
    }

    #[test]
    fn a_link_is_for_its_own_text() {
        let to_us = Link::to(&"+14155238886".parse().unwrap()).unwrap();
        assert_eq!(link(&to_us.text(" Join  Small-Tree")).to_string(), r#"text "join small-tree""#);
    }

    #[test]
    #[should_panic(expected = "writes nothing")]
    fn a_link_without_a_text_is_for_nothing() {
        let _filter = link(&Link::to(&"+14155238886".parse().unwrap()).unwrap());
    }

    #[test]
    #[should_panic(expected = "is not a regular expression")]
    fn a_broken_pattern_stops_the_bot_at_its_line() {
        let _filter = pattern("order (");
    }

    #[test]
    #[should_panic(expected = "has no letter and no digit")]
    fn a_word_without_letters_stops_the_bot() {
        let _filter = words(["menu", "?"]);
    }
}
