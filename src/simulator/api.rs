//! The paths of `/sim`: what the page and programs ask of the simulator.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::{StatusCode, Uri},
    response::IntoResponse,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    carrier::Carrier,
    page,
    phone::Phone,
    refusal::{Refusal, Sent},
    said::Said,
    sender::Sender,
    stream,
    thread::Thread,
    world::World,
};
use crate::message::{Address, Parameters};

/// How long a sent message's answer is waited for: as long as Twilio waits for a bot.
const PATIENCE: Duration = Duration::from_secs(15);
/// Largest body, in bytes; a message of 1,600 characters takes at most a quarter of it.
const LARGEST_BODY: usize = 64 * 1024;

type Carried = State<Arc<Carrier>>;
type Answer<T = Json<Value>> = Result<T, Refusal>;

/// All paths.
pub(super) fn routes(carrier: Arc<Carrier>) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/sim/page/{name}", get(page::asset))
        .route("/sim/bots", get(bots))
        .route("/sim/phones", get(phones).post(put_phone))
        .route("/sim/phones/{phone}/chats", get(chats))
        .route("/sim/phones/{phone}/messages", get(messages).post(say))
        .route("/sim/phones/{phone}/read", post(read))
        .route("/sim/requests", get(requests))
        .route("/sim/requests/{id}", get(request))
        .route("/sim/requests/{id}/replay", post(replay))
        .route("/sim/clock", get(clock))
        .route("/sim/events", get(stream::events))
        .fallback(nowhere)
        .method_not_allowed_fallback(other_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(carrier)
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

async fn bots(State(carrier): Carried) -> Json<Value> {
    Json(json!({"bots": carrier.senders}))
}

async fn phones(State(carrier): Carried) -> Json<Value> {
    Json(json!({"phones": carrier.world().phones()}))
}

async fn put_phone(State(carrier): Carried, Sent(phone): Sent<Phone>) -> Answer<impl IntoResponse> {
    phone.check().map_err(Refusal::bad)?;
    if carrier.sender(&phone.number).is_some() {
        return Err(Refusal::bad("number: this is a bot's number; choose another"));
    }
    if carrier.world().put_phone(phone.clone()) {
        Ok((StatusCode::CREATED, Json(phone)))
    } else {
        Err(Refusal::busy("there is no room for more people"))
    }
}

async fn chats(State(carrier): Carried, Path(phone): Path<String>) -> Answer {
    let now = carrier.clock.now();
    let person = person(&phone)?;
    let world = carrier.world();
    check_known(&world, &person)?;
    let mut chats = Vec::new();
    for sender in &carrier.senders {
        let key = Carrier::key(sender, &person);
        let thread = world.thread(&key);
        let newest = thread.and_then(Thread::newest);
        let session = thread.and_then(|thread| thread.open_session(now));
        let chat = json!({
            "bot": sender,
            "last_message": newest,
            "unread": thread.map_or(0, |thread| thread.unread().count()),
            "session_expires_at": session.map(|session| session.closes().to_string()),
        });
        chats.push((newest.map(|message| message.serial), chat));
    }
    // The sort is stable: where nobody has written, the bots keep their order.
    chats.sort_by_key(|(newest, _)| std::cmp::Reverse(*newest));
    let chats: Vec<_> = chats.into_iter().map(|(_, chat)| chat).collect();
    Ok(Json(json!({"now": now.to_string(), "chats": chats})))
}

async fn messages(State(carrier): Carried, Path(phone): Path<String>, uri: Uri) -> Answer {
    let with = query(&uri, "with")?;
    let senders: Vec<&Sender> = match &with {
        Some(number) => vec![bot(&carrier, "with", number)?],
        None => carrier.senders.iter().collect(),
    };
    let person = person(&phone)?;
    let world = carrier.world();
    check_known(&world, &person)?;
    let mut messages = Vec::new();
    for sender in senders {
        let key = Carrier::key(sender, &person);
        messages.extend(world.thread(&key).into_iter().flat_map(Thread::messages));
    }
    messages.sort_by_key(|message| message.serial);
    Ok(Json(json!({"messages": messages})))
}

async fn say(
    State(carrier): Carried,
    Path(phone): Path<String>,
    Sent(said): Sent<Said>,
) -> Answer<impl IntoResponse> {
    let taken = carrier.take(&person(&phone)?, said)?;
    // An error says that the simulator was stopped: then there is no answer to wait for.
    let _is_over = timeout(PATIENCE, taken.done).await;
    let world = carrier.world();
    let message = world.thread(&taken.key).and_then(|thread| thread.find(&taken.sid.to_string()));
    Ok((StatusCode::CREATED, Json(json!(message))))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    with: String,
}

#[derive(Debug, Serialize)]
struct Seen {
    read: Vec<String>,
}

async fn read(
    State(carrier): Carried,
    Path(phone): Path<String>,
    Sent(With { with }): Sent<With>,
) -> Answer<Json<Seen>> {
    let person = person(&phone)?;
    check_known(&carrier.world(), &person)?;
    let key = Carrier::key(bot(&carrier, "with", &with)?, &person);
    Ok(Json(Seen { read: carrier.read(&key) }))
}

async fn requests(State(carrier): Carried, uri: Uri) -> Answer {
    let after = query(&uri, "after")?;
    let found = carrier.world().requests.after(after.as_deref());
    let requests = found.ok_or_else(|| no_request(after.as_deref().unwrap_or_default()))?;
    let requests: Vec<_> = requests.iter().map(|request| &**request).collect();
    Ok(Json(json!({"requests": requests})))
}

async fn request(State(carrier): Carried, Path(id): Path<String>) -> Answer {
    let found = carrier.world().requests.get(&id);
    let request = found.ok_or_else(|| no_request(&id))?;
    Ok(Json(json!(*request)))
}

async fn replay(State(carrier): Carried, Path(id): Path<String>) -> Answer<impl IntoResponse> {
    let found = carrier.world().requests.get(&id);
    let old = found.ok_or_else(|| no_request(&id))?;
    let stopped = |_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the simulator is stopping");
    let id = carrier.replay(&old).await.map_err(stopped)?;
    let found = carrier.world().requests.get(&id);
    let new = found.ok_or_else(|| no_request(&id))?;
    Ok((StatusCode::CREATED, Json(json!(*new))))
}

async fn clock(State(carrier): Carried) -> Json<Value> {
    Json(json!({"now": carrier.clock.now().to_string()}))
}

fn no_request(id: &str) -> Refusal {
    Refusal::missing(format!("there is no request {id}; the newest 1,000 are kept"))
}

/// The bot that a field names.
fn bot<'a>(carrier: &'a Carrier, field: &str, number: &str) -> Answer<&'a Sender> {
    carrier.sender(number).ok_or_else(|| {
        Refusal::missing(format!("{field}: no bot has {number}; GET /sim/bots lists them"))
    })
}

/// The person whose number stands in the path.
fn person(number: &str) -> Answer<Address> {
    Address::whatsapp(number)
        .map_err(|error| Refusal::bad(format!("the number in the path: {error}")))
}

/// Only those who are known have conversations.
fn check_known(world: &World, person: &Address) -> Answer<()> {
    match world.phone(person.id()) {
        Some(_) => Ok(()),
        None => Err(Refusal::missing(format!(
            "nobody has {}; POST /sim/phones adds a person, and so does a message from there",
            person.id()
        ))),
    }
}

/// The one parameter that a path's query may have.
fn query(uri: &Uri, name: &str) -> Answer<Option<String>> {
    let form = Parameters::decode(uri.query().unwrap_or_default().as_bytes())
        .map_err(|error| Refusal::bad(format!("the query: {error}")))?;
    if let Some((other, _)) = form.iter().find(|(known, _)| *known != name) {
        return Err(Refusal::bad(format!("the query has {other}, and only {name} is known here")));
    }
    // In a query a plus sign stands for a space, and people write it all the same.
    Ok(form.filled(name).map(|value| value.replace(' ', "+")))
}
