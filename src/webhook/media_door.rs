//! The door through which Twilio fetches our attachments.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::media::{PATH, Shelf};
use crate::message::Media;

/// The door as a router. Whoever has an address may come in; there is no signature of Twilio's on
/// what it fetches.
pub(super) fn router(shelf: Shelf) -> Router {
    Router::new().route(&format!("{PATH}/{{ticket}}/{{name}}"), get(fetch)).with_state(shelf)
}

async fn fetch(
    State(shelf): State<Shelf>,
    Path((ticket, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    // Expired, forged and gone look alike.
    let Some(bytes) = shelf.open(&ticket, &name).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fixed = [
        (header::CONTENT_TYPE, Media::at(&*name).content_type.to_string()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let asked =
        headers.get(header::RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match range(asked, bytes.len()) {
        Part::All => (fixed, bytes).into_response(),
        Part::Some(from, to) => {
            let told = format!("bytes {from}-{to}/{}", bytes.len());
            let part = bytes.get(from..=to).unwrap_or_default().to_vec();
            (StatusCode::PARTIAL_CONTENT, fixed, [(header::CONTENT_RANGE, told)], part)
                .into_response()
        }
        Part::Beyond => {
            let told = format!("bytes */{}", bytes.len());
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, told)]).into_response()
        }
    }
}

/// What is asked for of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it; also where several parts are asked for at once.
    All,
    /// From the first of these bytes to the second.
    Some(usize, usize),
    /// Bytes that it has not.
    Beyond,
}

fn range(asked: &str, length: usize) -> Part {
    let range = asked.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let (Some((from, to)), Some(last)) = (range, length.checked_sub(1)) else { return Part::All };
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) if from <= to => (from, to.min(last)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(count)) if from.is_empty() && count > 0 => (length.saturating_sub(count), last),
        _ => return Part::All,
    };
    if from <= last { Part::Some(from, to) } else { Part::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_the_part_that_is_there() {
        for (asked, expected) in [
            ("bytes=0-3", Part::Some(0, 3)),
            ("bytes=2-", Part::Some(2, 9)),
            ("bytes=-3", Part::Some(7, 9)),
            ("bytes=-30", Part::Some(0, 9)),
            ("bytes=5-99", Part::Some(5, 9)),
            ("bytes=10-", Part::Beyond),
            ("bytes=5-2", Part::All),
            ("bytes=0-1,4-5", Part::All),
            ("items=0-1", Part::All),
            ("bytes=-", Part::All),
        ] {
            assert_eq!(range(asked, 10), expected, "{asked}");
        }
        assert_eq!(range("bytes=0-", 0), Part::All);
    }
}
