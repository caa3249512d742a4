//! What comes of each answer that a bot can give.

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::world::{Bot, Sim, hi, xml};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";

/// An answer that a bot gives: its status, its type and its body.
type Given = (u16, &'static str, String);

fn response((status, content_type, body): &Given) -> Response {
    let mut response = Body::from(body.clone()).into_response();
    *response.status_mut() = StatusCode::from_u16(*status).unwrap();
    match content_type.parse() {
        Ok(value) if !content_type.is_empty() => {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        _ => {
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
    }
    response
}

/// What came of an answer.
struct Outcome {
    /// What the person wrote.
    asked: Value,
    /// What the person reads.
    read: Vec<String>,
    /// What the debugger says.
    request: Value,
    is_fallback_called: bool,
}

async fn outcome(given: Given) -> Outcome {
    let bot = Bot::new(move |call| match call.path.as_str() {
        "/fallback" => xml("<Response><Message>fallback</Message></Response>"),
        _ => response(&given),
    })
    .await;
    let sender = bot.sender(BOT).fallback(format!("{}/fallback", bot.url));
    let sim = Sim::of(&[sender]);
    let asked = sim.hi(ANA, BOT).await;
    let messages = sim.get(&format!("/sim/phones/{ANA}/messages")).await;
    assert_eq!(messages["messages"][0], asked);
    let read = messages["messages"].as_array().unwrap()[1..]
        .iter()
        .map(|message| message["body"].as_str().unwrap().to_owned())
        .collect();
    let requests = sim.get("/sim/requests").await;
    let request = requests["requests"][0].clone();
    Outcome { asked, read, request, is_fallback_called: requests["requests"].get(1).is_some() }
}

#[tokio::test]
async fn each_answer_has_the_effect_that_it_has_at_twilio() {
    let message = |body: &str| format!("<Response><Message>{body}</Message></Response>");
    let large = format!("<Response><!--{}--></Response>", "x".repeat(65_000));
    let rows: Vec<(Given, &[&str], Option<u32>, Value)> = vec![
        ((200, "text/xml", message("hi")), &["hi"], None, json!("twiml")),
        ((200, "application/xml", message("hi")), &["hi"], None, json!("twiml")),
        ((200, "text/html; charset=utf-8", message("hi")), &["hi"], None, json!("twiml")),
        ((200, "text/plain", "hi <b>\n".into()), &["hi <b>"], None, json!("text")),
        ((200, "text/xml", "<Response/>".into()), &[], None, json!("twiml")),
        ((204, "", String::new()), &[], None, json!("nothing")),
        ((200, "text/xml", String::new()), &[], Some(12100), Value::Null),
        ((200, "application/json", "{}".into()), &[], Some(12300), Value::Null),
        ((200, "", message("hi")), &[], Some(12300), Value::Null),
        ((200, "text/xml", message("a & b")), &["fallback"], Some(12100), Value::Null),
        (
            (200, "text/xml", format!("\n<?xml version=\"1.0\"?>{}", message("hi"))),
            &["fallback"],
            Some(12100),
            Value::Null,
        ),
        ((200, "text/xml", "<Reply/>".into()), &["fallback"], Some(12102), Value::Null),
        ((200, "text/xml", large), &["fallback"], Some(11750), Value::Null),
        ((404, "text/xml", message("hi")), &["fallback"], Some(11200), Value::Null),
        ((500, "text/xml", message("hi")), &["fallback"], Some(11200), Value::Null),
        ((200, "text/xml", message(&"a".repeat(1_601))), &[], Some(14103), json!("twiml")),
        ((200, "text/plain", "a".repeat(1_601)), &[], Some(14103), Value::Null),
    ];
    for (given, read, code, rule) in rows {
        let row = format!("{} {} {:.60}", given.0, given.1, given.2);
        let Outcome { asked, read: seen, request, is_fallback_called } = outcome(given).await;
        assert_eq!(seen, read, "{row}");
        assert_eq!(request["error_code"], json!(code), "{row}");
        assert_eq!(request["error_message"].is_string(), code.is_some(), "{row}");
        assert_eq!(request["rule"], rule, "{row}");
        assert_eq!(is_fallback_called, read == ["fallback"], "{row}");
        // Whoever looks at the conversation sees why there is no answer.
        let silence = if is_fallback_called { &Value::Null } else { &request };
        for name in ["error_code", "error_message"] {
            assert_eq!(asked[name], silence[name], "{row}");
        }
    }
}

#[tokio::test]
async fn what_is_not_known_is_skipped_with_a_warning() {
    let body = "<Response>\n<message>a</message><Say>b</Say><Message colour=\"red\">c</Message></Response>";
    let Outcome { asked, read, request, .. } = outcome((200, "text/xml", body.into())).await;
    assert_eq!(read, ["c"]);
    assert_eq!(request["error_code"], Value::Null);
    assert_eq!((&asked["error_code"], &asked["error_message"]), (&Value::Null, &Value::Null));
    let codes: Vec<_> =
        request["warnings"].as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
    assert_eq!(codes, [12200, 14110, 12200]);
    let text = request["warnings"][0]["message"].as_str().unwrap();
    assert!(text.starts_with("line 2, column 1: ") && text.contains("Message?"), "{text}");
}

#[tokio::test]
async fn of_eleven_messages_ten_are_sent() {
    let body = format!("<Response>{}</Response>", "<Message>hi</Message>".repeat(11));
    let Outcome { asked, read, request, is_fallback_called } =
        outcome((200, "text/xml", body)).await;
    assert_eq!((read.len(), is_fallback_called), (10, false));
    assert_eq!((&request["error_code"], &asked["error_code"]), (&json!(14109), &json!(14109)));
    assert_eq!(asked["error_message"], "more than 10 messages; the others are not sent");
    assert_eq!(request["messages"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_packed_answer_is_unpacked() {
    let bot = Bot::new(|call| {
        assert_eq!(call.header("accept-encoding"), "gzip");
        // `<Response><Message>packed</Message></Response>`, packed by gzip.
        let packed = "1f8b08000000000002ffb3094a2d2ec8cf2b4eb5b3f14d2d2e4e4c4fb52b484cce4e4db1\
                      d187f16df4e16a00b733cd442e000000";
        let bytes: Vec<u8> = (0..packed.len() / 2)
            .filter_map(|at| u8::from_str_radix(&packed[2 * at..2 * at + 2], 16).ok())
            .collect();
        ([("content-type", "text/xml"), ("content-encoding", "gzip")], bytes).into_response()
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    sim.hi(ANA, BOT).await;
    let [_, answer] = sim.thread(ANA).await;
    assert_eq!(answer["body"], "packed");
}

#[tokio::test]
async fn an_error_stands_on_the_message_that_nobody_answered() {
    let bot = Bot::new(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    let sender = bot.sender(BOT).fallback(format!("{}/fallback", bot.url));
    let sim = Sim::of(&[sender]);
    let message = sim.hi(ANA, BOT).await;
    assert_eq!((&message["status"], &message["error_code"]), (&json!("received"), &json!(11200)));
    let [first, second] = sim.requests().await;
    assert_eq!(message["request_id"], first["id"]);
    assert_eq!(first["error_message"], "the webhook answered 500 Internal Server Error");
    assert_eq!(message["error_message"], first["error_message"]);
    assert_eq!((&second["kind"], &second["error_code"]), (&json!("fallback"), &json!(11200)));
}

#[tokio::test]
async fn the_fallback_is_told_everything_and_what_went_wrong() {
    let bot = Bot::new(|call| match call.path.as_str() {
        "/fallback" => hi(),
        _ => StatusCode::BAD_GATEWAY.into_response(),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT).fallback(format!("{}/fallback", bot.url))]);
    let message = sim.hi(ANA, BOT).await;
    assert_eq!(message["error_code"], Value::Null);
    let [first, second] = bot.calls().try_into().unwrap();
    let (first_form, form) = (first.form(), second.form());
    assert_eq!(form.get("ErrorCode"), Some("11200"));
    assert_eq!(form.get("ErrorUrl"), Some(format!("{}/whatsapp", bot.url).as_str()));
    assert_eq!(form.len(), first_form.len() + 2);
    assert!(first_form.iter().zip(form.iter()).all(|(a, b)| a == b));
    assert_ne!(first.header("x-twilio-signature"), second.header("x-twilio-signature"));
    assert_eq!(sim.thread::<2>(ANA).await[1]["body"], "hi");
}

#[tokio::test]
async fn a_replay_leaves_what_is_said_of_the_message() {
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let bot = Bot::new(move |_| {
        let is_first = is_first.swap(false, std::sync::atomic::Ordering::Relaxed);
        if is_first { hi() } else { xml("<Response><Message/></Response>") }
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    sim.hi(ANA, BOT).await;
    let [first] = sim.requests().await;
    let path = format!("/sim/requests/{}/replay", first["id"].as_str().unwrap());
    assert_eq!(sim.post(&path, json!({})).await.1["error_code"], 14103);
    assert_eq!(sim.thread::<2>(ANA).await[0]["error_code"], Value::Null);
}
