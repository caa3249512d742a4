//! The debugger: the webhook calls that were made, and making one again.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::IntoResponse,
};

use super::{Answer, Carried, asked::query, object};
use crate::simulator::{carrier::Carrier, refusal::Refusal, request::Request};

/// `GET /sim/requests`.
pub(super) async fn list(State(carrier): Carried, uri: Uri) -> Answer {
    let after = query(&uri, "after")?;
    let found = carrier.world().requests.after(after.as_deref());
    let requests = found.ok_or_else(|| missing(after.as_deref().unwrap_or_default()))?;
    let requests: Vec<&Request> = requests.iter().map(|request| &**request).collect();
    Ok(object("requests", requests))
}

/// `GET /sim/requests/{id}`.
pub(super) async fn one(State(carrier): Carried, Path(id): Path<String>) -> Answer {
    Ok(Json(&*find(&carrier, &id)?).into_response())
}

/// `POST /sim/requests/{id}/replay`.
pub(super) async fn replay(State(carrier): Carried, Path(id): Path<String>) -> Answer {
    let old = find(&carrier, &id)?;
    let stopped = |_| Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the simulator is stopping");
    let id = carrier.replay(&old).await.map_err(stopped)?;
    Ok((StatusCode::CREATED, Json(&*find(&carrier, &id)?)).into_response())
}

fn find(carrier: &Carrier, id: &str) -> Result<Arc<Request>, Refusal> {
    carrier.world().requests.get(id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> Refusal {
    Refusal::missing(format!("there is no request {id}; the newest 1,000 are kept"))
}
