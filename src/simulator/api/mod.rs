//! The paths of `/sim`: what the page and programs ask of the simulator.

mod asked;
mod clock;
mod contents;
mod faults;
mod openapi;
mod people;
mod requests;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{MethodRouter, delete, get, post},
};
use serde::Serialize;

use super::{carrier::Carrier, page, refusal::Refusal, rest, stream};

/// Largest body, in bytes; a message of 1,600 characters takes at most a quarter of it.
const LARGEST_BODY: usize = 64 * 1024;

/// Twilio's side, as each path gets it.
type Carried = State<Arc<Carrier>>;
type Answer = Result<Response, Refusal>;

/// All paths.
pub(super) fn routes(carrier: Arc<Carrier>) -> Router {
    let mut router = Router::new();
    for (path, methods, handlers) in paths() {
        let other_method = move |uri: Uri, method: Method| async move {
            let text = format!("{} takes {methods}, not {method}", uri.path());
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, text)
        };
        router = router.route(path, handlers.fallback(other_method));
    }
    router
        .merge(rest::routes())
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(carrier)
}

/// Each path, its methods in words, and what they do.
fn paths() -> [(&'static str, &'static str, MethodRouter<Arc<Carrier>>); 17] {
    [
        ("/", "GET", get(page::index)),
        ("/sim/page/{name}", "GET", get(page::asset)),
        ("/sim/bots", "GET", get(bots)),
        ("/sim/phones", "GET and POST", get(people::list).post(people::put)),
        ("/sim/phones/{number}/chats", "GET", get(people::chats)),
        ("/sim/phones/{number}/messages", "GET and POST", get(people::messages).post(people::say)),
        ("/sim/phones/{number}/read", "POST", post(people::read)),
        ("/sim/requests", "GET", get(requests::list)),
        ("/sim/requests/{id}", "GET", get(requests::one)),
        ("/sim/requests/{id}/replay", "POST", post(requests::replay)),
        ("/sim/contents", "GET", get(contents::list)),
        ("/sim/contents/{sid}/approval", "POST", post(contents::decide)),
        (
            "/sim/faults",
            "GET, POST and DELETE",
            get(faults::list).post(faults::set).delete(faults::clear),
        ),
        ("/sim/faults/{id}", "DELETE", delete(faults::end)),
        ("/sim/openapi.json", "GET", get(openapi::document)),
        ("/sim/clock", "GET and POST", get(clock::now).post(clock::turn)),
        ("/sim/events", "GET", get(stream::events)),
    ]
}

async fn bots(State(carrier): Carried) -> Response {
    object("bots", &carrier.senders)
}

async fn nowhere(uri: Uri) -> Refusal {
    Refusal::missing(format!(
        "there is nothing at {}; there are /, /sim/bots, /sim/phones, /sim/phones/{{number}}/chats, \
         /sim/phones/{{number}}/messages, /sim/phones/{{number}}/read, /sim/requests, \
         /sim/requests/{{id}}, /sim/requests/{{id}}/replay, /sim/contents, /sim/faults, /sim/clock and \
         /sim/events, described in /sim/openapi.json; of Twilio's API there is \
         /2010-04-01/Accounts/{{sid}}/Messages.json and what is below it, /v1/Content and \
         /v2/Indicators/Typing.json",
        uri.path()
    ))
}

/// An object of one member.
fn object(name: &str, value: impl Serialize) -> Response {
    Json(BTreeMap::from([(name, value)])).into_response()
}
