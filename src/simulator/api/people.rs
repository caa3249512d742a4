//! The person's side: who there is, what they see, and what they do.

use std::{cmp::Reverse, time::Duration};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    Answer, Carried,
    asked::{bot, check_known, person, query},
    object,
};
use crate::simulator::{
    carrier::Carrier,
    message::Message,
    phone::Phone,
    refusal::{Refusal, Sent},
    said::Said,
    sender::Sender,
    thread::Thread,
};

/// How long a sent message's answer is waited for: as long as Twilio waits for a bot.
const PATIENCE: Duration = Duration::from_secs(15);

/// `GET /sim/phones`.
pub(super) async fn list(State(carrier): Carried) -> Answer {
    Ok(object("phones", carrier.world().phones()))
}

/// `POST /sim/phones`.
pub(super) async fn put(State(carrier): Carried, Sent(phone): Sent<Phone>) -> Answer {
    let phone = Phone::new(&phone.number, &phone.name);
    phone.check().map_err(Refusal::bad)?;
    if carrier.sender(&phone.number).is_some() {
        return Err(Refusal::bad("number: this is a bot's number; choose another"));
    }
    if carrier.world().put_phone(phone.clone()) {
        Ok((StatusCode::CREATED, Json(phone)).into_response())
    } else {
        Err(Refusal::busy("there is no room for more people"))
    }
}

/// A line of the chat list.
#[derive(Debug, Serialize)]
struct Chat<'a> {
    bot: &'a Sender,
    last_message: Option<&'a Message>,
    unread: usize,
    typing_until: Option<String>,
    session_expires_at: Option<String>,
}

/// All lines of the chat list.
#[derive(Debug, Serialize)]
struct Chats<'a> {
    now: String,
    chats: Vec<Chat<'a>>,
}

/// `GET /sim/phones/{number}/chats`.
pub(super) async fn chats(State(carrier): Carried, Path(number): Path<String>) -> Answer {
    let person = person(&number)?;
    let now = carrier.clock.now();
    let world = carrier.world();
    check_known(&world, &person)?;
    let chats = carrier.senders.iter().map(|sender| {
        let thread = world.thread(&Carrier::key(sender, &person));
        let session = thread.and_then(|thread| thread.open_session(now));
        Chat {
            bot: sender,
            last_message: thread.and_then(Thread::newest),
            unread: thread.map_or(0, |thread| thread.unread().count()),
            typing_until: thread
                .and_then(|thread| thread.typing_until.filter(|until| *until > now))
                .map(|until| until.to_string()),
            session_expires_at: session.map(|session| session.closes().to_string()),
        }
    });
    let mut chats: Vec<_> = chats.collect();
    // The sort is stable: where nobody has written, the bots keep their order.
    chats.sort_by_key(|chat| Reverse(chat.last_message.map(|message| message.serial)));
    Ok(Json(Chats { now: now.to_string(), chats }).into_response())
}

/// `GET /sim/phones/{number}/messages`.
pub(super) async fn messages(
    State(carrier): Carried,
    Path(number): Path<String>,
    uri: Uri,
) -> Answer {
    let with = query(&uri, "with")?;
    let senders: Vec<&Sender> = match &with {
        Some(number) => vec![bot(&carrier, "with", number)?],
        None => carrier.senders.iter().collect(),
    };
    let person = person(&number)?;
    let world = carrier.world();
    check_known(&world, &person)?;
    let threads = senders.iter().filter_map(|sender| world.thread(&Carrier::key(sender, &person)));
    let mut messages: Vec<_> = threads.flat_map(Thread::messages).collect();
    messages.sort_by_key(|message| message.serial);
    Ok(object("messages", messages))
}

/// `POST /sim/phones/{number}/messages`.
pub(super) async fn say(
    State(carrier): Carried,
    Path(number): Path<String>,
    headers: HeaderMap,
    Sent(said): Sent<Said>,
) -> Answer {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let called = host.map(|host| format!("http://{host}"));
    let base = carrier.base.clone().or(called);
    let taken = carrier.take(&person(&number)?, said, base.as_deref())?;
    // An error says that the simulator was stopped: then there is no answer to wait for.
    let _is_over = timeout(PATIENCE, taken.done).await;
    let world = carrier.world();
    let message = world.thread(&taken.key).and_then(|thread| thread.find(taken.sid));
    Ok((StatusCode::CREATED, Json(message)).into_response())
}

/// Whose messages were looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with the bot's number as \"with\"")]
pub(super) struct With {
    with: String,
}

/// `POST /sim/phones/{number}/read`.
pub(super) async fn read(
    State(carrier): Carried,
    Path(number): Path<String>,
    Sent(With { with }): Sent<With>,
) -> Answer {
    let person = person(&number)?;
    check_known(&carrier.world(), &person)?;
    let key = Carrier::key(bot(&carrier, "with", &with)?, &person);
    Ok(object("read", carrier.read(&key)))
}
