//! The Content API: templates and WhatsApp's word on them, below `/v1/Content`.
//!
//! Source: <https://www.twilio.com/docs/content/content-api-resources>.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Answer, Carried, admit_user, problem::Problem};
use crate::{
    message::{ContentSid, Parameters},
    simulator::{
        carrier::Carrier,
        contents::{Approval, Content},
    },
};

/// Most places of one template.
const MOST_PLACES: usize = 100;
/// How many templates a page has if it is not said, and at most.
const PAGE_SIZE: usize = 50;
const LARGEST_PAGE: usize = 500;
/// What a template may be for.
const CATEGORIES: [&str; 3] = ["UTILITY", "MARKETING", "AUTHENTICATION"];

/// The paths, to be merged with the others.
pub(super) fn routes() -> Router<Arc<Carrier>> {
    let other = || async { Problem::method() };
    Router::new()
        .route("/v1/Content", get(list).post(create).fallback(other))
        .route("/v1/Content/{sid}", get(fetch).delete(delete).fallback(other))
        .route("/v1/Content/{sid}/ApprovalRequests", get(approvals).fallback(other))
        .route("/v1/Content/{sid}/ApprovalRequests/whatsapp", post(submit).fallback(other))
}

/// What a template is made of.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    friendly_name: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    variables: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    types: Option<Map<String, Value>>,
}

/// `POST /v1/Content`.
async fn create(State(carrier): Carried, headers: HeaderMap, body: Bytes) -> Answer {
    admit_user(&carrier, &headers)?;
    let wanted: Wanted = read(&body)?;
    // Twilio's library for Python names all forms and gives null for those that are not meant.
    let mut types = wanted.types.unwrap_or_default();
    types.retain(|_, form| !form.is_null());
    let types = Some(types).filter(|types| !types.is_empty());
    let types = types.ok_or_else(|| Problem::new(92001, "Content types are required"))?;
    if let Some(name) = types.keys().find(|name| !is_form(name)) {
        return Err(Problem::new(92008, format!("Content type {name} is not supported")));
    }
    let language = wanted.language.filter(|language| !language.trim().is_empty());
    let language = language.ok_or_else(|| Problem::new(92003, "Language is required"))?;
    let texts = wanted.variables.unwrap_or_default().into_iter().map(|(name, value)| match value {
        Value::String(value) => Ok((name, value)),
        _ => Err(Problem::new(92007, format!("The variable {name} is no text"))),
    });
    let variables: BTreeMap<_, _> = texts.collect::<Result<_, _>>()?;
    if variables.len() > MOST_PLACES {
        return Err(Problem::new(92002, format!("More than {MOST_PLACES} variables")));
    }
    let mut world = carrier.world();
    let content = Content {
        sid: world.ids.content(),
        friendly_name: wanted.friendly_name.unwrap_or_default(),
        language,
        variables,
        types,
        created: carrier.clock.now(),
        approval: None,
    };
    let resource = of(&carrier, &base(&headers), &content);
    if !world.contents.add(content) {
        return Err(Problem::parameter("there is no room for more content templates"));
    }
    Ok((StatusCode::CREATED, Json(resource)).into_response())
}

fn is_form(name: &str) -> bool {
    name.starts_with("twilio/") || name.starts_with("whatsapp/")
}

/// `GET /v1/Content`; the addresses of other pages are absolute here.
async fn list(State(carrier): Carried, headers: HeaderMap, uri: Uri) -> Answer {
    admit_user(&carrier, &headers)?;
    let query = Parameters::decode(uri.query().unwrap_or_default().as_bytes());
    let query = query.map_err(|error| Problem::parameter(format!("the query: {error}")))?;
    let number = |name: &str, default: usize| match query.filled(name) {
        None => Ok(default),
        Some(text) => {
            text.parse().map_err(|_| Problem::parameter(format!("{name} is not a number")))
        }
    };
    let size = number("PageSize", PAGE_SIZE)?.clamp(1, LARGEST_PAGE);
    let page = number("Page", 0)?.min(usize::MAX / LARGEST_PAGE / 2);
    let base = base(&headers);
    let world = carrier.world();
    let all = world.contents.all();
    // Newest first, as all lists of Twilio's.
    let found = all.iter().rev().skip(page * size).take(size);
    let url = |page: usize| format!("{base}/v1/Content?PageSize={size}&Page={page}");
    let has_more = all.len() > (page + 1) * size;
    Ok(Json(json!({
        "contents": found.map(|one| of(&carrier, &base, one)).collect::<Vec<_>>(),
        "meta": {
            "page": page,
            "page_size": size,
            "first_page_url": url(0),
            "previous_page_url": page.checked_sub(1).map(url),
            "url": url(page),
            "next_page_url": has_more.then(|| url(page + 1)),
            "key": "contents",
        },
    }))
    .into_response())
}

/// `GET /v1/Content/{sid}`.
async fn fetch(State(carrier): Carried, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    admit_user(&carrier, &headers)?;
    let world = carrier.world();
    let content = sid.parse().ok().and_then(|sid| world.contents.get(sid));
    let content = content.ok_or_else(|| missing(&sid))?;
    Ok(Json(of(&carrier, &base(&headers), content)).into_response())
}

/// `DELETE /v1/Content/{sid}`.
async fn delete(State(carrier): Carried, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    admit_user(&carrier, &headers)?;
    let is_gone = sid.parse().is_ok_and(|sid| carrier.world().contents.remove(sid));
    if is_gone { Ok(StatusCode::NO_CONTENT.into_response()) } else { Err(missing(&sid)) }
}

/// How WhatsApp is asked.
#[derive(Deserialize)]
struct Submission {
    #[serde(default)]
    name: String,
    #[serde(default)]
    category: String,
}

/// `POST /v1/Content/{sid}/ApprovalRequests/whatsapp`: the answer says `received`, and the next
/// look says `approved`, unless `/sim/contents` has said otherwise.
async fn submit(
    State(carrier): Carried,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    admit_user(&carrier, &headers)?;
    let Submission { name, category } = read(&body)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        let text = "name: lower-case letters, digits and underscores";
        return Err(Problem::parameter(text));
    }
    if !CATEGORIES.contains(&&*category) {
        return Err(Problem::parameter(format!("category: one of {}", CATEGORIES.join(", "))));
    }
    let mut world = carrier.world();
    let content = sid.parse().ok().and_then(|sid| world.contents.get_mut(sid));
    let content = content.ok_or_else(|| missing(&sid))?;
    if content.richest() == "twilio/list-picker" || content.richest() == "twilio/location" {
        return Err(Problem::parameter("WhatsApp approves no lists and no places"));
    }
    let resubmitted = content.approval.as_ref().is_some_and(|old| old.status == "rejected");
    if resubmitted {
        return Err(Problem::new(92009, "Rejected content cannot be submitted again"));
    }
    let content_type = content.richest().to_owned();
    let answer = json!({
        "category": category,
        "status": "received",
        "rejection_reason": "",
        "name": name,
        "content_type": content_type,
    });
    let reason = String::new();
    content.approval = Some(Approval { name, category, status: "approved", reason });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `GET /v1/Content/{sid}/ApprovalRequests`.
async fn approvals(State(carrier): Carried, Path(sid): Path<String>, headers: HeaderMap) -> Answer {
    admit_user(&carrier, &headers)?;
    let world = carrier.world();
    let content = sid.parse().ok().and_then(|sid: ContentSid| world.contents.get(sid));
    let content = content.ok_or_else(|| missing(&sid))?;
    let whatsapp = content.approval.as_ref().map(|approval| {
        json!({
            "type": "whatsapp",
            "name": approval.name,
            "category": approval.category,
            "content_type": content.richest(),
            "status": approval.status,
            "rejection_reason": approval.reason,
            "allow_category_change": true,
        })
    });
    Ok(Json(json!({
        "sid": content.sid.to_string(),
        "account_sid": carrier.account.to_string(),
        "url": format!("{}/v1/Content/{}/ApprovalRequests", base(&headers), content.sid),
        "whatsapp": whatsapp,
    }))
    .into_response())
}

fn of(carrier: &Carrier, base: &str, content: &Content) -> Value {
    let url = format!("{base}/v1/Content/{}", content.sid);
    // Moments are to the second here, and of ISO 8601.
    let date = content.created.to_string();
    let date = format!("{}Z", date.split('.').next().unwrap_or_default());
    json!({
        "sid": content.sid.to_string(),
        "account_sid": carrier.account.to_string(),
        "friendly_name": content.friendly_name,
        "language": content.language,
        "variables": content.variables,
        "types": content.types,
        "date_created": date,
        "date_updated": date,
        "links": {
            "approval_create": format!("{url}/ApprovalRequests/whatsapp"),
            "approval_fetch": format!("{url}/ApprovalRequests"),
        },
        "url": url,
    })
}

/// The address by which we were called.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    format!("http://{}", host.unwrap_or("127.0.0.1"))
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::parameter(format!("the JSON: {error}")))
}

fn missing(sid: &str) -> Problem {
    Problem::missing(format!("The requested resource /Content/{sid} was not found"))
}
