//! Attachments: what Twilio keeps of them, and their bytes, which are on another host.
//!
//! Source: <https://www.twilio.com/docs/messaging/api/media-resource>.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

use super::{Answer, Carried, admit, problem::Problem, resource::VERSION};
use crate::{
    message::{AccountSid, MediaSid, MessageSid},
    simulator::{
        carrier::Carrier,
        faults::{Kind, On},
        message::Message,
        said::Attached,
    },
};

/// `GET /Messages/{sid}/Media.json`.
pub(super) async fn list(
    State(carrier): Carried,
    Path((account, sid)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    let mut world = carrier.world();
    let message = sid.parse().ok().and_then(|sid| world.copy_of(sid));
    let message = message.ok_or_else(|| missing(&sid))?;
    let uri = format!("/{VERSION}/Accounts/{account}/Messages/{sid}/Media.json?PageSize=50&Page=0");
    let media: Vec<_> = attached(message).map(|_| of(carrier.account, message)).collect();
    Ok(Json(json!({
        "end": media.len().saturating_sub(1),
        "media_list": media,
        "page": 0,
        "page_size": 50,
        "start": 0,
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": null,
        "previous_page_uri": null,
    }))
    .into_response())
}

/// `GET /Messages/{sid}/Media/{file}`: with `.json` what is known of it, without it the bytes, to
/// which a redirect leads.
pub(super) async fn fetch(
    State(carrier): Carried,
    Path((account, sid, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let is_metadata = file.strip_suffix(".json").is_some();
    if is_metadata || carrier.guards_media {
        admit(&carrier, &account, &headers)?;
    }
    let mut world = carrier.world();
    let is_lost = !is_metadata
        && world.faults.strike(On::Media).is_some_and(|strike| strike.kind == Kind::Lose);
    let message = sid.parse().ok().and_then(|sid| world.copy_of(sid));
    let message = message.filter(|message| is_of(message, &file) && !is_lost);
    let message = message.ok_or_else(|| missing(&file))?;
    if is_metadata {
        return Ok(Json(of(carrier.account, message)).into_response());
    }
    let url = attached(message).next().map(|attached| attached.url.clone());
    let url = url.ok_or_else(|| missing(&file))?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response())
}

/// `DELETE /Messages/{sid}/Media/{file}`.
pub(super) async fn delete(
    State(carrier): Carried,
    Path((account, sid, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&carrier, &account, &headers)?;
    let mut world = carrier.world();
    let message = sid.parse().ok().and_then(|sid| world.copy_of(sid));
    let message = message.filter(|message| is_of(message, &file)).ok_or_else(|| missing(&file))?;
    message.has_media = false;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The path of a message's attachment; WhatsApp has one a message, which has the message's digits.
fn path(account: AccountSid, sid: MessageSid) -> String {
    format!("/{VERSION}/Accounts/{account}/Messages/{sid}/Media/{}", media_sid(sid))
}

fn media_sid(sid: MessageSid) -> MediaSid {
    let bytes = sid.to_bytes();
    let digits = bytes[1..].iter().fold(0, |digits, byte| digits << 8 | u128::from(*byte));
    MediaSid::new(digits)
}

/// What Twilio has of a message's attachments.
fn attached(message: &Message) -> impl Iterator<Item = &Attached> {
    message.media.iter().filter(|_| message.has_media)
}

/// Whether the file is the attachment of this message.
fn is_of(message: &Message, file: &str) -> bool {
    let sid: Option<MediaSid> = file.strip_suffix(".json").unwrap_or(file).parse().ok();
    sid == Some(media_sid(message.sid)) && attached(message).next().is_some()
}

fn of(account: AccountSid, message: &Message) -> Value {
    let date = message.created_at.to_rfc_2822();
    json!({
        "account_sid": account.to_string(),
        "content_type": attached(message).next().map(|attached| &attached.content_type),
        "date_created": date,
        "date_updated": date,
        "parent_sid": message.sid.to_string(),
        "sid": media_sid(message.sid).to_string(),
        "uri": format!("{}.json", path(account, message.sid)),
    })
}

fn missing(file: &str) -> Problem {
    Problem::missing(format!("The requested resource {file} was not found"))
}

impl Carrier {
    /// Where the bot is told that a message's attachment is, if we are called at this address.
    pub(in crate::simulator) fn media_url(&self, base: &str, sid: MessageSid) -> String {
        format!("{base}{}", path(self.account, sid))
    }
}
