//! A template's body: fixed words with places in it, checked by the compiler or at run time.

use super::Flaw;

/// Longest body in UTF-16 units: WhatsApp's limit for templates.
///
/// Source: <https://www.twilio.com/docs/content/twilio-text>.
pub const LONGEST_TEMPLATE: usize = 1_024;
/// Most places of a body.
///
/// Source: <https://www.twilio.com/docs/content/using-variables-with-content-api>.
pub const MOST_PLACES: usize = 100;

/// One place, such as `{{1}}` or `{{ 12 }}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) number: usize,
}

/// How many places this body has, or what is wrong with it.
pub(super) const fn count(body: &str) -> Result<usize, Flaw> {
    let bytes = body.as_bytes();
    let (mut at, mut count, mut seen, mut has_words) = (0, 0, 0_u128, false);
    loop {
        let place = match next(bytes, at) {
            Ok(place) => place,
            Err(flaw) => return Err(flaw),
        };
        let words_end = match place {
            Some(place) => place.start,
            None => bytes.len(),
        };
        let is_between = at > 0 && place.is_some();
        if is_between && words_end == at {
            return Err(Flaw::Touching);
        }
        while at < words_end {
            has_words |= !bytes[at].is_ascii_whitespace();
            at += 1;
        }
        let Some(place) = place else { break };
        let mark = 1 << place.number;
        if seen & mark != 0 {
            return Err(Flaw::Twice(place.number));
        }
        (seen, count, at) = (seen | mark, count + 1, place.end);
    }
    let mut number = 1;
    while number <= count {
        if seen & (1 << number) == 0 {
            return Err(Flaw::Gap(number));
        }
        number += 1;
    }
    if !has_words {
        return Err(Flaw::NoWords);
    }
    if units(bytes) > LONGEST_TEMPLATE {
        return Err(Flaw::TooLong);
    }
    Ok(count)
}

/// The first place from here on.
pub(super) const fn next(body: &[u8], from: usize) -> Result<Option<Place>, Flaw> {
    let mut start = from;
    while start + 1 < body.len() && !(body[start] == b'{' && body[start + 1] == b'{') {
        start += 1;
    }
    if start + 1 >= body.len() {
        return Ok(None);
    }
    let digits = behind_spaces(body, start + 2);
    let (mut at, mut number) = (digits, 0);
    while at < body.len() && body[at].is_ascii_digit() && number <= MOST_PLACES {
        number = number * 10 + (body[at] - b'0') as usize;
        at += 1;
    }
    let has_number = at > digits && body[digits] != b'0' && number <= MOST_PLACES;
    at = behind_spaces(body, at);
    let is_closed = at + 1 < body.len() && body[at] == b'}' && body[at + 1] == b'}';
    if has_number && is_closed {
        return Ok(Some(Place { start, end: at + 2, number }));
    }
    Err(Flaw::Unreadable)
}

const fn behind_spaces(body: &[u8], mut at: usize) -> usize {
    while at < body.len() && body[at].is_ascii_whitespace() {
        at += 1;
    }
    at
}

/// The length of UTF-8 text in UTF-16 units.
const fn units(text: &[u8]) -> usize {
    let (mut at, mut units) = (0, 0);
    while at < text.len() {
        // Bytes inside of a character count nothing, and those that begin one of four bytes two.
        units += match text[at] {
            0x80..0xC0 => 0,
            0xF0.. => 2,
            _ => 1,
        };
        at += 1;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_flaws_are_found() {
        for (body, expected) in [
            ("Your code is {{1}}", Ok(1)),
            ("{{ 2 }} and {{1}}", Ok(2)),
            ("no place", Ok(0)),
            ("a { b } c {1}", Ok(0)),
            ("a }} b", Ok(0)),
            ("", Err(Flaw::NoWords)),
            (" \n", Err(Flaw::NoWords)),
            ("{{1}}", Err(Flaw::NoWords)),
            ("{{1}} ", Err(Flaw::NoWords)),
            ("a {{1}}{{2}}", Err(Flaw::Touching)),
            ("a {{1}} {{1}}", Err(Flaw::Twice(1))),
            ("a {{1}} {{3}}", Err(Flaw::Gap(2))),
            ("a {{2}}", Err(Flaw::Gap(1))),
            ("a {{0}}", Err(Flaw::Unreadable)),
            ("a {{01}}", Err(Flaw::Unreadable)),
            ("a {{101}}", Err(Flaw::Unreadable)),
            ("a {{99999999999999999999999}}", Err(Flaw::Unreadable)),
            ("a {{name}}", Err(Flaw::Unreadable)),
            ("a {{1}", Err(Flaw::Unreadable)),
            ("a {{", Err(Flaw::Unreadable)),
            ("a {{{1}}}", Err(Flaw::Unreadable)),
        ] {
            assert_eq!(count(body), expected, "{body:?}");
        }
    }

    #[test]
    fn length_is_counted_in_utf16_units() {
        for (body, is_fit) in [
            ("é".repeat(1_024), true),
            ("é".repeat(1_025), false),
            ("🐟".repeat(512), true),
            ("🐟".repeat(513), false),
        ] {
            assert_eq!(count(&body).is_ok(), is_fit, "{}", body.len());
        }
        let hundred: Vec<_> = (1..=100).map(|number| format!("{{{{{number}}}}}")).collect();
        let hundred = hundred.join(" ");
        assert_eq!(count(&format!("a {hundred}")), Ok(100));
    }
}
