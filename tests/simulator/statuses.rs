//! What becomes of a bot's messages, and how the bot is told.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::world::{Bot, Sim, TOKEN, hi, signature, xml};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";

/// All status callbacks, once there are as many as are expected.
async fn reports(sim: &Sim, count: usize) -> Vec<Value> {
    for _ in 0..500 {
        let requests = sim.get("/sim/requests").await;
        let requests: Vec<Value> = serde_json::from_value(requests["requests"].clone()).unwrap();
        let reports: Vec<_> = requests.into_iter().filter(|one| one["kind"] == "status").collect();
        if reports.len() >= count {
            assert_eq!(reports.len(), count);
            return reports;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("there are no {count} reports");
}

#[tokio::test]
async fn a_message_is_read_when_the_person_looks() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    sim.hi(ANA, BOT).await;
    let unread =
        async || sim.get(&format!("/sim/phones/{ANA}/chats")).await["chats"][0]["unread"].clone();
    let look = async || sim.post(&format!("/sim/phones/{ANA}/read"), json!({"with": BOT})).await;
    assert_eq!(unread().await, 1);
    let sid = sim.thread::<2>(ANA).await[1]["sid"].clone();
    assert_eq!(look().await, (200, json!({"read": [sid]})));
    assert_eq!(look().await, (200, json!({"read": []})));
    assert_eq!(unread().await, 0);
    assert_eq!(sim.thread::<2>(ANA).await[1]["status"], "read");
}

#[tokio::test]
async fn each_change_after_the_first_is_reported_signed_and_in_order() {
    let bot = Bot::new(|call| match call.path.as_str() {
        "/status" => StatusCode::NO_CONTENT.into_response(),
        _ => hi(),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT).status_callback(format!("{}/status", bot.url))]);
    sim.hi(ANA, BOT).await;
    sim.post(&format!("/sim/phones/{ANA}/read"), json!({"with": BOT})).await;
    let reports = reports(&sim, 3).await;
    let sid = sim.thread::<2>(ANA).await[1]["sid"].clone();
    let calls: Vec<_> = bot.calls().into_iter().filter(|call| call.path == "/status").collect();
    let expected = [("sent", None), ("delivered", Some("DELIVERED")), ("read", Some("READ"))];
    for ((report, call), (status, event)) in reports.iter().zip(&calls).zip(expected) {
        let form = call.form();
        for (name, value) in [
            ("MessageStatus", Some(status)),
            ("SmsStatus", Some(status)),
            ("EventType", event),
            ("MessageSid", sid.as_str()),
            ("SmsSid", sid.as_str()),
            ("From", Some("whatsapp:+14155238886")),
            ("To", Some("whatsapp:+15005550006")),
            ("ChannelToAddress", Some("+1500555XXXX")),
            ("ChannelPrefix", Some("whatsapp")),
            ("ErrorCode", None),
            ("Body", None),
        ] {
            assert_eq!(form.get(name), value, "{name}");
        }
        let expected = signature(TOKEN, &format!("{}/status", bot.url), &form);
        assert_eq!(call.header("x-twilio-signature"), expected);
        assert_eq!((&report["message_sid"], &report["error_code"]), (&sid, &Value::Null));
        assert_eq!(report["warnings"], json!([]));
    }
}

#[tokio::test]
async fn what_a_message_asks_for_comes_before_what_the_sender_has() {
    let bot = Bot::new(|call| match call.path.split('?').next().unwrap() {
        "/whatsapp" => {
            xml("<Response><Message action=\"/own\" method=\"GET\" statusCallback=\"/other\">\
                            hi</Message></Response>")
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT).status_callback(format!("{}/status", bot.url))]);
    sim.hi(ANA, BOT).await;
    let reports = reports(&sim, 4).await;
    let told: Vec<_> = reports
        .iter()
        .map(|one| {
            let url = one["url"].as_str().unwrap().trim_start_matches(&bot.url);
            (one["method"].as_str().unwrap(), url.split('?').next().unwrap())
        })
        .collect();
    assert_eq!(told, [("GET", "/own"), ("POST", "/other"), ("GET", "/own"), ("POST", "/other")]);
}

#[tokio::test]
async fn a_failure_is_reported_with_its_code() {
    let bot = Bot::new(|call| match call.path.as_str() {
        "/status" => ([("content-type", "application/json")], "{}").into_response(),
        _ => xml("<Response><Message to=\"whatsapp:+15005550007\">hi</Message></Response>"),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT).status_callback(format!("{}/status", bot.url))]);
    sim.hi(ANA, BOT).await;
    let [sent, undelivered] = reports(&sim, 2).await.try_into().unwrap();
    let find = |report: &Value, name: &str| {
        let pairs: Vec<(String, String)> =
            serde_json::from_value(report["parameters"].clone()).unwrap();
        pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    };
    assert_eq!(find(&sent, "ErrorCode"), None);
    assert_eq!(find(&undelivered, "MessageStatus").as_deref(), Some("undelivered"));
    assert_eq!(find(&undelivered, "ErrorCode").as_deref(), Some("63016"));
    assert_eq!(undelivered["warnings"][0]["code"], 12300);
}

#[tokio::test]
async fn a_report_can_be_replayed() {
    let bot = Bot::new(|call| match call.path.as_str() {
        "/status" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => hi(),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT).status_callback(format!("{}/status", bot.url))]);
    sim.hi(ANA, BOT).await;
    let first = reports(&sim, 2).await.swap_remove(0);
    assert_eq!((&first["error_code"], &first["rule"]), (&json!(11200), &Value::Null));
    let path = format!("/sim/requests/{}/replay", first["id"].as_str().unwrap());
    let (status, second) = sim.post(&path, json!({})).await;
    assert_eq!((status, &second["parameters"]), (201, &first["parameters"]));
    assert_eq!((&second["kind"], &second["replay_of"]), (&json!("status"), &first["id"]));
}
