//! A message as Twilio's REST API writes it.

use serde_json::{Value, json};

use crate::{
    message::{AccountSid, Status},
    simulator::message::{Kept, Message},
};

/// The version of the API, as it stands in paths.
pub(super) const VERSION: &str = "2010-04-01";

/// Everything that Twilio tells of a message, numbers as texts where Twilio does so.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource#message-properties>.
pub(super) fn of(account: AccountSid, message: &Message) -> Value {
    let uri = format!("/{VERSION}/Accounts/{account}/Messages/{}", message.sid);
    let date = message.created_at.to_rfc_2822();
    let is_chosen = message.service.is_none_or(|service| !service.has_chosen)
        || !matches!(message.status, Status::Accepted | Status::Scheduled);
    let is_waiting =
        matches!(message.status, Status::Queued | Status::Accepted | Status::Scheduled);
    // Marked as read is what the person sees; Twilio goes on to say that it has the message.
    let status = match message.status {
        Status::Read if message.is_inbound() => &Status::Received,
        ref status => status,
    };
    let body = if message.kept == Kept::Redacted { "" } else { &message.body };
    json!({
        "account_sid": account.to_string(),
        "api_version": VERSION,
        "body": body,
        "date_created": date,
        "date_sent": if is_waiting { None } else { Some(&date) },
        "date_updated": date,
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": is_chosen.then_some(message.from.as_str()),
        "messaging_service_sid": message.service.map(|service| service.sid.to_string()),
        "num_media": message.media.len().to_string(),
        "num_segments": "1",
        "price": null,
        "price_unit": null,
        "sid": message.sid.to_string(),
        "status": status.as_str(),
        "subresource_uris": {"media": format!("{uri}/Media.json")},
        "to": message.to.as_str(),
        "uri": format!("{uri}.json"),
    })
}
