//! The typing indicator: `/v2/Indicators/Typing.json`.
//!
//! Source: <https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource>.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse,
    routing::post,
};
use serde_json::json;

use super::{Answer, Carried, admit_user, form, problem::Problem};
use crate::{
    message::MessageSid,
    simulator::{carrier::Carrier, message::Direction},
};

/// How long a phone shows it.
const SHOWN: Duration = Duration::from_secs(25);

/// The path, to be merged with the others.
pub(super) fn routes() -> Router<Arc<Carrier>> {
    let other = || async { Problem::method() };
    Router::new().route("/v2/Indicators/Typing.json", post(show).fallback(other))
}

async fn show(State(carrier): Carried, headers: HeaderMap, body: Bytes) -> Answer {
    admit_user(&carrier, &headers)?;
    let form = form(&headers, &body)?;
    if !form.filled("channel").is_some_and(|channel| channel.eq_ignore_ascii_case("whatsapp")) {
        return Err(Problem::parameter("channel is whatsapp"));
    }
    let text = form.filled("messageId").unwrap_or_default();
    let sid: MessageSid =
        text.parse().map_err(|error| Problem::parameter(format!("messageId: {error}")))?;
    let mut world = carrier.world();
    let is_inbound = world.copy_of(sid).is_some_and(|one| one.direction == Direction::Inbound);
    if !is_inbound {
        return Err(Problem::missing(format!("there is no inbound message {sid}")));
    }
    world.type_for(sid, carrier.clock.now().after(SHOWN));
    Ok(Json(json!({"success": true})).into_response())
}
