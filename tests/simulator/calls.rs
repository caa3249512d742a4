//! How the webhook is called: what is sent, how long is waited, where redirects lead.

use std::time::Duration;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use chinwag::{message::Parameters, twiml::Method};
use serde_json::{Value, json};

use crate::world::{Bot, Call, Sim, TOKEN, hi, signature, xml};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";

#[tokio::test]
async fn everything_that_twilio_sends_is_sent() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let said = sim.hi(ANA, BOT).await;
    let [call]: [Call; 1] = bot.calls().try_into().unwrap();
    let (form, sid) = (call.form(), said["sid"].as_str().unwrap());
    for (name, expected) in [
        ("MessageSid", sid),
        ("SmsSid", sid),
        ("SmsMessageSid", sid),
        ("From", "whatsapp:+15005550006"),
        ("To", "whatsapp:+14155238886"),
        ("Body", "hi"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
        ("ReferralNumMedia", "0"),
        ("ProfileName", "Ana"),
        ("WaId", "15005550006"),
        ("Forwarded", "false"),
        ("FrequentlyForwarded", "false"),
        ("MessageType", "text"),
    ] {
        assert_eq!(form.get(name), Some(expected), "{name}");
    }
    assert!(form.get("AccountSid").unwrap().starts_with("AC"));
    assert!(form.get("ExternalUserId").unwrap().starts_with("whatsapp:US."));
    let metadata: Value = serde_json::from_str(form.get("ChannelMetadata").unwrap()).unwrap();
    assert_eq!(metadata["data"]["context"]["ProfileName"], "Ana");

    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/whatsapp"));
    for (name, expected) in [
        ("user-agent", "TwilioProxy/1.1"),
        ("accept", "*/*"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-home-region", "us1"),
        ("host", bot.url.trim_start_matches("http://")),
    ] {
        assert_eq!(call.header(name), expected, "{name}");
    }
    assert_eq!(call.header("i-twilio-idempotency-token").len(), 36);
    let expected = signature(TOKEN, &format!("{}/whatsapp", bot.url), &form);
    assert_eq!(call.header("x-twilio-signature"), expected);

    let [request] = sim.requests().await;
    assert_eq!(request["signature"], expected);
    assert_eq!(request["message_sid"], said["sid"]);
    assert_eq!(request["response"]["status"], 200);
    assert!(request["response"]["body"].as_str().unwrap().contains("<Message>hi</Message>"));
    let sent: Vec<(String, String)> = serde_json::from_value(request["headers"].clone()).unwrap();
    assert!(sent.iter().all(|(name, value)| call.header(name) == value), "{sent:?}");
    assert!(request["duration_ms"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn each_kind_of_message_has_its_parameters() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let first = sim.hi(ANA, BOT).await;
    let answer = sim.thread::<2>(ANA).await[1].clone();
    let check = async |mut said: Value, expected: Value, prefix: &str| {
        said["to"] = BOT.into();
        let message = sim.say(ANA, said.clone()).await;
        assert!(message["sid"].as_str().unwrap().starts_with(prefix), "{message}");
        let form = bot.calls().pop().unwrap().form();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(form.get(name), value.as_str(), "{name} of {said}");
        }
    };
    check(
        json!({"media": [{"url": "http://h/a.png"}], "body": "look"}),
        json!({"NumMedia": "1", "MediaUrl0": "http://h/a.png", "MediaContentType0": "image/png", "Body": "look", "MessageType": "image"}),
        "MM",
    )
    .await;
    check(
        json!({"media": [{"url": "http://h/a", "content_type": "text/vcard"}]}),
        json!({"MediaContentType0": "text/vcard", "Body": "", "MessageType": "contacts"}),
        "MM",
    )
    .await;
    check(
        json!({"location": {"latitude": 1.5, "longitude": -2.25, "label": "Home", "address": "A 1"}}),
        json!({"Latitude": "1.5", "Longitude": "-2.25", "Label": "Home", "Address": "A 1", "MessageType": "location", "Body": ""}),
        "SM",
    )
    .await;
    check(
        json!({"list": {"id": "r1", "title": "Row", "description": "More"}, "reply_to": first["sid"]}),
        json!({"ListId": "r1", "ListTitle": "Row", "ListDescription": "More", "Body": "Row", "MessageType": "interactive",
               "OriginalRepliedMessageSid": first["sid"], "OriginalRepliedMessageSender": "whatsapp:+15005550006"}),
        "SM",
    )
    .await;
    check(
        json!({"body": "yes, that", "reply_to": answer["sid"], "forwarded": true, "profile_name": "Anita"}),
        json!({"OriginalRepliedMessageSid": answer["sid"], "OriginalRepliedMessageSender": "whatsapp:+14155238886",
               "Forwarded": "true", "ProfileName": "Anita", "ListId": null, "ButtonText": null}),
        "SM",
    )
    .await;
    let newest = sim.get("/sim/phones/+15005550006/messages").await;
    let newest = newest["messages"].as_array().unwrap().last().unwrap()["sid"].clone();
    check(
        json!({"button": {"text": "Yes", "payload": "y"}}),
        json!({"ButtonText": "Yes", "ButtonPayload": "y", "ButtonType": "REPLY", "Body": "Yes", "MessageType": "interactive",
               "OriginalRepliedMessageSid": newest, "ProfileName": "Ana"}),
        "SM",
    )
    .await;
}

#[tokio::test]
async fn with_get_the_parameters_stand_in_the_query_and_in_the_signature() {
    let bot = Bot::new(|_| hi()).await;
    let mut sender = bot.sender(BOT).method(Method::Get);
    sender.webhook += "?shop=1#ct=2000";
    let sim = Sim::of(&[sender]);
    sim.say(ANA, json!({"to": BOT, "body": "a b+c"})).await;
    let [call]: [Call; 1] = bot.calls().try_into().unwrap();
    assert_eq!((call.method.as_str(), call.body.len()), ("GET", 0));
    assert!(call.path.starts_with("/whatsapp?shop=1&"), "{}", call.path);
    assert_eq!(call.form().get("Body"), Some("a b+c"));
    let expected = signature(TOKEN, &format!("{}{}", bot.url, call.path), &Parameters::new());
    assert_eq!(call.header("x-twilio-signature"), expected);
    assert_eq!(sim.thread::<2>(ANA).await[1]["body"], "hi");
}

/// What the debugger says of a bot that takes a second, behind these connection overrides.
async fn slow(overrides: &str) -> (Value, usize) {
    let bot = Bot::slow(async |_| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        hi()
    })
    .await;
    let mut sender = bot.sender(BOT);
    sender.webhook += overrides;
    let sim = Sim::of(&[sender]);
    sim.hi(ANA, BOT).await;
    let [request] = sim.requests().await;
    (request, bot.calls().len())
}

#[tokio::test]
async fn a_slow_bot_is_waited_for_as_long_as_its_url_says() {
    let (request, calls) = slow("#tt=300").await;
    assert_eq!((&request["error_code"], calls), (&json!(11203), 1));
    assert!(request["error_message"].as_str().unwrap().contains("300ms"), "{request}");
    assert!(!request["url"].as_str().unwrap().contains('#'));
    let (request, calls) = slow("#rt=250&rc=2&rp=rt").await;
    assert_eq!((&request["error_code"], calls), (&json!(11200), 3));
    let (request, calls) = slow("").await;
    assert_eq!((&request["error_code"], calls), (&Value::Null, 1));
}

#[tokio::test]
async fn an_attempt_that_is_repeated_carries_the_same_token() {
    let bot = Bot::new(|_| StatusCode::SERVICE_UNAVAILABLE.into_response()).await;
    let mut sender = bot.sender(BOT);
    sender.webhook += "#rc=2&rp=5xx&ct=50";
    let sim = Sim::of(&[sender]);
    sim.hi(ANA, BOT).await;
    let calls = bot.calls();
    let tokens: Vec<_> = calls.iter().map(|c| c.header("i-twilio-idempotency-token")).collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    let [request] = sim.requests().await;
    let text = request["warnings"][0]["message"].as_str().unwrap();
    assert!(text.contains("ct must be 100 to 10000"), "{text}");
}

#[tokio::test]
async fn a_bot_that_is_not_there_is_said_to_refuse() {
    let bot = Bot::new(|_| hi()).await;
    let mut sender = bot.sender(BOT);
    // Port 1 of loopback: nothing listens there.
    sender.webhook = "http://127.0.0.1:1/whatsapp".into();
    let sim = Sim::of(&[sender.fallback(format!("{}/fallback", bot.url))]);
    sim.hi(ANA, BOT).await;
    let [first, second] = sim.requests().await;
    assert_eq!((&first["error_code"], &first["response"]), (&json!(11202), &Value::Null));
    assert_eq!(second["error_code"], Value::Null);
    assert_eq!(sim.thread::<2>(ANA).await[1]["body"], "hi");
}

fn redirect(status: u16, to: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, to.to_owned())]).into_response()
}

#[tokio::test]
async fn a_redirect_keeps_or_loses_the_parameters_as_at_twilio() {
    for (status, method, warnings) in
        [(301, "GET", 1), (302, "GET", 1), (307, "POST", 0), (308, "POST", 0)]
    {
        let bot = Bot::new(move |call| match call.path.as_str() {
            "/whatsapp" => redirect(status, "/there?x=1"),
            _ => hi(),
        })
        .await;
        let sim = Sim::of(&[bot.sender(BOT)]);
        sim.hi(ANA, BOT).await;
        let [_, second]: [Call; 2] = bot.calls().try_into().unwrap();
        assert_eq!((second.method.as_str(), second.path.as_str()), (method, "/there?x=1"));
        assert_eq!(second.body.is_empty(), method == "GET", "{status}");
        let form = if method == "GET" { Parameters::new() } else { second.form() };
        let expected = signature(TOKEN, &format!("{}/there?x=1", bot.url), &form);
        assert_eq!(second.header("x-twilio-signature"), expected, "{status}");
        let [first, last] = sim.requests().await;
        assert_eq!(first["response"]["status"], status);
        assert_eq!(first["warnings"].as_array().unwrap().len(), warnings, "{first}");
        assert_eq!(last["messages"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_circle_of_redirects_is_left() {
    let bot = Bot::new(|_| Redirect::temporary("/whatsapp").into_response()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let message = sim.hi(ANA, BOT).await;
    assert_eq!(message["error_code"], 11215);
    assert_eq!(bot.calls().len(), 6);
}

#[tokio::test]
async fn a_document_goes_on_at_another() {
    let bot = Bot::new(|call| match call.path.split('?').next().unwrap() {
        "/whatsapp" => xml("<Response><Message>one</Message><Redirect>next</Redirect>\
                            <Message>never</Message></Response>"),
        "/next" => xml("<Response><Redirect method=\"GET\">/last?x=1</Redirect></Response>"),
        _ => xml("<Response><Message>two</Message></Response>"),
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    sim.hi(ANA, BOT).await;
    let [_, one, two] = sim.thread(ANA).await;
    assert_eq!((&one["body"], &two["body"]), (&json!("one"), &json!("two")));
    let [_, next, last]: [Call; 3] = bot.calls().try_into().unwrap();
    assert_eq!((next.method.as_str(), next.form().get("Body")), ("POST", Some("hi")));
    assert_eq!((last.method.as_str(), last.form().get("Body")), ("GET", Some("hi")));
}

#[tokio::test]
async fn no_more_than_fifty_documents_are_fetched() {
    let bot = Bot::new(|_| xml("<Response><Redirect>/again</Redirect></Response>")).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let message = sim.hi(ANA, BOT).await;
    assert_eq!(message["error_code"], 14106);
    assert_eq!(bot.calls().len(), 50);
}

#[tokio::test]
async fn cookies_come_back_within_a_conversation() {
    let bot = Bot::new(|call| {
        let seen = call.header("cookie").to_owned();
        let cookie = format!("step={}; Path=/", seen.len());
        ([("set-cookie", cookie), ("content-type", "text/plain".into())], seen).into_response()
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    for _ in 0..3 {
        sim.hi(ANA, BOT).await;
    }
    sim.hi("+15005550007", BOT).await;
    let cookies: Vec<_> = bot.calls().iter().map(|c| c.header("cookie").to_owned()).collect();
    assert_eq!(cookies, ["", "step=0", "step=6", ""]);
}

#[tokio::test]
async fn credentials_are_sent_only_when_they_are_asked_for() {
    let bot = Bot::new(|call| match call.header("authorization") {
        "Basic dXNlcjpwQHNz" => hi(),
        _ => (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"bot\"")])
            .into_response(),
    })
    .await;
    let mut sender = bot.sender(BOT);
    sender.webhook = sender.webhook.replace("http://", "http://user:p%40ss@");
    let sim = Sim::of(&[sender]);
    sim.hi(ANA, BOT).await;
    assert_eq!(sim.thread::<2>(ANA).await[1]["body"], "hi");
    let [first, second] = sim.requests().await;
    assert_eq!(first["response"]["status"], 401);
    assert_eq!(second["url"], json!(format!("{}/whatsapp", bot.url)));
    assert!(!second.to_string().contains("p@ss") && !second.to_string().contains("dXNlcjpw"));
}

#[tokio::test]
async fn a_call_is_replayed_byte_for_byte() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    sim.hi(ANA, BOT).await;
    let [first] = sim.requests().await;
    let path = format!("/sim/requests/{}/replay", first["id"].as_str().unwrap());
    let (status, second) = sim.post(&path, json!({})).await;
    assert_eq!((status, &second["replay_of"]), (201, &first["id"]));
    let [one, two]: [Call; 2] = bot.calls().try_into().unwrap();
    assert_eq!((&one.headers, &one.body, one.path), (&two.headers, &two.body, two.path));
    assert_eq!(sim.requests::<2>().await[1], second);
    assert_eq!(sim.thread::<3>(ANA).await[2]["request_id"], second["id"]);
}
