//! The clock: what time it is on Twilio's side, and turning it.

use std::time::Duration;

use axum::extract::State;
use jiff::{Span, SpanRelativeTo};
use serde::Deserialize;

use super::{Answer, Carried, object};
use crate::simulator::refusal::{Refusal, Sent};

/// By how much the clock is turned.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a time as \"advance\", as in \"25h\"")]
pub(super) struct Turned {
    advance: String,
}

/// `GET /sim/clock`.
pub(super) async fn now(State(carrier): Carried) -> Answer {
    Ok(object("now", carrier.clock.now().to_string()))
}

/// `POST /sim/clock`.
pub(super) async fn turn(State(carrier): Carried, Sent(turned): Sent<Turned>) -> Answer {
    let time = span(&turned.advance).map_err(|why| {
        let example = "write a time such as 25h, 90 min, 1h 30m or 2 days";
        Refusal::bad(format!("advance: {why}; {example}"))
    })?;
    if !carrier.clock.turn(time) {
        return Err(Refusal::bad("this simulator has a clock that cannot be turned"));
    }
    carrier.send_what_is_due();
    now(State(carrier)).await
}

/// A length of time in words; a day has 24 hours.
fn span(words: &str) -> Result<Duration, String> {
    let span: Span = words.trim().parse().map_err(|error: jiff::Error| error.to_string())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let time = time.map_err(|error| error.to_string())?;
    time.try_into().map_err(|_| "clocks are not turned back".to_owned())
}
