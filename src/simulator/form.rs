//! The parameters of webhook calls: what the webhook's form reader reads, written.

use serde_json::json;

use super::{message::Message, said::Said};
use crate::message::{AccountSid, ContentType, MediaKind, Parameters, Status};

/// The version of Twilio's API.
const API_VERSION: &str = "2010-04-01";

/// Calling codes and the countries that a WhatsApp user id begins with.
const COUNTRIES: [(&str, &str); 12] = [
    ("+1", "US"),
    ("+234", "NG"),
    ("+254", "KE"),
    ("+27", "ZA"),
    ("+33", "FR"),
    ("+34", "ES"),
    ("+44", "GB"),
    ("+49", "DE"),
    ("+52", "MX"),
    ("+55", "BR"),
    ("+62", "ID"),
    ("+91", "IN"),
];

/// What Twilio tells a webhook of a message.
///
/// Source: <https://www.twilio.com/docs/messaging/guides/webhook-request>.
pub(super) fn message(
    account: AccountSid,
    message: &Message,
    given: &Said,
    name: &str,
    quoted: Option<&Message>,
) -> Parameters {
    let mut form = Parameters::new();
    let sid = message.sid.to_string();
    let number = message.from.id();
    let wa_id = number.trim_start_matches('+');
    for name in ["SmsMessageSid", "SmsSid", "MessageSid"] {
        form.push(name, &sid);
    }
    form.push("AccountSid", &account.to_string());
    form.push("From", message.from.as_str());
    form.push("To", message.to.as_str());
    form.push("Body", &message.body);
    form.push("NumMedia", &given.media.len().to_string());
    form.push("NumSegments", "1");
    form.push("SmsStatus", "received");
    form.push("ApiVersion", API_VERSION);
    form.push("ReferralNumMedia", "0");
    form.push("ProfileName", name);
    form.push("WaId", wa_id);
    form.push("ExternalUserId", &user_id(number));
    form.push("Forwarded", if given.forwarded { "true" } else { "false" });
    form.push("FrequentlyForwarded", "false");
    form.push("MessageType", message_type(given));
    let context = json!({"ProfileName": name, "WaId": wa_id, "Forwarded": given.forwarded});
    let metadata = json!({"type": "whatsapp", "data": {"context": context}});
    form.push("ChannelMetadata", &metadata.to_string());
    push_parts(&mut form, given);
    if let Some(quoted) = quoted {
        form.push("OriginalRepliedMessageSid", &quoted.sid.to_string());
        form.push("OriginalRepliedMessageSender", quoted.from.as_str());
    }
    form
}

/// What is more than text.
fn push_parts(form: &mut Parameters, given: &Said) {
    for (at, media) in given.media.iter().enumerate() {
        form.push(&format!("MediaUrl{at}"), &media.url);
        form.push(&format!("MediaContentType{at}"), &media.content_type);
    }
    let mut push_all = |pairs: &[(&str, Option<&str>)]| {
        for (name, value) in pairs {
            if let Some(value) = value {
                form.push(name, value);
            }
        }
    };
    if let Some(place) = &given.location {
        let degrees = [place.latitude, place.longitude].map(|degrees| degrees.to_string());
        push_all(&[
            ("Latitude", Some(&degrees[0])),
            ("Longitude", Some(&degrees[1])),
            ("Address", place.address.as_deref()),
            ("Label", place.label.as_deref()),
        ]);
    }
    if let Some(button) = &given.button {
        push_all(&[
            ("ButtonText", Some(&button.text)),
            // Without an id of its own, a button's title is its payload.
            ("ButtonPayload", Some(button.payload.as_deref().unwrap_or(&button.text))),
            ("ButtonType", Some("REPLY")),
        ]);
    }
    if let Some(row) = &given.list {
        push_all(&[
            ("ListId", Some(&row.id)),
            ("ListTitle", Some(&row.title)),
            ("ListDescription", row.description.as_deref()),
        ]);
    }
}

fn message_type(given: &Said) -> &'static str {
    if given.location.is_some() {
        return "location";
    }
    if given.button.is_some() || given.list.is_some() {
        return "interactive";
    }
    match given.media.first().map(|media| ContentType::from(media.content_type.as_str()).kind()) {
        None => "text",
        Some(MediaKind::Image) => "image",
        Some(MediaKind::Sticker) => "sticker",
        Some(MediaKind::Audio) => "audio",
        Some(MediaKind::Video) => "video",
        Some(MediaKind::Contact) => "contacts",
        Some(_) => "document",
    }
}

/// The id by which a business knows a person also without the number.
fn user_id(number: &str) -> String {
    let country = COUNTRIES.iter().find(|(code, _)| number.starts_with(code));
    let country = country.map_or("ZZ", |(_, country)| country);
    format!("whatsapp:{country}.1349{}", number.trim_start_matches('+'))
}

/// What the fallback URL gets: all of it again, and what went wrong where.
///
/// Source: <https://www.twilio.com/docs/usage/security/availability-reliability>.
pub(super) fn fallback(parameters: &Parameters, code: u32, url: &str) -> Parameters {
    let mut form = parameters.clone();
    form.push("ErrorCode", &code.to_string());
    form.push("ErrorUrl", url);
    form
}

/// What Twilio tells of a message whose status changed.
///
/// Source: <https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>.
pub(super) fn status(account: AccountSid, message: &Message, status: &Status) -> Parameters {
    let mut form = Parameters::new();
    let sid = message.sid.to_string();
    let number = message.to.id();
    let masked = number.get(..number.len().saturating_sub(4)).unwrap_or_default();
    for (name, value) in [
        ("SmsSid", sid.as_str()),
        ("SmsStatus", status.as_str()),
        ("MessageStatus", status.as_str()),
        ("ChannelToAddress", &format!("{masked}XXXX")),
        ("To", message.to.as_str()),
        ("ChannelPrefix", "whatsapp"),
        ("MessageSid", sid.as_str()),
        ("AccountSid", &account.to_string()),
        ("From", message.from.as_str()),
        ("ApiVersion", API_VERSION),
        ("ChannelInstallSid", &install_sid(account)),
    ] {
        form.push(name, value);
    }
    match status {
        Status::Sent => form.push("StructuredMessage", "false"),
        Status::Delivered | Status::Read | Status::Undelivered => {
            form.push("EventType", &status.as_str().to_uppercase());
        }
        _ => {}
    }
    if let Some(code) = message.error_code.filter(|_| status.is_failure()) {
        form.push("ErrorCode", &code.to_string());
    }
    form
}

/// The sender's installation: the account's digits behind other letters will do.
fn install_sid(account: AccountSid) -> String {
    account.to_string().replacen("AC", "XE", 1)
}
