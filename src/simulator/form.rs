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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::clock::Timestamp, message::MessageSid};

    const ACCOUNT: AccountSid = AccountSid::new(1);

    fn said(json: serde_json::Value) -> (Message, Said) {
        let given: Said = serde_json::from_value(json).unwrap();
        let [from, to] = ["whatsapp:+15005550006", "whatsapp:+14155238886"];
        let sid = MessageSid::new(7);
        let [from, to] = [from, to].map(|address| address.parse().unwrap());
        (Message::inbound(sid, from, to, &given, Timestamp::from_millis(0)), given)
    }

    #[test]
    fn a_text_has_no_parameters_of_other_kinds() {
        let (sent, given) = said(json!({"to": "+14155238886", "body": "hi"}));
        let form = message(ACCOUNT, &sent, &given, "Ana", None);
        let names: Vec<_> = form.iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "SmsMessageSid",
                "SmsSid",
                "MessageSid",
                "AccountSid",
                "From",
                "To",
                "Body",
                "NumMedia",
                "NumSegments",
                "SmsStatus",
                "ApiVersion",
                "ReferralNumMedia",
                "ProfileName",
                "WaId",
                "ExternalUserId",
                "Forwarded",
                "FrequentlyForwarded",
                "MessageType",
                "ChannelMetadata",
            ]
        );
    }

    #[test]
    fn the_type_of_a_message_is_told() {
        let check = |mut json: serde_json::Value, expected: &str| {
            json["to"] = "+14155238886".into();
            assert_eq!(message_type(&said(json).1), expected);
        };
        let media = |content_type| json!({"media": [{"url": "", "content_type": content_type}]});
        check(json!({"body": "hi"}), "text");
        check(media("image/png"), "image");
        check(media("image/webp"), "sticker");
        check(media("audio/ogg"), "audio");
        check(media("video/mp4"), "video");
        check(media("text/vcard"), "contacts");
        check(media("application/pdf"), "document");
        check(json!({"location": {"latitude": 0.0, "longitude": 0.0}}), "location");
        check(json!({"button": {"text": "Yes"}}), "interactive");
        check(json!({"list": {"id": "1", "title": "Row"}}), "interactive");
    }

    #[test]
    fn a_person_is_known_by_an_id_of_the_country() {
        assert_eq!(user_id("+4915112345678"), "whatsapp:DE.13494915112345678");
        assert_eq!(user_id("+37012345678"), "whatsapp:ZZ.134937012345678");
        assert!(user_id("+15005550006").parse::<crate::message::Address>().is_ok());
    }

    #[test]
    fn a_button_without_a_payload_sends_its_title() {
        let (sent, given) = said(json!({"to": "+14155238886", "button": {"text": "Yes"}}));
        let form = message(ACCOUNT, &sent, &given, "Ana", Some(&sent));
        assert_eq!(form.get("ButtonPayload"), Some("Yes"));
        assert_eq!(form.get("OriginalRepliedMessageSid"), Some(sent.sid.to_string().as_str()));
    }

    #[test]
    fn a_status_hides_the_end_of_the_number() {
        let (mut sent, _) = said(json!({"to": "+14155238886", "body": "hi"}));
        sent.error_code = Some(63016);
        let form = status(ACCOUNT, &sent, &Status::Undelivered);
        assert_eq!(form.get("ChannelToAddress"), Some("+1415523XXXX"));
        assert_eq!(form.get("ErrorCode"), Some("63016"));
        assert_eq!(form.get("EventType"), Some("UNDELIVERED"));
        assert_eq!(form.get("ChannelInstallSid"), Some(format!("XE{:032x}", 1).as_str()));
        assert_eq!(status(ACCOUNT, &sent, &Status::Sent).get("ErrorCode"), None);
    }
}
