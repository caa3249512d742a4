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
        ("/sim/bots", json!({}), 405, "/sim/bots takes GET, not POST"),
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
async fn what_json_should_be_is_said_in_the_words_of_those_who_write_it() {
    let (_bot, sim) = sim().await;
    let check = async |path: &str, body: Value, expected: &str| {
        let (status, answer) = sim.post(path, body).await;
        assert_eq!((status, message(&answer)), (400, expected));
    };
    let said = format!("/sim/phones/{ANA}/messages");
    check(&said, json!([]), "the body: invalid length 0, expected a message: an object with \"to\" and \"body\" or another part at line 1 column 2").await;
    for (field, value, expected) in [
        (
            "button",
            json!("Yes"),
            "button: invalid type: string \"Yes\", expected a button: an object with a \"text\", and perhaps a \"payload\"",
        ),
        (
            "list",
            json!(1),
            "list: invalid type: integer `1`, expected a row: an object with an \"id\" and a \"title\"",
        ),
        (
            "location",
            json!("home"),
            "location: invalid type: string \"home\", expected a location: an object with \"latitude\" and \"longitude\" in degrees",
        ),
        (
            "location",
            json!({"latitude": "1"}),
            "location.latitude: invalid type: string \"1\", expected a number",
        ),
        ("media", json!({"url": "http://h/"}), "media: invalid type: object, expected an array"),
        (
            "media",
            json!(["http://h/"]),
            "media[0]: invalid type: string \"http://h/\", expected an attachment: an object with a \"url\"",
        ),
        ("body", json!([]), "body: invalid type: array, expected a string"),
    ] {
        let (status, answer) = sim.post(&said, json!({"to": BOT, field: value})).await;
        let text = message(&answer).split(" at line ").next().unwrap();
        assert_eq!((status, text), (400, format!("the body: {expected}").as_str()));
    }
    check("/sim/phones", json!(["x"]), "the body: invalid length 1, expected a person: an object with a \"number\" and a \"name\" at line 1 column 5").await;
    check(&format!("/sim/phones/{ANA}/read"), json!([]), "the body: invalid length 0, expected an object with the bot's number as \"with\" at line 1 column 2").await;
}

#[tokio::test]
async fn another_method_is_told_which_ones_work() {
    let (_bot, sim) = sim().await;
    for (path, methods) in [
        ("/", "GET"),
        ("/sim/page/app.js", "GET"),
        ("/sim/bots", "GET"),
        ("/sim/phones", "GET and POST"),
        ("/sim/phones/+15005550006/chats", "GET"),
        ("/sim/phones/+15005550006/messages", "GET and POST"),
        ("/sim/phones/+15005550006/read", "POST"),
        ("/sim/requests", "GET"),
        ("/sim/requests/RQ1", "GET"),
        ("/sim/requests/RQ1/replay", "POST"),
        ("/sim/clock", "GET and POST"),
        ("/sim/events", "GET"),
    ] {
        let (status, answer) = sim.ask(Request::delete(path), String::new()).await;
        let expected = format!("{path} takes {methods}, not DELETE");
        assert_eq!((status, message(&answer)), (405, expected.as_str()));
        // The words are those of the header, which is written by the router itself.
        let allowed = sim.raw(Request::delete(path)).await.headers()["allow"].clone();
        let allowed = allowed.to_str().unwrap().replace(",HEAD", "").replace(',', " and ");
        assert_eq!(allowed, methods, "{path}");
    }
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
