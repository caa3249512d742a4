//! The account's content templates: those that the sandbox has, and those that were made here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    said::{Attached, Tap},
    templates::{filled, is_match},
};
use crate::{
    conversation::clock::Timestamp,
    message::{ContentSid, Media},
};

/// Most content templates of an account.
const MOST: usize = 6_000;

/// A content template.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) sid: ContentSid,
    pub(super) friendly_name: String,
    pub(super) language: String,
    pub(super) variables: BTreeMap<String, String>,
    /// What it says, by the name of each form.
    pub(super) types: Map<String, Value>,
    pub(super) created: Timestamp,
    pub(super) approval: Option<Approval>,
}

/// WhatsApp's word on a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Approval {
    pub(super) name: String,
    pub(super) category: String,
    pub(super) status: &'static str,
    pub(super) reason: String,
}

/// All of them, oldest first.
#[derive(Debug)]
pub(super) struct Contents(Vec<Content>);

/// What a template says with values in its places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) body: String,
    pub(super) media: Vec<Attached>,
    pub(super) buttons: Vec<Tap>,
}

impl Contents {
    /// Those that Twilio's sandbox has, approved
    /// (<https://www.twilio.com/docs/whatsapp/sandbox>).
    pub(super) fn of_the_sandbox(now: Timestamp) -> Self {
        let change = "If you need to change it, please reply back and let us know.";
        let appointment =
            format!("Your appointment is coming up on {{{{1}}}} at {{{{2}}}}. {change}");
        let order = "Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}.";
        let code = "{{1}} is your verification code. For your security, do not share this code.";
        let all = [
            (
                0xb5b6_2575_e6e4_ff61_29ad_7c8e_fe1f_983e,
                "appointment",
                appointment,
                &["12/1", "3pm"][..],
            ),
            (
                0x350d_429d_32e6_4a55_2466_cafe_cbe9_5f3c,
                "order",
                format!("{order} {change}"),
                &["12/1", "3pm"],
            ),
            (0x229f_5a04_fd05_10ce_1b07_1852_155d_3e75, "code", code.to_owned(), &["409173"]),
        ];
        let built_in = |(sid, name, body, samples): (u128, &str, String, &[&str])| Content {
            sid: ContentSid::new(sid),
            friendly_name: format!("sandbox_{name}"),
            language: "en".to_owned(),
            variables: (1..)
                .zip(samples)
                .map(|(n, one)| (n.to_string(), (*one).to_owned()))
                .collect(),
            types: Map::from_iter([("twilio/text".to_owned(), json!({"body": body}))]),
            created: now,
            approval: Some(Approval {
                name: format!("sandbox_{name}"),
                category: if name == "code" { "AUTHENTICATION" } else { "UTILITY" }.to_owned(),
                status: "approved",
                reason: String::new(),
            }),
        };
        Self(all.map(built_in).into())
    }

    pub(super) fn all(&self) -> &[Content] {
        &self.0
    }

    pub(super) fn get(&self, sid: ContentSid) -> Option<&Content> {
        self.0.iter().find(|content| content.sid == sid)
    }

    pub(super) fn get_mut(&mut self, sid: ContentSid) -> Option<&mut Content> {
        self.0.iter_mut().find(|content| content.sid == sid)
    }

    /// Keeps one more; `false` if there is no room.
    pub(super) fn add(&mut self, content: Content) -> bool {
        let has_room = self.0.len() < MOST;
        if has_room {
            self.0.push(content);
        }
        has_room
    }

    /// Removes one; `false` if there was none.
    pub(super) fn remove(&mut self, sid: ContentSid) -> bool {
        let before = self.0.len();
        self.0.retain(|content| content.sid != sid);
        self.0.len() < before
    }

    /// Whether this is the text of an approved template with values in its places.
    pub(super) fn has_text(&self, body: &str) -> bool {
        let approved = self.0.iter().filter(|content| content.is_approved());
        approved.filter_map(Content::text).any(|template| is_match(template, body))
    }
}

impl Content {
    /// Whether it may open a conversation.
    pub(super) fn is_approved(&self) -> bool {
        self.approval.as_ref().is_some_and(|approval| approval.status == "approved")
    }

    /// The words of it as a text, without buttons and attachments.
    fn text(&self) -> Option<&str> {
        self.types.get("twilio/text")?.get("body")?.as_str()
    }

    /// The name of the richest form.
    pub(super) fn richest(&self) -> &str {
        let richest = self.types.keys().find(|name| *name != "twilio/text");
        richest.or_else(|| self.types.keys().next()).map_or("", String::as_str)
    }

    /// What it says with these values.
    pub(super) fn filled(&self, values: &BTreeMap<String, String>) -> Filled {
        let Some(form) = self.types.get(self.richest()) else { return Filled::default() };
        let fill = |text: &str| filled(text, values, &self.variables);
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(fill);
        let list = |name: &str| form.get(name).and_then(Value::as_array).into_iter().flatten();
        let media = list("media").filter_map(Value::as_str).take(Media::MOST_ON_WHATSAPP);
        let media = media.map(|url| {
            let Media { url, content_type } = Media::at(fill(url));
            Attached { url, content_type: content_type.to_string() }
        });
        let tap = |of: &Value, title: &str| {
            text(of, title).map(|text_on_it| Tap { text: text_on_it, payload: text(of, "id") })
        };
        let buttons = list("actions").filter_map(|action| tap(action, "title"));
        let rows = list("items").filter_map(|row| tap(row, "item"));
        Filled {
            body: ["body", "title"].iter().find_map(|name| text(form, name)).unwrap_or_default(),
            media: media.collect(),
            buttons: buttons.chain(rows).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_richest_form_is_sent_with_its_buttons() {
        let mut contents = Contents::of_the_sandbox(Timestamp::from_millis(0));
        let sid: ContentSid = "HXb5b62575e6e4ff6129ad7c8efe1f983e".parse().unwrap();
        let one = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        let appointment = contents.get(sid).unwrap().filled(&one("1", "Monday"));
        assert!(appointment.body.starts_with("Your appointment is coming up on Monday at 3pm."));
        let form = json!({
            "body": "Is {{1}} right?",
            "media": ["https://h/{{1}}.png"],
            "actions": [{"title": "Yes", "id": "y{{1}}"}, {"title": "No"}],
        });
        contents.get_mut(sid).unwrap().types.insert("twilio/card".to_owned(), form);
        let card = contents.get(sid).unwrap().filled(&one("1", "7"));
        assert_eq!(card.body, "Is 7 right?");
        assert_eq!(card.media[0].content_type, "image/png");
        let payloads: Vec<_> = card.buttons.iter().map(|one| one.payload.as_deref()).collect();
        assert_eq!(payloads, [Some("y7"), None]);
        assert!(contents.has_text(
            "409173 is your verification code. For your security, do not share this code."
        ));
        assert!(contents.remove(sid) && !contents.remove(sid));
    }
}
