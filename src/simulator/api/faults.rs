//! What goes wrong on purpose: setting it, seeing it, ending it.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};

use super::{Answer, Carried, object};
use crate::simulator::{
    faults::Wanted,
    refusal::{Refusal, Sent},
};

/// `GET /sim/faults`.
pub(super) async fn list(State(carrier): Carried) -> Answer {
    Ok(object("faults", carrier.world().faults.all()))
}

/// `POST /sim/faults`.
pub(super) async fn set(State(carrier): Carried, Sent(wanted): Sent<Wanted>) -> Answer {
    let fault = carrier.world().faults.set(&wanted).map_err(Refusal::bad)?;
    Ok((StatusCode::CREATED, Json(fault)).into_response())
}

/// `DELETE /sim/faults`.
pub(super) async fn clear(State(carrier): Carried) -> Answer {
    carrier.world().faults.clear();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /sim/faults/{id}`.
pub(super) async fn end(State(carrier): Carried, Path(id): Path<String>) -> Answer {
    let is_ended = id.parse().is_ok_and(|id| carrier.world().faults.end(id));
    if is_ended {
        Ok(StatusCode::NO_CONTENT.into_response())
    } else {
        Err(Refusal::missing(format!("there is no fault {id}; GET /sim/faults lists them")))
    }
}
