//! The templates of Twilio's sandbox, of 2018 and of today.

use super::{ContentSid, Template, Templates};

/// Names and bodies, word for word
/// (<https://www.twilio.com/docs/whatsapp/sandbox#sandbox-message-templates>).
const CLASSIC: [(&str, &str); 4] = [
    ("appointment", "Your {{1}} appointment is coming up on {{2}}."),
    (
        "appointment_reply",
        "Your {{1}} appointment is coming up on {{2}}. Reply with {{3}} or {{4}}",
    ),
    (
        "shipping",
        "Your {{1}} order of {{2}} has shipped and should be delivered on {{3}}. Details : {{4}}",
    ),
    ("code", "Your {{1}} code is {{2}}"),
];

/// Names, bodies and the ids by which they are sent.
const CURRENT: [(&str, &str, u128); 3] = [
    (
        "appointment",
        "Your appointment is coming up on {{1}} at {{2}}. If you need to change it, please reply \
         back and let us know.",
        0xb5b6_2575_e6e4_ff61_29ad_7c8e_fe1f_983e,
    ),
    (
        "order",
        "Thank you for your order. Your delivery is scheduled for {{1}} at {{2}}. If you need to \
         change it, please reply back and let us know.",
        0x350d_429d_32e6_4a55_2466_cafe_cbe9_5f3c,
    ),
    (
        "code",
        "{{1}} is your verification code. For your security, do not share this code.",
        0x229f_5a04_fd05_10ce_1b07_1852_155d_3e75,
    ),
];

impl Templates {
    /// The four that were registered for the sandbox, sent by their text: `appointment`,
    /// `appointment_reply`, `shipping` and `code`.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn sandbox() -> Self {
        let templates = CLASSIC.map(|(name, body)| Template::new(name, body));
        let templates = templates.map(|template| template.expect("a test reads them"));
        Self::of(templates).expect("a test reads them")
    }

    /// The three of today's sandbox, sent by their ids: `appointment`, `order` and `code`.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn current() -> Self {
        let templates = CURRENT.map(|(name, body, sid)| {
            let template = Template::new(name, body).expect("a test reads them");
            template.with_content(ContentSid::new(sid))
        });
        Self::of(templates).expect("a test reads them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandboxs_templates_are_there() {
        let names = |templates: &Templates| {
            templates.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&Templates::sandbox()), CLASSIC.map(|(name, _)| name));
        let current = Templates::current();
        assert_eq!(names(&current), ["appointment", "order", "code"]);
        let sid = current.get("code").unwrap().content_sid().unwrap().to_string();
        assert_eq!(sid, "HX229f5a04fd0510ce1b071852155d3e75");
    }

    #[test]
    fn the_longer_of_two_alike_is_not_taken_for_the_shorter() {
        let templates = Templates::sandbox();
        for (text, name, values) in [
            (
                "Your dental appointment is coming up on 12/1.",
                "appointment",
                vec!["dental", "12/1"],
            ),
            (
                "Your dental appointment is coming up on 12/1. Reply with yes or no",
                "appointment_reply",
                vec!["dental", "12/1", "yes", "no"],
            ),
            ("Your bank code is 7", "code", vec!["bank", "7"]),
        ] {
            let (template, found) = templates.matches(text).unwrap();
            assert_eq!((template.name(), found), (name, values), "{text}");
        }
        assert!(templates.matches("Your code is 7").is_none());
    }
}
