//! Bad input at each door, and who may come in at all.

use axum::http::Request;
use chinwag::simulator::{Sender, Simulator};
use serde_json::{Value, json};

use crate::world::{Bot, Sim, TOKEN, hi};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";

async fn sim() -> (Bot, Sim) {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    (bot, sim)
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn what_is_posted_is_checked_and_the_field_is_named() {
    let (bot, sim) = sim().await;
    let messages = format!("/sim/phones/{ANA}/messages");
    for (path, body, status, start) in [
        (messages.as_str(), json!({"to": BOT}), 400, "body: there is nothing to send"),
        (&messages, json!({"body": "hi"}), 400, "the body: missing field `to`"),
        (&messages, json!({"to": "+1415", "body": "hi"}), 400, "to: a number has 7 to 15"),
        (
            &messages,
            json!({"to": "+14155550000", "body": "hi"}),
            400,
            "to: no bot has +14155550000",
        ),
        (&messages, json!({"to": BOT, "bodi": "hi"}), 400, "the body: bodi: unknown field"),
        (&messages, json!({"to": BOT, "body": 5}), 400, "the body: body: invalid type"),
        (
            &messages,
            json!({"to": BOT, "media": [{}]}),
            400,
            "the body: media[0]: missing field `url`",
        ),
        (&messages, json!({"to": BOT, "body": "a".repeat(1_601)}), 400, "body: it has 1601"),
        (
            &messages,
            json!({"to": BOT, "body": "x", "reply_to": format!("SM{:032}", 1)}),
            400,
            "reply_to: there is no",
        ),
        (&messages, json!([]), 400, "the body: "),
        (&messages, json!({"to": BOT, "body": "a".repeat(70_000)}), 413, "the body is too large"),
        (
            "/sim/phones/15005550006/messages",
            json!({"to": BOT, "body": "hi"}),
            400,
            "the number in the path: a number must begin with +",
        ),
        (
            "/sim/phones/+14155238886/messages",
            json!({"to": BOT, "body": "hi"}),
            400,
            "the number in the path is a bot's",
        ),
        ("/sim/phones", json!({"number": "1", "name": "A"}), 400, "number: "),
        ("/sim/phones", json!({"number": "+15005550001", "name": ""}), 400, "name: "),
        ("/sim/phones", json!({"number": BOT, "name": "A"}), 400, "number: this is a bot's"),
        (
            "/sim/phones",
            json!({"number": ANA, "name": "A", "age": 3}),
            400,
            "the body: age: unknown field",
        ),
        ("/sim/phones/+15005550006/read", json!({}), 400, "the body: missing field `with`"),
        ("/sim/phones/+15005550006/read", json!({"with": "+14155550000"}), 404, "with: no bot has"),
        ("/sim/phones/+15005559999/read", json!({"with": BOT}), 404, "nobody has +15005559999"),
        ("/sim/requests/RQ1/replay", json!({}), 404, "there is no request RQ1"),
        ("/sim/bots", json!({}), 405, "/sim/bots takes another method"),
        ("/sim/nope", json!({}), 404, "there is nothing at /sim/nope; there are /, /sim/bots"),
    ] {
        let (given, answer) = sim.post(path, body.clone()).await;
        assert_eq!(given, status, "{path} {body:.80}: {answer}");
        assert!(message(&answer).starts_with(start), "{path} {body:.80}: {answer}");
    }
    assert_eq!(bot.calls().len(), 0);
    assert_eq!(sim.requests::<0>().await, [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_asked_for_is_checked() {
    let (_bot, sim) = sim().await;
    for (path, status, start) in [
        ("/sim/phones/+15005559999/messages", 404, "nobody has +15005559999"),
        ("/sim/phones/+15005559999/chats", 404, "nobody has +15005559999"),
        ("/sim/phones/ana/chats", 400, "the number in the path"),
        ("/sim/phones/+15005550006/messages?with=+14155550000", 404, "with: no bot has"),
        ("/sim/phones/+15005550006/messages?wiht=1", 400, "the query has wiht"),
        ("/sim/requests?after=RQ1", 404, "there is no request RQ1"),
        ("/sim/requests/RQ1", 404, "there is no request RQ1"),
        ("/sim/page/nope.js", 404, "the page has no file nope.js"),
        ("/nowhere", 404, "there is nothing at /nowhere"),
    ] {
        let (given, answer) = sim.ask(Request::get(path), String::new()).await;
        assert_eq!(given, status, "{path}: {answer}");
        assert!(message(&answer).starts_with(start), "{path}: {answer}");
    }
}

#[tokio::test]
async fn only_json_is_read() {
    let (_bot, sim) = sim().await;
    let path = format!("/sim/phones/{ANA}/messages");
    let body = json!({"to": BOT, "body": "hi"}).to_string();
    let (status, answer) = sim.ask(Request::post(&path), body.clone()).await;
    assert_eq!(status, 415);
    assert!(message(&answer).contains("application/json"));
    let request = Request::post(&path).header("content-type", "text/plain");
    assert_eq!(sim.ask(request, body).await.0, 415);
    let request = || Request::post(&path).header("content-type", "application/json");
    let (status, answer) = sim.ask(request(), "{\"to\": ".into()).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(sim.ask(request(), "\u{0}".into()).await.0, 400);
}

#[tokio::test]
async fn other_sites_and_other_names_are_kept_out() {
    let (_bot, sim) = sim().await;
    let ask = async |method: &str, host: &str, origin: &str| {
        let mut request = Request::builder()
            .method(method)
            .uri(if method == "GET" { "/sim/phones" } else { "/sim/requests/RQ1/replay" })
            .header("host", host);
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        sim.ask(request, String::new()).await.0
    };
    assert_eq!(ask("GET", "127.0.0.1:4040", "").await, 200);
    assert_eq!(ask("GET", "rebound.example:4040", "").await, 403);
    assert_eq!(ask("POST", "localhost:4040", "http://localhost:4040").await, 404);
    assert_eq!(ask("POST", "localhost:4040", "https://evil.example").await, 403);
    assert_eq!(ask("POST", "localhost:4040", "null").await, 403);
}

#[tokio::test]
async fn newer_requests_are_found_behind_an_older_one() {
    let (_bot, sim) = sim().await;
    for _ in 0..3 {
        sim.hi(ANA, BOT).await;
    }
    let [first, second, third] = sim.requests().await;
    let id = first["id"].as_str().unwrap();
    let after = sim.get(&format!("/sim/requests?after={id}")).await;
    assert_eq!(after["requests"], json!([second, third]));
    assert_eq!(sim.get(&format!("/sim/requests/{id}")).await, first);
}

#[tokio::test]
async fn the_page_and_its_files_are_served() {
    let (_bot, sim) = sim().await;
    let page = sim.raw(Request::get("/")).await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    let tag = sim.raw(Request::get("/sim/page/app.js")).await.headers()["etag"].clone();
    let again = sim.raw(Request::get("/sim/page/app.js").header("if-none-match", tag)).await;
    assert_eq!(again.status(), 304);
}

#[test]
#[should_panic(expected = "+14155238886 has two senders, one and two")]
fn two_senders_cannot_have_one_number() {
    let _simulator = Simulator::new(TOKEN)
        .sender(Sender::new("one", BOT, "http://127.0.0.1:1/"))
        .sender(Sender::new("two", BOT, "http://127.0.0.1:2/"));
}

#[test]
#[should_panic(expected = "the sender one cannot be played: the number cannot be used")]
fn a_sender_needs_a_number() {
    let _simulator = Simulator::new(TOKEN).sender(Sender::new("one", "415", "http://h/"));
}

#[test]
fn nothing_shows_the_token() {
    let simulator = Simulator::new("geheim").sender(Sender::new("one", BOT, "http://h/"));
    assert!(!format!("{simulator:?}").contains("geheim"));
}
