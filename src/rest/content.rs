//! Content templates as Twilio keeps them: what they say in each of their forms, and their approval.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::message::ContentSid;

/// A content template as Twilio keeps it.
///
/// Source: <https://www.twilio.com/docs/content/content-api-resources>.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ContentTemplate {
    /// Its id.
    #[serde(deserialize_with = "sid")]
    pub sid: ContentSid,
    /// Its name in our account; need not be unique.
    #[serde(default, deserialize_with = "or_default")]
    pub friendly_name: String,
    /// The language of what it says, as in `en` or `pt_BR`.
    #[serde(default, deserialize_with = "or_default")]
    pub language: String,
    /// For each place a value that stands in it when no other is given.
    #[serde(default, deserialize_with = "or_default")]
    pub variables: BTreeMap<String, String>,
    /// What it says; Twilio sends the richest form that the channel knows.
    #[serde(default, rename = "types", deserialize_with = "forms")]
    pub forms: Vec<Form>,
}

/// A content template that is to be made.
///
/// ```
/// use chinwag::rest::{ContentDraft, Form};
///
/// let template = ContentDraft::new("order_shipped", "en", Form::text("Your order {{1}} has shipped."))
///     .sample("1", "A-17");
/// assert!(template.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ContentDraft {
    /// Its name in our account.
    pub friendly_name: String,
    /// The language of what it says, as in `en` or `pt_BR`.
    pub language: String,
    /// For each place a value that stands in it when no other is given; WhatsApp's people read them
    /// when they approve.
    pub variables: BTreeMap<String, String>,
    /// What it says, in one form or several.
    pub forms: Vec<Form>,
}

/// One form of what a content template says. Places are written `{{1}}`.
///
/// Source: <https://www.twilio.com/docs/content/content-types-overview>.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Form {
    /// Words: 1,600 characters in an open session, 1,024 when approved.
    #[serde(rename = "twilio/text")]
    Text {
        /// The words.
        body: String,
    },
    /// An attachment.
    #[serde(rename = "twilio/media")]
    Media {
        /// The caption, for images only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// Its public URL, alone.
        media: Vec<String>,
    },
    /// Words and buttons that answer.
    #[serde(rename = "twilio/quick-reply")]
    QuickReply {
        /// The words, at most 1,024 characters.
        body: String,
        /// At most 3 in a session, at most 10 when approved.
        actions: Vec<Choice>,
    },
    /// Words and a list of rows to choose from; in an open session only.
    #[serde(rename = "twilio/list-picker")]
    ListPicker {
        /// The words, at most 1,024 characters.
        body: String,
        /// What stands on the button that opens the list, at most 20 characters.
        button: String,
        /// From 1 to 10 rows.
        items: Vec<ListRow>,
    },
    /// Words and buttons that lead elsewhere.
    #[serde(rename = "twilio/call-to-action")]
    CallToAction {
        /// The words, at most 640 characters.
        body: String,
        /// At most two that lead to a URL and one that calls.
        actions: Vec<Lead>,
    },
    /// A form that is not known here.
    #[serde(skip)]
    Other {
        /// Its name, as in `twilio/card`.
        name: String,
        /// All that is said of it.
        members: Value,
    },
}

/// A button that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What stands on it, at most 20 characters.
    pub title: String,
    /// What the bot is told, at most 200 characters.
    pub id: String,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRow {
    /// What the bot is told, at most 200 characters.
    pub id: String,
    /// What stands in it, at most 24 characters.
    pub item: String,
    /// What stands below that, at most 72 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A button that leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Lead {
    /// To a web page.
    Url {
        /// What stands on the button, at most 20 characters.
        title: String,
        /// The page; a place at its end is allowed.
        url: String,
    },
    /// To a telephone call.
    PhoneNumber {
        /// What stands on the button, at most 20 characters.
        title: String,
        /// The number, in E.164.
        #[serde(alias = "phone_number")]
        phone: String,
    },
    /// To the clipboard.
    CopyCode {
        /// What stands on the button, at most 20 characters.
        title: String,
        /// The code.
        code: String,
    },
}

impl Form {
    /// Words alone.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text { body: body.into() }
    }

    /// Words and buttons that answer: what stands on each, and what the bot is told.
    pub fn quick_reply<T: Into<String>, I: Into<String>>(
        body: impl Into<String>,
        choices: impl IntoIterator<Item = (T, I)>,
    ) -> Self {
        let choice = |(title, id): (T, I)| Choice { title: title.into(), id: id.into() };
        Self::QuickReply { body: body.into(), actions: choices.into_iter().map(choice).collect() }
    }

    /// The words, if it has any.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        match self {
            Self::Text { body }
            | Self::QuickReply { body, .. }
            | Self::ListPicker { body, .. }
            | Self::CallToAction { body, .. } => Some(body),
            Self::Media { body, .. } => body.as_deref(),
            Self::Other { members, .. } => members.get("body").and_then(Value::as_str),
        }
    }

    /// Its name and its members, as the API writes them.
    pub(super) fn written(&self) -> (String, Value) {
        if let Self::Other { name, members } = self {
            return (name.clone(), members.clone());
        }
        let named = serde_json::to_value(self).expect("texts and lists are always JSON");
        let Value::Object(named) = named else { return (String::new(), Value::Null) };
        named.into_iter().next().unwrap_or_default()
    }

    /// The form of this name, as far as it is known.
    fn read(name: String, members: Value) -> Self {
        let named = Value::Object(Map::from_iter([(name.clone(), members.clone())]));
        serde_json::from_value(named).unwrap_or(Self::Other { name, members })
    }
}

impl ContentDraft {
    /// A template of this name in this language that says this.
    pub fn new(name: impl Into<String>, language: impl Into<String>, form: Form) -> Self {
        Self {
            friendly_name: name.into(),
            language: language.into(),
            variables: BTreeMap::new(),
            forms: vec![form],
        }
    }

    /// The same template with this value in this place when no other is given.
    #[must_use]
    pub fn sample(mut self, place: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(place.into(), value.into());
        self
    }

    /// The same template in one more form, for channels that know it.
    #[must_use]
    pub fn form(mut self, form: Form) -> Self {
        self.forms.push(form);
        self
    }

    pub(super) fn written(&self) -> Value {
        serde_json::json!({
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": self.variables,
            "types": Value::Object(self.forms.iter().map(Form::written).collect()),
        })
    }
}

fn sid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ContentSid, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

/// Members that are null are as good as none.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn forms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Form>, D::Error> {
    let types: BTreeMap<String, Value> = or_default(deserializer)?;
    Ok(types.into_iter().map(|(name, members)| Form::read(name, members)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_is_written_as_twilio_documents_it() {
        let check = |form: Form, name: &str, members: Value| {
            assert_eq!(form.written(), (name.to_owned(), members.clone()));
            assert_eq!(Form::read(name.to_owned(), members), form);
        };
        check(Form::text("a {{1}}"), "twilio/text", json!({"body": "a {{1}}"}));
        let url = "https://h/a.png".to_owned();
        let media = Form::Media { body: None, media: vec![url.clone()] };
        check(media, "twilio/media", json!({"media": [url]}));
        let choices = Form::quick_reply("ok?", [("Yes", "y")]);
        let members = json!({"body": "ok?", "actions": [{"title": "Yes", "id": "y"}]});
        check(choices, "twilio/quick-reply", members);
        let leads = Form::CallToAction {
            body: "b".to_owned(),
            actions: vec![Lead::PhoneNumber { title: "Call".to_owned(), phone: "+1".to_owned() }],
        };
        let lead = json!({"type": "PHONE_NUMBER", "title": "Call", "phone": "+1"});
        check(leads, "twilio/call-to-action", json!({"body": "b", "actions": [lead]}));
        let other = Form::Other { name: "twilio/card".to_owned(), members: json!({"title": "t"}) };
        check(other, "twilio/card", json!({"title": "t"}));
    }

    #[test]
    fn what_twilio_answers_is_read_with_nulls_and_older_names() {
        let template: ContentTemplate = serde_json::from_value(json!({
            "sid": "HXb5b62575e6e4ff6129ad7c8efe1f983e",
            "friendly_name": null,
            "language": "en",
            "variables": null,
            "links": {"approval_create": "https://content.twilio.com/v1/…"},
            "types": {
                "twilio/call-to-action": {
                    "body": "b",
                    "actions": [{"type": "PHONE_NUMBER", "title": "Call", "phone_number": "+1"}],
                },
                "twilio/media": {"body": null, "media": null},
            },
        }))
        .unwrap();
        assert_eq!((template.language.as_str(), template.variables.len()), ("en", 0));
        assert_eq!(template.forms[0].body(), Some("b"));
        assert!(matches!(&template.forms[0], Form::CallToAction { actions, .. }
            if matches!(&actions[..], [Lead::PhoneNumber { phone, .. }] if phone == "+1")));
        assert!(matches!(&template.forms[1], Form::Other { name, .. } if name == "twilio/media"));
    }
}
