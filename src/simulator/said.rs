//! What a person sends: the JSON of one message, checked.

use serde::{Deserialize, Serialize};

use super::{number, phone::check_name};
use crate::message::{LONGEST_BODY, Media, MessageSid, Outbound};

/// What a person sends, as JSON.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a message: an object with \"to\" and \"body\" or another part"
)]
pub(super) struct Said {
    pub(super) to: String,
    #[serde(default)]
    pub(super) body: Option<String>,
    #[serde(default)]
    pub(super) media: Vec<Attached>,
    #[serde(default)]
    pub(super) location: Option<Place>,
    #[serde(default)]
    pub(super) button: Option<Tap>,
    #[serde(default)]
    pub(super) list: Option<Row>,
    #[serde(default)]
    pub(super) reply_to: Option<String>,
    #[serde(default)]
    pub(super) forwarded: bool,
    #[serde(default)]
    pub(super) profile_name: Option<String>,
}

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an attachment: an object with a \"url\"")]
pub(super) struct Attached {
    pub(super) url: String,
    /// Read off the URL's ending, if it is not given.
    #[serde(default)]
    pub(super) content_type: String,
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a location: an object with \"latitude\" and \"longitude\" in degrees"
)]
pub(super) struct Place {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) address: Option<String>,
}

/// A tap on a quick-reply button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a button: an object with a \"text\", and perhaps a \"payload\""
)]
pub(super) struct Tap {
    pub(super) text: String,
    #[serde(default)]
    pub(super) payload: Option<String>,
}

/// A chosen row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a row: an object with an \"id\" and a \"title\"")]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) title: String,
    #[serde(default)]
    pub(super) description: Option<String>,
}

impl Said {
    /// What `Body` will be: the words, else what stood on the button or the row.
    pub(super) fn body(&self) -> &str {
        let chosen = || match (&self.button, &self.list) {
            (Some(button), _) => &button.text,
            (None, Some(row)) => &row.title,
            (None, None) => "",
        };
        self.body.as_deref().filter(|body| !body.is_empty()).unwrap_or_else(chosen)
    }

    /// The same with a bare number and content types filled in, or why WhatsApp could not send it: a sentence that
    /// names the field.
    pub(super) fn checked(mut self) -> Result<Self, String> {
        let to = number::address(&self.to).map_err(|error| format!("to: {error}"))?;
        to.id().clone_into(&mut self.to);
        self.check_parts()?;
        self.check_body()?;
        for (at, one) in self.media.iter_mut().enumerate() {
            one.check(at)?;
        }
        if let Some(place) = &self.location {
            place.check()?;
        }
        if let Some(sid) = &self.reply_to {
            sid.parse::<MessageSid>().map_err(|error| format!("reply_to: {error}"))?;
        }
        if let Some(name) = &self.profile_name {
            check_name("profile_name", name)?;
        }
        Ok(self)
    }

    fn check_parts(&self) -> Result<(), String> {
        let parts = [
            ("media", !self.media.is_empty()),
            ("location", self.location.is_some()),
            ("button", self.button.is_some()),
            ("list", self.list.is_some()),
        ];
        let given: Vec<_> = parts.iter().filter(|(_, is_given)| *is_given).collect();
        match given.as_slice() {
            [(first, _), (second, _), ..] => {
                Err(format!("{first} and {second} cannot be in one message; send one of them"))
            }
            [] if self.body().trim().is_empty() => Err(
                "body: there is nothing to send; give a body, media, a location, a button or a list"
                    .to_owned(),
            ),
            _ if self.media.len() > Media::MOST_ON_WHATSAPP => {
                Err("media: WhatsApp sends one attachment a message; send the others by themselves"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_body(&self) -> Result<(), String> {
        let body = self.body();
        if Outbound::text(body).is_too_long() {
            let units = body.encode_utf16().count();
            return Err(format!("body: it has {units} characters and Twilio takes {LONGEST_BODY}"));
        }
        let texts = [
            ("button.text", self.button.as_ref().map(|button| &button.text)),
            ("list.id", self.list.as_ref().map(|row| &row.id)),
            ("list.title", self.list.as_ref().map(|row| &row.title)),
        ];
        match texts.iter().find(|(_, text)| text.is_some_and(|text| text.trim().is_empty())) {
            Some((field, _)) => Err(format!("{field}: it must not be empty")),
            None => Ok(()),
        }
    }
}

impl Attached {
    fn check(&mut self, at: usize) -> Result<(), String> {
        let is_web = ["http://", "https://"].iter().any(|web| self.url.starts_with(web));
        if !is_web || self.url.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(format!("media[{at}].url: give an absolute http or https URL"));
        }
        if self.content_type.is_empty() {
            self.content_type = Media::at(&self.url).content_type.to_string();
        }
        let is_type = self.content_type.split_once('/').is_some_and(|(top, rest)| {
            !top.is_empty() && !rest.is_empty() && !self.content_type.contains(char::is_control)
        });
        if is_type {
            Ok(())
        } else {
            Err(format!("media[{at}].content_type: write a type such as image/png"))
        }
    }
}

impl Place {
    fn check(&self) -> Result<(), String> {
        for (field, degrees, most) in
            [("latitude", self.latitude, 90.0), ("longitude", self.longitude, 180.0)]
        {
            if !(-most..=most).contains(&degrees) {
                return Err(format!("location.{field}: it must be from -{most} to {most} degrees"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(mut json: serde_json::Value, expected: Result<&str, &str>) {
        if json.get("to").is_none() {
            json["to"] = "+14155238886".into();
        }
        let said = serde_json::from_value::<Said>(json.clone());
        let said = said.map_err(|error| error.to_string()).and_then(Said::checked);
        match (said, expected) {
            (Ok(said), Ok(body)) => assert_eq!(said.body(), body, "{json}"),
            (Err(said), Err(start)) => assert!(said.starts_with(start), "{json}: {said}"),
            (said, _) => assert_eq!(said.err().as_deref(), expected.err(), "{json}"),
        }
    }

    #[test]
    fn each_kind_of_message_is_read() {
        check(json!({"body": "hi"}), Ok("hi"));
        check(json!({"media": [{"url": "http://h/a.png"}], "body": "look"}), Ok("look"));
        check(json!({"location": {"latitude": 90, "longitude": -180.0}}), Ok(""));
        check(json!({"button": {"text": "Yes", "payload": "y"}}), Ok("Yes"));
        check(json!({"list": {"id": "r1", "title": "Row"}, "body": ""}), Ok("Row"));
        check(json!({"body": "é".repeat(1_600), "forwarded": true}), Ok(&"é".repeat(1_600)));
        check(json!({"body": "hi", "location": null, "reply_to": null}), Ok("hi"));
        check(json!({"to": "whatsapp:+14155238886", "body": "hi"}), Ok("hi"));
    }

    #[test]
    fn bad_input_is_named_by_its_field() {
        let long = "a".repeat(1_601);
        let place = |latitude, longitude| json!({"latitude": latitude, "longitude": longitude});
        check(json!({"to": "4155238886", "body": "hi"}), Err("to: a number must begin with +"));
        check(json!({"bodi": "hi"}), Err("unknown field `bodi`"));
        check(json!({}), Err("body: there is nothing to send"));
        check(json!({"body": " \n"}), Err("body: there is nothing to send"));
        check(json!({"body": long}), Err("body: it has 1601 characters and Twilio takes 1600"));
        check(json!({"media": [{"content_type": "image/png"}]}), Err("missing field `url`"));
        check(json!({"media": [{"url": ""}]}), Err("media[0].url"));
        check(json!({"media": [{"url": "/a.png"}]}), Err("media[0].url"));
        check(
            json!({"media": [{"url": "http://h/", "content_type": "png"}]}),
            Err("media[0].content_type"),
        );
        check(json!({"media": vec![json!({"url": "http://h/a.png"}); 2]}), Err("media: WhatsApp"));
        check(json!({"location": place(90.1, 0.0)}), Err("location.latitude"));
        check(json!({"location": place(0.0, -181.0)}), Err("location.longitude"));
        check(json!({"location": {"latitude": 1.0}}), Err("missing field `longitude`"));
        check(json!({"button": {"text": ""}, "body": "x"}), Err("button.text"));
        check(json!({"list": {"id": "", "title": "x"}}), Err("list.id"));
        check(
            json!({"button": {"text": "x"}, "location": place(0.0, 0.0)}),
            Err("location and button cannot be in one message"),
        );
        check(json!({"body": "hi", "reply_to": "SM1"}), Err("reply_to"));
        check(json!({"body": "hi", "profile_name": ""}), Err("profile_name"));
    }

    #[test]
    fn a_content_type_is_read_off_the_url() {
        let said: Said = serde_json::from_value(
            json!({"to": "+14155238886", "media": [{"url": "http://h/a.ogg"}]}),
        )
        .unwrap();
        assert_eq!(said.checked().unwrap().media[0].content_type, "audio/ogg");
    }
}
