//! The list of messages, newest first, a page at a time.

use std::{cmp::Reverse, time::Duration};

use serde_json::{Value, json};

use super::{problem::Problem, resource};
use crate::{
    conversation::clock::Timestamp,
    message::{Address, Parameters},
    simulator::{carrier::Carrier, message::Message},
};

/// How many messages a page has if it is not said, and at most
/// (<https://www.twilio.com/docs/usage/twilios-response>).
const PAGE_SIZE: usize = 50;
const LARGEST_PAGE: usize = 1_000;
/// Before the place of a page's last message: the page behind it.
const BEHIND: &str = "PASM";
/// Before the place of a page's first message: the page before it.
const BEFORE: &str = "PBSM";
/// What is not part of the search itself.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// Which messages are asked for.
struct Asked<'a> {
    to: Option<&'a str>,
    from: Option<&'a str>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    size: usize,
    page: usize,
    place: Place,
}

/// Where a page begins. It is a message's number and not its sid, so that pages stay where they
/// are when messages come or are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Behind(u64),
    Before(u64),
}

/// The page that the query asks for.
pub(super) fn page(carrier: &Carrier, path: &str, query: &Parameters) -> Result<Value, Problem> {
    let asked = Asked::read(query)?;
    let world = carrier.world();
    // Whoever looks for one message names both sides: then there is one conversation to look at.
    let mut found: Vec<&Message> = match asked.both() {
        Some([from, to]) => world.copies_between(&from, &to).collect(),
        None => world.copies().collect(),
    };
    found.retain(|message| asked.is_meant(message));
    match asked.place {
        // The nearest ones before it, which are shown newest first all the same.
        Place::Before(_) => {
            found.sort_unstable_by_key(|message| message.serial);
            found.truncate(asked.size);
            found.reverse();
        }
        Place::First | Place::Behind(_) => {
            found.sort_unstable_by_key(|message| Reverse(message.serial));
        }
    }
    let has_more = found.len() > asked.size || matches!(asked.place, Place::Before(_));
    found.truncate(asked.size);

    let uri = |page: usize, token: Option<(&str, u64)>| uri(path, query, &asked, page, token);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|last| uri(asked.page + 1, Some((BEHIND, last.serial))));
    let previous = found.first().filter(|_| asked.page > 0);
    let previous = previous.map(|first| uri(asked.page - 1, Some((BEFORE, first.serial))));
    let start = asked.page * asked.size;
    Ok(json!({
        "messages": found.iter().map(|one| resource::of(carrier.account, one)).collect::<Vec<_>>(),
        "page": asked.page,
        "page_size": asked.size,
        "start": start,
        "end": (start + found.len()).saturating_sub(1),
        "uri": uri(asked.page, None),
        "first_page_uri": uri(0, None),
        "next_page_uri": next,
        "previous_page_uri": previous,
    }))
}

impl<'a> Asked<'a> {
    fn read(query: &'a Parameters) -> Result<Self, Problem> {
        let moment = |name: &str| match query.filled(name) {
            None => Ok(None),
            Some(text) => Timestamp::from_iso_8601(text).map(Some).ok_or_else(|| {
                Problem::parameter(format!("{name} is not a date, as in 2026-01-31"))
            }),
        };
        let number = |name: &str, default: usize| match query.filled(name) {
            None => Ok(default),
            Some(text) => {
                text.parse().map_err(|_| Problem::parameter(format!("{name} is not a number")))
            }
        };
        let on = moment("DateSent")?;
        let is_day = query.filled("DateSent").is_some_and(|text| !text.contains('T'));
        let whole = if is_day { Duration::from_hours(24) } else { Duration::from_secs(1) };
        let end = on.map(|on| on.after(whole).before(Duration::from_millis(1)));
        Ok(Self {
            to: query.filled("To"),
            from: query.filled("From"),
            since: on.or(moment("DateSent>")?),
            until: end.or(moment("DateSent<")?),
            size: number("PageSize", PAGE_SIZE)?.clamp(1, LARGEST_PAGE),
            page: number("Page", 0)?.min(usize::MAX / LARGEST_PAGE / 2),
            place: match query.filled("PageToken") {
                None => Place::First,
                Some(token) => Place::read(token)
                    .ok_or_else(|| Problem::parameter("PageToken is none that was given out"))?,
            },
        })
    }

    /// The two sides of one conversation, if both are named.
    fn both(&self) -> Option<[Address; 2]> {
        Some([self.from?.parse().ok()?, self.to?.parse().ok()?])
    }

    fn is_meant(&self, message: &Message) -> bool {
        let Message { serial, created_at: sent, .. } = message;
        self.to.is_none_or(|to| to == message.to.as_str())
            && self.from.is_none_or(|from| from == message.from.as_str())
            && self.since.is_none_or(|since| *sent >= since)
            && self.until.is_none_or(|until| *sent <= until)
            && match self.place {
                Place::First => true,
                Place::Behind(place) => *serial < place,
                Place::Before(place) => *serial > place,
            }
    }
}

impl Place {
    fn read(token: &str) -> Option<Self> {
        let number = |digits: &str| u64::from_str_radix(digits, 16).ok();
        let behind = token.strip_prefix(BEHIND).and_then(number).map(Self::Behind);
        behind.or_else(|| token.strip_prefix(BEFORE).and_then(number).map(Self::Before))
    }
}

/// The same search at another place.
fn uri(
    path: &str,
    query: &Parameters,
    asked: &Asked<'_>,
    page: usize,
    token: Option<(&str, u64)>,
) -> String {
    let mut other = Parameters::new();
    for (name, value) in query.iter().filter(|(name, _)| !PAGING.contains(name)) {
        other.push(name, value);
    }
    other.push("PageSize", &asked.size.to_string());
    other.push("Page", &page.to_string());
    if let Some((kind, serial)) = token {
        other.push("PageToken", &format!("{kind}{serial:032x}"));
    }
    format!("{path}?{}", other.encode())
}
