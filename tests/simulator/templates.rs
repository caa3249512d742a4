//! Templates: made, approved, sent inside and outside of the session, by either set of rules; and
//! messages that are sent later.

use chinwag::{
    conversation::clock::{Clock, TurnedClock},
    simulator::{Rules, Simulator},
};
use serde_json::json;

use crate::world::{ACCOUNT, Office};

const ANA: &str = "+15005550006";
const BOT: &str = "+14155238886";
const APPOINTMENT: &str = "HXb5b62575e6e4ff6129ad7c8efe1f983e";
const DELIVERED: (&str, u64) = ("delivered", 0);
const CLOSED: (&str, u64) = ("failed", 63016);

async fn office(rules: Rules) -> Office {
    Office::new(|sender, simulator| simulator.sender(sender).rules(rules)).await
}

/// Makes a template; gives its path and its sid.
async fn made(office: &Office, types: serde_json::Value) -> (String, String) {
    let draft = json!({"friendly_name": "a", "language": "en", "types": types,
                       "variables": {"1": "A-17"}});
    let (status, made) = office.ask("POST", "/v1/Content", &draft.to_string()).await;
    assert_eq!(status, 201, "{made}");
    let sid = made["sid"].as_str().unwrap().to_owned();
    (format!("/v1/Content/{sid}"), sid)
}

fn end(found: &(String, u64)) -> (&str, u64) {
    (found.0.as_str(), found.1)
}

#[tokio::test]
async fn outside_of_the_session_each_set_of_rules_lets_its_templates_out() {
    let values = r#"{"1": "Monday", "2": "3pm"}"#;
    let by_sid = [("ContentSid", APPOINTMENT), ("ContentVariables", values)];
    for (form, classic, current) in [
        (&[("Body", "Your Yummy code is 1234")][..], DELIVERED, CLOSED),
        (&[("Body", "psst")], CLOSED, CLOSED),
        (&by_sid, DELIVERED, DELIVERED),
        (&[by_sid[0]], DELIVERED, DELIVERED),
        (
            &[by_sid[0], ("ContentVariables", "{\"1\": \"a     b\"}")],
            ("failed", 63013),
            ("failed", 63013),
        ),
    ] {
        for (rules, expected) in [(Rules::Classic, classic), (Rules::Current, current)] {
            let found = office(rules).await.sends(form).await;
            assert_eq!(end(&found), expected, "{form:?} by the rules {rules}");
        }
    }
    let office = office(Rules::Classic).await;
    office.sends(&by_sid).await;
    office.sends(&[("Body", "Your Yummy code is 1234")]).await;
    office.sim.hi(ANA, BOT).await;
    office.sends(&[("Body", "free")]).await;
    let [template, text, .., free] = office.sim.thread::<5>(ANA).await;
    assert!(template["body"].as_str().unwrap().contains("coming up on Monday at 3pm."));
    assert_eq!(
        (&template["rule"], &template["content_sid"]),
        (&json!("template"), &json!(APPOINTMENT))
    );
    assert_eq!((&text["rule"], &free["rule"]), (&json!("body-match"), &json!("session")));
}

#[tokio::test]
async fn a_template_opens_a_conversation_once_it_is_approved() {
    let office = office(Rules::Current).await;
    let body = "Your order {{1}} has shipped.";
    let buttons = json!([{"title": "Thanks", "id": "thanks"}]);
    let (path, sid) = made(
        &office,
        json!({"twilio/text": {"body": body},
        "twilio/quick-reply": {"body": body, "actions": buttons}}),
    )
    .await;
    let form = [("ContentSid", sid.as_str())];
    assert_eq!(end(&office.sends(&form).await), CLOSED);
    let submission = json!({"name": "shipped_1", "category": "UTILITY"}).to_string();
    let requests = format!("{path}/ApprovalRequests");
    assert_eq!(office.ask("GET", &requests, "").await.1["whatsapp"], json!(null));
    let (status, received) = office.ask("POST", &format!("{requests}/whatsapp"), &submission).await;
    assert_eq!((status, &received["status"]), (201, &json!("received")));
    let (_, approved) = office.ask("GET", &requests, "").await;
    assert_eq!(approved["whatsapp"]["status"], "approved");
    assert_eq!(end(&office.sends(&form).await), DELIVERED);
    let [_, shipped] = office.sim.thread::<2>(ANA).await;
    assert_eq!(shipped["body"], "Your order A-17 has shipped.");
    assert_eq!(shipped["buttons"], json!([{"text": "Thanks", "payload": "thanks"}]));

    let no = json!({"status": "rejected", "reason": "spam"});
    let decide = format!("/sim/contents/{sid}/approval");
    assert_eq!(office.sim.post(&decide, no).await.1["rejection_reason"], "spam");
    assert_eq!(end(&office.sends(&form).await), CLOSED);
    let (_, again) = office.ask("POST", &format!("{requests}/whatsapp"), &submission).await;
    assert_eq!(again["code"], 92009);
    assert_eq!(office.sim.post(&decide, json!({"status": "lost"})).await.0, 400);
    assert_eq!(office.sim.get("/sim/contents").await["contents"].as_array().unwrap().len(), 4);

    assert_eq!(office.ask("DELETE", &path, "").await.0, 204);
    assert_eq!(office.ask("GET", &path, "").await.1["code"], 20404);
    let missing = format!("/v1/Content/HX{:032x}/ApprovalRequests", 1);
    assert_eq!(office.ask("GET", &missing, "").await.0, 404);
}

#[tokio::test]
async fn what_is_no_template_is_refused_with_twilios_code() {
    let office = office(Rules::Classic).await;
    let text = json!({"twilio/text": {"body": "a"}});
    for (draft, code) in [
        (json!({"language": "en"}), 92001),
        (json!({"language": "en", "types": {}}), 92001),
        (json!({"types": text}), 92003),
        (json!({"language": "en", "types": {"fax/text": {}}}), 92008),
        (json!({"language": "en", "types": text, "variables": {"1": 1}}), 92007),
    ] {
        let (status, problem) = office.ask("POST", "/v1/Content", &draft.to_string()).await;
        assert_eq!((status, &problem["code"]), (400, &json!(code)), "{draft}");
    }
    let (path, sid) =
        made(&office, json!({"twilio/list-picker": {"body": "a", "items": []}})).await;
    let asked = json!({"name": "a", "category": "UTILITY"}).to_string();
    let (status, _) =
        office.ask("POST", &format!("{path}/ApprovalRequests/whatsapp"), &asked).await;
    assert_eq!(status, 400, "lists are never approved");
    let to = format!("To=whatsapp:%2B15005550006&From=whatsapp:%2B{}&ContentSid={sid}", &BOT[1..]);
    let messages = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let (_, problem) =
        office.ask("POST", &messages, &format!("{to}&ContentVariables=%7B%221%22:1%7D")).await;
    assert_eq!(problem["code"], 21656);
}

#[tokio::test]
async fn lists_of_templates_have_whole_addresses() {
    let office = office(Rules::Classic).await;
    for _ in 0..3 {
        made(&office, json!({"twilio/text": {"body": "a"}})).await;
    }
    let (_, first) = office.ask("GET", "/v1/Content?PageSize=4", "").await;
    let next = first["meta"]["next_page_url"].as_str().unwrap();
    let (_, second) = office.ask("GET", next.strip_prefix("http://127.0.0.1").unwrap(), "").await;
    let count = |page: &serde_json::Value| page["contents"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second)), (4, 2));
    assert_eq!(second["meta"]["next_page_url"], json!(null));
    assert_eq!(first["meta"]["key"], "contents");
}

#[tokio::test]
async fn a_message_waits_for_its_time_and_for_nothing_if_it_is_called_back() {
    let clock = TurnedClock::default();
    let now = clock.now();
    let office = office(Rules::Classic).await;
    office.sim.hi(ANA, BOT).await;
    let at = |minutes| now.after(std::time::Duration::from_mins(minutes)).to_string();
    let service = Simulator::SERVICE.to_string();
    let (soon, late) = (at(20), at(26 * 60));
    let scheduled = |time| {
        [
            ("MessagingServiceSid", &*service),
            ("ScheduleType", "fixed"),
            ("SendAt", time),
            ("Body", "later"),
        ]
    };
    let first = office.send(&scheduled(&soon)).await;
    let second = office.send(&scheduled(&soon)).await;
    let third = office.send(&scheduled(&late)).await;
    assert_eq!(
        (&first["status"], &first["messaging_service_sid"]),
        (&json!("scheduled"), &json!(service))
    );
    let uri = second["uri"].as_str().unwrap();
    assert_eq!(office.ask("POST", uri, "Status=canceled").await.1["status"], "canceled");
    office.turn("19 min").await;
    assert_eq!(office.end_of(&first).await.0, "scheduled");
    office.turn("2 min").await;
    assert_eq!(end(&office.end_of(&first).await), DELIVERED);
    assert_eq!(office.end_of(&second).await.0, "canceled");
    assert_eq!(office.ask("POST", uri, "Status=canceled").await.0, 409);
    office.turn("26h").await;
    assert_eq!(end(&office.end_of(&third).await), CLOSED, "the session is over by then");
}

#[tokio::test]
async fn a_messaging_service_chooses_the_sender_that_the_person_knows() {
    let office = Office::new(|sender, simulator| {
        let other =
            chinwag::simulator::Sender { number: "+14155238887".to_owned(), ..sender.clone() };
        simulator.sender(sender).sender(other)
    })
    .await;
    office.sim.hi(ANA, "+14155238887").await;
    let form =
        format!("To=whatsapp:%2B15005550006&Body=hi&MessagingServiceSid={}", Simulator::SERVICE);
    let messages = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let (_, sent) = office.ask("POST", &messages, &form).await;
    assert_eq!((&sent["status"], &sent["from"]), (&json!("accepted"), &json!(null)));
    assert_eq!(end(&office.end_of(&sent).await), DELIVERED);
    let (_, now) = office.ask("GET", sent["uri"].as_str().unwrap(), "").await;
    assert_eq!(now["from"], "whatsapp:+14155238887");
}

#[tokio::test]
async fn typing_shows_until_the_answer_comes_and_marks_as_read() {
    let office = office(Rules::Classic).await;
    let asked = office.sim.hi(ANA, BOT).await;
    let sid = asked["sid"].as_str().unwrap();
    let typing = async || {
        office.sim.get(&format!("/sim/phones/{ANA}/chats")).await["chats"][0]["typing_until"]
            .clone()
    };
    let path = "/v2/Indicators/Typing.json";
    let (status, answer) =
        office.ask("POST", path, &format!("messageId={sid}&channel=whatsapp")).await;
    assert_eq!((status, answer), (200, json!({"success": true})));
    assert!(typing().await.is_string());
    assert_eq!(office.sim.thread::<2>(ANA).await[0]["status"], "read");
    let uri = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json");
    assert_eq!(office.ask("GET", &uri, "").await.1["status"], "received");
    office.sends(&[("Body", "here it is")]).await;
    assert!(typing().await.is_null());
    let sent = office.send(&[("Body", "more")]).await;
    for (form, expected) in [
        (format!("messageId={}&channel=whatsapp", sent["sid"].as_str().unwrap()), 404),
        (format!("messageId={sid}&channel=sms"), 400),
        ("messageId=1&channel=whatsapp".to_owned(), 400),
    ] {
        assert_eq!(office.ask("POST", path, &form).await.0, expected, "{form}");
    }
}
