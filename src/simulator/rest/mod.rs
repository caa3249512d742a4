//! Twilio's REST API, as far as bots on WhatsApp use it: the paths below `/2010-04-01`, and with them
//! those of its other hosts, for there is only one host here.
//!
//! What is refused at once is a [`Problem`]; what goes wrong later is seen in the message's status.

mod content;
mod list;
mod media;
mod order;
mod problem;
mod resource;
mod typing;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use self::{order::Order, problem::Problem};
use super::{
    carrier::Carrier,
    message::{Kept, Message},
};
use crate::message::{MessageSid, Parameters};

type Carried = State<Arc<Carrier>>;
type Answer = Result<Response, Problem>;

/// The paths, to be merged with the others.
pub(super) fn routes() -> Router<Arc<Carrier>> {
    const ALL: &str = "/2010-04-01/Accounts/{account}/Messages.json";
    const ONE: &str = "/2010-04-01/Accounts/{account}/Messages/{file}";
    const ATTACHED: &str = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json";
    const ATTACHMENT: &str = "/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{file}";
    let other = || async { Problem::method() };
    Router::new()
        .route(ALL, get(list).post(create).fallback(other))
        .route(ONE, get(fetch).post(change).delete(delete).fallback(other))
        .route(ATTACHED, get(media::list).fallback(other))
        .route(ATTACHMENT, get(media::fetch).delete(media::delete).fallback(other))
        .merge(content::routes())
        .merge(typing::routes())
}

/// `POST /Messages.json`.
async fn create(
    State(carrier): Carried,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    let order = Order::read(&carrier, &form(&headers, &body)?)?;
    let message = carrier.mail(order);
    let resource = resource::of(carrier.account, &message);
    Ok((StatusCode::CREATED, Json(resource)).into_response())
}

/// `GET /Messages.json`.
async fn list(
    State(carrier): Carried,
    Path(account): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    let query = Parameters::decode(uri.query().unwrap_or_default().as_bytes());
    let query = query.map_err(|error| Problem::parameter(format!("the query: {error}")))?;
    Ok(Json(list::page(&carrier, uri.path(), &query)?).into_response())
}

/// `GET /Messages/{sid}.json`.
async fn fetch(
    State(carrier): Carried,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    with(&carrier, &file, |_| Ok(()))
}

/// `POST /Messages/{sid}.json`: words are taken out by an empty `Body`.
async fn change(
    State(carrier): Carried,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    let form = form(&headers, &body)?;
    let mut is_canceled = false;
    if let (None, Some("canceled")) = (form.get("Body"), form.filled("Status")) {
        let sid = file.strip_suffix(".json").and_then(|sid| sid.parse().ok());
        is_canceled = sid.is_some_and(|sid| carrier.cancel(&mut carrier.world(), sid));
    }
    with(&carrier, &file, |message| match (form.get("Body"), form.filled("Status")) {
        (Some(""), None) => {
            message.kept = Kept::Redacted;
            Ok(())
        }
        (None, Some("canceled")) if is_canceled => Ok(()),
        (None, Some("canceled")) => {
            let status = &message.status;
            Err(Problem::conflict(format!("only scheduled messages are canceled; it is {status}")))
        }
        _ => Err(Problem::parameter("a change is an empty Body, or Status=canceled")),
    })
}

/// `DELETE /Messages/{sid}.json`.
async fn delete(
    State(carrier): Carried,
    Path((account, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    with(&carrier, &file, |message| {
        message.kept = Kept::Deleted;
        Ok(())
    })?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Does something to the message with the sid that stands in the path, and shows it.
fn with(
    carrier: &Carrier,
    file: &str,
    change: impl FnOnce(&mut Message) -> Result<(), Problem>,
) -> Answer {
    let missing = || Problem::missing(format!("The requested resource {file} was not found"));
    let sid: Option<MessageSid> = file.strip_suffix(".json").and_then(|sid| sid.parse().ok());
    let mut world = carrier.world();
    let message = sid.and_then(|sid| world.copy_of(sid)).ok_or_else(missing)?;
    change(message)?;
    Ok(Json(resource::of(carrier.account, message)).into_response())
}

/// Only the account with its auth token is let in, and only to what is its own.
fn admit(carrier: &Carrier, account: &str, headers: &HeaderMap) -> Result<(), Problem> {
    admit_user(carrier, headers)?;
    if carrier.account.to_string() != account {
        let text = format!("the simulator's account is {}", carrier.account);
        return Err(Problem::missing(text));
    }
    Ok(())
}

/// Only the account with its auth token is let in.
fn admit_user(carrier: &Carrier, headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, pair) = given.and_then(|given| given.split_once(' ')).unwrap_or_default();
    let pair = STANDARD.decode(pair.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
    let (user, secret) = pair.as_deref().and_then(|pair| pair.split_once(':')).unwrap_or_default();
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    if !is_basic || user != carrier.account.to_string() || !carrier.is_token(secret) {
        return Err(Problem::stranger());
    }
    Ok(())
}

fn form(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !body.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Problem::parameter("send a form: application/x-www-form-urlencoded"));
    }
    Parameters::decode(body).map_err(|error| Problem::parameter(format!("the form: {error}")))
}
