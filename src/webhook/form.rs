//! From a verified form to a message, a status or a failed call.

use super::{FailedCall, Signed, Verified};
use crate::message::{
    Address, Button, ChannelReport, Content, ErrorCode, Flow, Inbound, ListChoice, Location,
    MOST_MEDIA, Media, MessageSid, Parameters, Status, StatusUpdate,
};

/// Why a verified form is no message; it names the parameter and never shows its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidParameter {
    /// A parameter that must be there is not, or is empty.
    #[error("parameter {0} is missing")]
    Missing(String),
    /// A parameter stands there more than once with different values.
    #[error("parameter {0} is given more than once")]
    Doubled(&'static str),
    /// A parameter cannot be read.
    #[error("parameter {name} cannot be read: {reason}")]
    Unreadable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is JSON, and not an object of texts, numbers and truth values.
    #[error("the body is not a JSON object of texts, numbers, true and false")]
    NotAnObject,
}

/// Reads a message.
pub(super) fn inbound(verified: Verified) -> Result<Inbound, InvalidParameter> {
    message(parameters(verified)?)
}

/// Reads the parameters of a message: verified ones, or those that were put into the outbox by one
/// of us, who had verified them.
pub(super) fn message(form: Parameters) -> Result<Inbound, InvalidParameter> {
    let fields = Fields::of(&form)?;
    let sid = fields.required("MessageSid", Field::MessageSid)?;
    let from = fields.required("From", Field::From)?;
    let to = fields.required("To", Field::To)?;
    let content = content(&form, &fields)?;
    Ok(Inbound::new(sid, from, to, content).with_parameters(form))
}

/// Reads a status callback.
pub(super) fn status(verified: Verified) -> Result<StatusUpdate, InvalidParameter> {
    let form = parameters(verified)?;
    let fields = Fields::of(&form)?;
    let sid = fields.required("MessageSid", Field::MessageSid)?;
    let status = fields.get(Field::MessageStatus).or(form.filled("SmsStatus"));
    let status = status.ok_or_else(|| InvalidParameter::Missing("MessageStatus".into()))?;
    let text = |name| form.filled(name).map(str::to_owned);
    let mut update = StatusUpdate::new(sid, Status::from(status));
    update.from = fields.optional("From", Field::From)?;
    update.to = fields.optional("To", Field::To)?;
    update.account = form.filled("AccountSid").and_then(|sid| sid.parse().ok());
    update.messaging_service = form.filled("MessagingServiceSid").and_then(|sid| sid.parse().ok());
    update.error = fields.optional::<ErrorCode>("ErrorCode", Field::ErrorCode)?;
    update.error_message = text("ErrorMessage");
    update.channel = ChannelReport::default();
    update.channel.prefix = text("ChannelPrefix");
    update.channel.install = text("ChannelInstallSid");
    update.channel.to = text("ChannelToAddress");
    update.channel.message = text("ChannelStatusMessage");
    update.channel.event = text("EventType");
    update.channel.is_structured = form.filled("StructuredMessage").map(|word| word == "true");
    Ok(update)
}

/// Reads a fallback call: the message that was not answered, and why.
pub(super) fn failed_call(verified: Verified) -> Result<FailedCall, InvalidParameter> {
    let message = inbound(verified)?;
    failure(message).ok_or_else(|| InvalidParameter::Missing("ErrorCode".into()))
}

/// The message as a fallback call, if it is one: Twilio adds an error's code to its parameters.
fn failure(message: Inbound) -> Option<FailedCall> {
    let form = message.parameters();
    let error = form.filled("ErrorCode")?.parse().ok()?;
    let url = form.filled("ErrorUrl").map(str::to_owned);
    Some(FailedCall { message, error, url })
}

/// Reads a call to the door for messages. Where that is the fallback URL too, Twilio tells a second
/// try from a first by its parameters alone.
pub(super) fn call(verified: Verified) -> Result<Call, InvalidParameter> {
    let message = inbound(verified)?;
    let form = message.parameters();
    let is_second = form.filled("ErrorCode").is_some() && form.filled("ErrorUrl").is_some();
    match is_second.then(|| failure(message.clone())).flatten() {
        Some(call) => Ok(Call::Second(call)),
        None => Ok(Call::First(message)),
    }
}

/// Twilio's first try with a message, or its second after the first failed.
pub(super) enum Call {
    First(Inbound),
    Second(FailedCall),
}

/// The names and values, whichever way they were sent.
fn parameters(verified: Verified) -> Result<Parameters, InvalidParameter> {
    match verified.into_signed() {
        Signed::Form(parameters) | Signed::Query(parameters) => Ok(parameters),
        Signed::Body(json) => object(&json).ok_or(InvalidParameter::NotAnObject),
    }
}

fn object(json: &[u8]) -> Option<Parameters> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(json).ok()?;
    let mut form = Parameters::new();
    for (name, value) in &object {
        match value {
            serde_json::Value::String(text) => form.push(name, text),
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => {
                form.push(name, &value.to_string());
            }
            serde_json::Value::Null => form.push(name, ""),
            _ => return None,
        }
    }
    Some(form)
}

fn content(form: &Parameters, fields: &Fields<'_>) -> Result<Content, InvalidParameter> {
    let text = |field| fields.get(field).map(str::to_owned);
    let body = || text(Field::Body).unwrap_or_default();
    if fields.get(Field::Latitude).is_some() || fields.get(Field::Longitude).is_some() {
        return Ok(Content::Location(Location {
            latitude: fields.required::<Latitude>("Latitude", Field::Latitude)?.0,
            longitude: fields.required("Longitude", Field::Longitude)?,
            label: text(Field::Label),
            address: text(Field::Address),
        }));
    }
    if fields.get(Field::ButtonText).is_some() || fields.get(Field::ButtonPayload).is_some() {
        let text_of_button = text(Field::ButtonText).unwrap_or_else(body);
        let payload = text(Field::ButtonPayload);
        return Ok(Content::Button(Button { text: text_of_button, payload }));
    }
    if let Some(id) = text(Field::ListId) {
        let title = text(Field::ListTitle).unwrap_or_else(body);
        let description = text(Field::ListDescription);
        return Ok(Content::ListChoice(ListChoice { id, title, description }));
    }
    if fields.get(Field::InteractiveData).is_some() || fields.get(Field::FlowData).is_some() {
        let (interactive, fields) = (text(Field::InteractiveData), text(Field::FlowData));
        return Ok(Content::Flow(Flow { interactive, fields }));
    }
    match fields.optional("NumMedia", Field::NumMedia)?.unwrap_or(0) {
        0 => Ok(worded(fields.get(Field::MessageType), body())),
        count => Ok(Content::with_media(media(form, count)?, body())),
    }
}

/// Kinds of message that hold words or nothing are texts; of kinds without a name here the word
/// that Twilio has for them is kept.
fn worded(kind: Option<&str>, body: String) -> Content {
    match kind {
        None | Some("text" | "interactive" | "button") => Content::Text(body),
        Some(kind) => Content::Other { kind: kind.to_owned(), body },
    }
}

fn media(form: &Parameters, count: usize) -> Result<Vec<Media>, InvalidParameter> {
    if count > MOST_MEDIA {
        let reason = format!("a message has at most {MOST_MEDIA} attachments");
        return Err(InvalidParameter::Unreadable { name: "NumMedia", reason });
    }
    let one = |number: usize| {
        let name = format!("MediaUrl{number}");
        let url = form.filled(&name).ok_or(InvalidParameter::Missing(name))?;
        let content_type = form.filled(&format!("MediaContentType{number}"));
        Ok(Media::new(url, content_type.unwrap_or("application/octet-stream")))
    };
    (0..count).map(one).collect()
}

/// The parameters that decide what a form is, each found once.
struct Fields<'a>([Option<&'a str>; FIELDS]);

macro_rules! fields {
    ($($name:ident)*) => {
        #[derive(Clone, Copy)]
        enum Field {
            $($name),*
        }

        const FIELDS: usize = [$(Field::$name),*].len();

        impl Field {
            /// The field of this name, and the name for ever.
            fn named(name: &str) -> Option<(Self, &'static str)> {
                Some(match name {
                    $(stringify!($name) => (Self::$name, stringify!($name)),)*
                    _ => return None,
                })
            }
        }
    };
}

fields! {
    MessageSid From To Body NumMedia MessageType Latitude Longitude Label Address ButtonText
    ButtonPayload ListId ListTitle ListDescription InteractiveData FlowData MessageStatus ErrorCode
}

impl<'a> Fields<'a> {
    /// Empty values count as none; the same value twice counts once.
    fn of(form: &'a Parameters) -> Result<Self, InvalidParameter> {
        let mut fields = [None; FIELDS];
        for (name, value) in form.iter() {
            if let (Some((field, name)), false) = (Field::named(name), value.is_empty()) {
                let known = &mut fields[field as usize];
                if known.is_some_and(|known| known != value) {
                    return Err(InvalidParameter::Doubled(name));
                }
                *known = Some(value);
            }
        }
        Ok(Self(fields))
    }

    fn get(&self, field: Field) -> Option<&'a str> {
        self.0[field as usize]
    }

    fn required<T: Readable>(
        &self,
        name: &'static str,
        field: Field,
    ) -> Result<T, InvalidParameter> {
        self.optional(name, field)?.ok_or_else(|| InvalidParameter::Missing(name.into()))
    }

    fn optional<T: Readable>(
        &self,
        name: &'static str,
        field: Field,
    ) -> Result<Option<T>, InvalidParameter> {
        let read =
            |text| T::read(text).map_err(|reason| InvalidParameter::Unreadable { name, reason });
        self.get(field).map(read).transpose()
    }
}

/// What a parameter can be read as; errors say what is wrong and not what was given.
trait Readable: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

impl Readable for MessageSid {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::message::InvalidSid| error.to_string())
    }
}

impl Readable for Address {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::message::InvalidAddress| error.to_string())
    }
}

impl Readable for ErrorCode {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "an error code is a whole number".to_owned())
    }
}

impl Readable for usize {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "it is not a whole number".to_owned())
    }
}

/// Degrees from -90 to 90.
struct Latitude(f64);

impl Readable for Latitude {
    fn read(text: &str) -> Result<Self, String> {
        let degrees = f64::read(text)?;
        let is_on_earth = degrees.abs() <= 90.0;
        is_on_earth.then_some(Self(degrees)).ok_or_else(|| "degrees are from -90 to 90".to_owned())
    }
}

impl Readable for f64 {
    fn read(text: &str) -> Result<Self, String> {
        let degrees: Self = text.parse().map_err(|_| "it is not a decimal number".to_owned())?;
        let is_on_earth = degrees.is_finite() && degrees.abs() <= 180.0;
        is_on_earth.then_some(degrees).ok_or_else(|| "degrees are from -180 to 180".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    const SID: &str = "SM000000000000000000000000000000ff";

    fn verified(form: &str) -> Verified {
        let signed = Signed::Form(Parameters::decode(form.as_bytes()).unwrap());
        Validator::unsigned().verify(Claim { urls: &[], signature: b"", signed }).unwrap()
    }

    fn with(more: &str) -> Result<Inbound, InvalidParameter> {
        inbound(verified(&format!(
            "MessageSid={SID}&From=whatsapp%3A%2B15005550006&To=whatsapp%3A%2B14155238886&{more}"
        )))
    }

    #[test]
    fn each_kind_of_content_is_told_apart() {
        for (form, kind, text) in [
            ("Body=hi&NumMedia=0", "text", "hi"),
            ("Body=", "text", ""),
            ("", "text", ""),
            ("Latitude=37.78&Longitude=-122.39&Label=Here&Body=", "location", ""),
            ("Body=Yes&ButtonText=Yes&ButtonPayload=yes", "button", "Yes"),
            ("Body=Yes&ButtonPayload=yes&ButtonText=", "button", "Yes"),
            ("Body=Yes&ButtonText=&ButtonPayload=", "text", "Yes"),
            ("Body=Row&ListId=r1", "list choice", "Row"),
            ("InteractiveData=%7B%7D&Body=", "flow", ""),
            ("NumMedia=1&MediaUrl0=u&MediaContentType0=image/jpeg&Body=cat", "media", "cat"),
            ("NumMedia=1&MediaUrl0=u&MediaContentType0=image/webp", "sticker", ""),
            ("NumMedia=1&MediaUrl0=u&MediaContentType0=text/vcard", "contact", ""),
            ("MessageType=reaction&Body=x", "other", "x"),
            ("MessageType=text&Body=x", "text", "x"),
            ("NumMedia=1&MediaUrl0=u&Body=x", "media", "x"),
            ("Latitude=1&Longitude=2&Body=x", "location", "x"),
            ("NumMedia=1&MediaUrl0=u&MediaContentType0=image/webp&Body=x", "sticker", "x"),
        ] {
            let message = with(form).unwrap();
            assert_eq!((message.content.kind(), message.text()), (kind, text), "{form}");
        }
    }

    #[test]
    fn unknown_parameters_are_kept() {
        assert_eq!(with("Newcomer=1").unwrap().parameters().get("Newcomer"), Some("1"));
    }

    #[test]
    fn what_is_missing_doubled_or_unreadable_is_named() {
        for (form, error) in [
            ("Body=a&Body=b", "parameter Body is given more than once"),
            ("From=%2B15005550007", "parameter From is given more than once"),
            ("NumMedia=many", "parameter NumMedia cannot be read: it is not a whole number"),
            ("NumMedia=1", "parameter MediaUrl0 is missing"),
            (
                "NumMedia=11",
                "parameter NumMedia cannot be read: a message has at most 10 attachments",
            ),
            ("Latitude=1", "parameter Longitude is missing"),
            (
                "Latitude=north&Longitude=1",
                "parameter Latitude cannot be read: it is not a decimal number",
            ),
            (
                "Latitude=NaN&Longitude=1",
                "parameter Latitude cannot be read: degrees are from -180 to 180",
            ),
            (
                "Latitude=91&Longitude=1",
                "parameter Latitude cannot be read: degrees are from -90 to 90",
            ),
        ] {
            assert_eq!(with(form).unwrap_err().to_string(), error, "{form}");
        }
        let missing = inbound(verified("Body=hi")).unwrap_err();
        assert_eq!(missing.to_string(), "parameter MessageSid is missing");
        let space = inbound(verified(&format!("MessageSid={SID}&From=whatsapp:+1500&To=x")));
        assert!(space.unwrap_err().to_string().contains("encode + as %2B"));
        assert!(with("Body=a&Body=a").is_ok());
    }

    #[test]
    fn statuses_and_failed_calls_are_read() {
        let update =
            status(verified(&format!("MessageSid={SID}&MessageStatus=failed&ErrorCode=63016")));
        let update = update.unwrap();
        assert_eq!((update.status, update.error), (Status::Failed, Some(ErrorCode::from(63_016))));
        assert!(status(verified(&format!("MessageSid={SID}"))).is_err());

        let call = format!(
            "MessageSid={SID}&From=%2B15005550006&To=%2B14155238886&ErrorCode=11200&ErrorUrl=u"
        );
        let call = failed_call(verified(&call)).unwrap();
        assert_eq!((call.error.number(), call.url.as_deref()), (11_200, Some("u")));
    }

    #[test]
    fn a_signed_json_object_is_a_form_too() {
        let json = |text: &str| {
            let signed = Signed::Body(text.into());
            let claim = Claim { urls: &[], signature: b"", signed };
            inbound(Validator::unsigned().verify(claim).unwrap())
        };
        let text = format!(
            r#"{{"MessageSid":"{SID}","From":"+15005550006","To":"+14155238886","Body":"hi","NumMedia":0,"X":null}}"#
        );
        assert_eq!(json(&text).unwrap().text(), "hi");
        for broken in ["[]", "{", r#"{"a":[]}"#, "\u{0}"] {
            assert_eq!(json(broken), Err(InvalidParameter::NotAnObject));
        }
    }
}
