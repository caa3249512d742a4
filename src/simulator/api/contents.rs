//! WhatsApp's side of content templates: what it says of them.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};

use super::{Answer, Carried, object};
use crate::{
    message::ContentSid,
    simulator::{
        contents::Content,
        refusal::{Refusal, Sent},
    },
};

/// WhatsApp's words that can be said here.
const STATUSES: [&str; 6] = ["received", "pending", "approved", "rejected", "paused", "disabled"];

#[derive(Debug, Serialize)]
struct Shown<'a> {
    sid: String,
    friendly_name: &'a str,
    body: String,
    status: &'static str,
    rejection_reason: &'a str,
}

impl<'a> Shown<'a> {
    fn of(content: &'a Content) -> Self {
        let approval = content.approval.as_ref();
        Self {
            sid: content.sid.to_string(),
            friendly_name: &content.friendly_name,
            body: content.filled(&content.variables).body,
            status: approval.map_or("unsubmitted", |approval| approval.status),
            rejection_reason: approval.map_or("", |approval| &approval.reason),
        }
    }
}

/// `GET /sim/contents`.
pub(super) async fn list(State(carrier): Carried) -> Answer {
    let world = carrier.world();
    let shown: Vec<_> = world.contents.all().iter().map(Shown::of).collect();
    Ok(object("contents", shown))
}

/// What WhatsApp says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with a \"status\", and perhaps a \"reason\"")]
pub(super) struct Said {
    status: String,
    #[serde(default)]
    reason: String,
}

/// `POST /sim/contents/{sid}/approval`.
pub(super) async fn decide(
    State(carrier): Carried,
    Path(sid): Path<String>,
    Sent(said): Sent<Said>,
) -> Answer {
    let status = STATUSES.into_iter().find(|known| *known == said.status);
    let status = status
        .ok_or_else(|| Refusal::bad(format!("status: write one of {}", STATUSES.join(", "))))?;
    let sid: ContentSid =
        sid.parse().map_err(|error| Refusal::bad(format!("the sid in the path: {error}")))?;
    let mut world = carrier.world();
    let content = world.contents.get_mut(sid);
    let content = content.ok_or_else(|| {
        Refusal::missing(format!("there is no content {sid}; GET /sim/contents lists them"))
    })?;
    let approval = content.approval.as_mut().ok_or_else(|| {
        Refusal::bad("nobody has shown it to WhatsApp; POST to its ApprovalRequests first")
    })?;
    (approval.status, approval.reason) = (status, said.reason);
    Ok(Json(Shown::of(content)).into_response())
}
