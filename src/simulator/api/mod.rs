//! The paths of `/sim`: what the page and programs ask of the simulator.

mod asked;
mod people;
mod requests;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;

use super::{carrier::Carrier, page, refusal::Refusal, stream};

/// Largest body, in bytes; a message of 1,600 characters takes at most a quarter of it.
const LARGEST_BODY: usize = 64 * 1024;

/// Twilio's side, as each path gets it.
type Carried = State<Arc<Carrier>>;
type Answer = Result<Response, Refusal>;

/// All paths.
pub(super) fn routes(carrier: Arc<Carrier>) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/sim/page/{name}", get(page::asset))
        .route("/sim/bots", get(bots))
        .route("/sim/phones", get(people::list).post(people::put))
        .route("/sim/phones/{number}/chats", get(people::chats))
        .route("/sim/phones/{number}/messages", get(people::messages).post(people::say))
        .route("/sim/phones/{number}/read", post(people::read))
        .route("/sim/requests", get(requests::list))
        .route("/sim/requests/{id}", get(requests::one))
        .route("/sim/requests/{id}/replay", post(requests::replay))
        .route("/sim/clock", get(clock))
        .route("/sim/events", get(stream::events))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(carrier)
}

async fn bots(State(carrier): Carried) -> Response {
    object("bots", &carrier.senders)
}

async fn clock(State(carrier): Carried) -> Response {
    object("now", carrier.clock.now().to_string())
}

async fn nowhere(uri: Uri) -> Refusal {
    Refusal::missing(format!(
        "there is nothing at {}; there are /, /sim/bots, /sim/phones, /sim/phones/{{number}}/chats, \
         /sim/phones/{{number}}/messages, /sim/phones/{{number}}/read, /sim/requests, \
         /sim/requests/{{id}}, /sim/requests/{{id}}/replay, /sim/clock and /sim/events",
        uri.path()
    ))
}

async fn other_method(uri: Uri) -> Refusal {
    let text = format!("{} takes another method", uri.path());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text)
}

/// An object of one member.
fn object(name: &str, value: impl Serialize) -> Response {
    Json(BTreeMap::from([(name, value)])).into_response()
}
