//! Twilio's REST API as a bot sees it: what is taken, what is refused, what becomes of it.

use axum::{
    http::{Request, StatusCode, request::Builder},
    response::IntoResponse,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chinwag::{
    message::{AccountSid, Parameters},
    simulator::Simulator,
};
use serde_json::{Value, json};

use crate::world::{Bot, Sim, TOKEN, hi};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";
const ACCOUNT: AccountSid = AccountSid::new(7);

/// A bot that listens, and the simulator's REST API.
struct World {
    bot: Bot,
    sim: Sim,
}

fn path(rest: &str) -> String {
    format!("/2010-04-01/Accounts/{ACCOUNT}/Messages{rest}")
}

fn signed(request: Builder) -> Builder {
    let pair = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    request.header("authorization", format!("Basic {pair}"))
}

impl World {
    async fn new() -> Self {
        let bot = Bot::new(|call| match call.path.as_str() {
            "/whatsapp" => hi(),
            _ => StatusCode::NO_CONTENT.into_response(),
        })
        .await;
        let sender = bot.sender(BOT).status_callback(format!("{}/status", bot.url));
        let simulator = Simulator::new(TOKEN).seed(1).account(ACCOUNT).sender(sender);
        Self { bot, sim: Sim::new(simulator) }
    }

    async fn post(&self, rest: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let form: Parameters = form.iter().copied().collect();
        let request = signed(Request::post(path(rest)));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.sim.ask(request, form.encode()).await
    }

    async fn get(&self, rest: &str) -> (u16, Value) {
        self.sim.ask(signed(Request::get(path(rest))), String::new()).await
    }

    /// Sends a text to Ana.
    async fn send(&self, body: &str) -> Value {
        let form = [("From", "whatsapp:+14155238886"), ("To", "whatsapp:+15005550006")];
        let (status, sent) = self.post(".json", &[form[0], form[1], ("Body", body)]).await;
        assert_eq!(status, 201, "{sent}");
        sent
    }

    /// The statuses that the bot has heard of this message.
    async fn statuses(&self, sid: &Value, count: usize) -> Vec<(String, Option<String>)> {
        for _ in 0..500 {
            let calls = self.bot.calls().into_iter().filter(|call| call.path == "/status");
            let forms = calls.map(|call| call.form());
            let heard = forms.filter(|form| form.get("MessageSid") == sid.as_str());
            let heard: Vec<_> = heard
                .map(|form| {
                    let code = form.get("ErrorCode").map(str::to_owned);
                    (form.get("MessageStatus").unwrap().to_owned(), code)
                })
                .collect();
            if heard.len() >= count {
                return heard;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("there are no {count} statuses");
    }
}

#[tokio::test]
async fn a_message_by_rest_lands_on_the_phone() {
    let world = World::new().await;
    world.sim.hi(ANA, BOT).await;
    let sent = world.send("*psst* & more").await;
    let sid = sent["sid"].as_str().unwrap();
    assert_eq!(
        sent,
        json!({
            "account_sid": ACCOUNT.to_string(),
            "api_version": "2010-04-01",
            "body": "*psst* & more",
            "date_created": sent["date_created"],
            "date_sent": null,
            "date_updated": sent["date_created"],
            "direction": "outbound-api",
            "error_code": null,
            "error_message": null,
            "from": "whatsapp:+14155238886",
            "messaging_service_sid": null,
            "num_media": "0",
            "num_segments": "1",
            "price": null,
            "price_unit": null,
            "sid": sid,
            "status": "queued",
            "subresource_uris": {"media": path(&format!("/{sid}/Media.json"))},
            "to": "whatsapp:+15005550006",
            "uri": path(&format!("/{sid}.json")),
        })
    );
    assert!(sent["date_created"].as_str().unwrap().ends_with(" +0000"));
    let [_, _, psst] = world.sim.thread(ANA).await;
    assert_eq!((&psst["sid"], &psst["body"]), (&sent["sid"], &sent["body"]));
    assert_eq!(
        (&psst["direction"], &psst["status"]),
        (&json!("outbound-api"), &json!("delivered"))
    );
    let (status, now) = world.get(&format!("/{sid}.json")).await;
    assert_eq!((status, &now["status"]), (200, &json!("delivered")));
    assert_eq!(now["date_sent"], now["date_created"]);
    let heard = world.statuses(&sent["sid"], 2).await;
    assert_eq!(heard, [("sent".to_owned(), None), ("delivered".to_owned(), None)]);
}

#[tokio::test]
async fn outside_of_the_session_a_message_is_taken_and_fails_later() {
    let world = World::new().await;
    let sent = world.send("psst").await;
    assert_eq!((&sent["status"], &sent["error_code"]), (&json!("queued"), &Value::Null));
    let (_, now) = world.get(&format!("/{}.json", sent["sid"].as_str().unwrap())).await;
    assert_eq!((&now["status"], &now["error_code"]), (&json!("failed"), &json!(63016)));
    let heard = world.statuses(&sent["sid"], 1).await;
    assert_eq!(heard, [("failed".to_owned(), Some("63016".to_owned()))]);
    let form = [("From", "whatsapp:+14155238886"), ("To", "whatsapp:+15005559999"), ("Body", "a")];
    let (status, sent) = world.post(".json", &form).await;
    assert_eq!(status, 201);
    let (_, now) = world.get(&format!("/{}.json", sent["sid"].as_str().unwrap())).await;
    assert_eq!((&now["status"], &now["error_code"]), (&json!("failed"), &json!(63003)));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_with_twilios_code() {
    let world = World::new().await;
    let long = "x".repeat(1_601);
    let (from, to) = (("From", "whatsapp:+14155238886"), ("To", "whatsapp:+15005550006"));
    let hi = ("Body", "hi");
    let media = ("MediaUrl", "http://a.example/b.png");
    for (form, code) in [
        (&[from, hi][..], 21604),
        (&[from, ("to", "whatsapp:+15005550006"), hi], 21604),
        (&[from, ("To", "whatsapp:15005550006"), hi], 21211),
        (&[to, hi], 21603),
        (&[to, hi, ("MessagingServiceSid", "MG00000000000000000000000000000001")], 21701),
        (&[to, hi, ("From", "tom")], 21212),
        (&[to, hi, ("From", "whatsapp:+14155550000")], 63007),
        (&[to, hi, ("From", "+14155238886")], 21606),
        (&[from, hi, ("To", "+15005550006")], 21910),
        (&[from, hi, ("To", "whatsapp:+14155238886")], 63031),
        (&[from, to], 21619),
        (&[from, to, ("Body", " ")], 21619),
        (&[from, to, ("Body", &long)], 21617),
        (&[from, to, ("MediaUrl", "file:///a")], 21620),
        (&[&[from, to][..], &[media; 11]].concat(), 21623),
        (&[from, to, ("ContentSid", "HX00000000000000000000000000000001")], 21655),
        (&[from, to, hi, ("ContentVariables", "{}")], 21654),
        (&[from, to, ("ContentSid", "HX1")], 21655),
        (&[from, to, hi, ("SendAt", "2030-01-01T00:00:00Z")], 35118),
        (&[from, to, hi, ("StatusCallback", "nowhere")], 21609),
        (&[from, to, hi, ("PersistentAction", "geo:here")], 20422),
    ] {
        let (status, problem) = world.post(".json", form).await;
        assert_eq!((status, &problem["code"]), (400, &json!(code)), "{form:?}: {problem}");
        assert_eq!(problem["status"], 400);
        let page = format!("https://www.twilio.com/docs/errors/{code}");
        assert_eq!((&problem["more_info"], problem["message"].is_string()), (&json!(page), true));
    }
    let _nothing_was_sent: [Value; 0] = world.sim.thread(ANA).await;
}

#[tokio::test]
async fn only_the_account_is_let_in() {
    let world = World::new().await;
    let basic = |pair: String| format!("Basic {}", STANDARD.encode(pair));
    for (authorization, account, status, code) in [
        (String::new(), ACCOUNT, 401, 20003),
        (basic(format!("{ACCOUNT}:wrong")), ACCOUNT, 401, 20003),
        (basic(format!("SK1:{TOKEN}")), ACCOUNT, 401, 20003),
        ("Basic %%%".to_owned(), ACCOUNT, 401, 20003),
        (format!("Bearer {TOKEN}"), ACCOUNT, 401, 20003),
        (basic(format!("{ACCOUNT}:{TOKEN}")), AccountSid::new(8), 404, 20404),
        (basic(format!("{ACCOUNT}:{TOKEN}")), ACCOUNT, 200, 0),
    ] {
        let request = Request::get(format!("/2010-04-01/Accounts/{account}/Messages.json"));
        let request = request.header("authorization", &authorization);
        let (given, problem) = world.sim.ask(request, String::new()).await;
        assert_eq!((given, problem["code"].as_u64().unwrap_or(0)), (status, code), "{problem}");
    }
    let (status, problem) = world.sim.ask(Request::put(path(".json")), String::new()).await;
    assert_eq!((status, &problem["code"]), (405, &json!(20004)));
    let (status, problem) = world.get("/SM00000000000000000000000000000001.json").await;
    assert_eq!((status, &problem["code"]), (404, &json!(20404)));
    assert_eq!(world.get("/nonsense").await.0, 404);
}

#[tokio::test]
async fn twilios_copy_is_redacted_and_deleted_and_the_phone_keeps_all() {
    let world = World::new().await;
    world.sim.hi(ANA, BOT).await;
    let sid = world.send("secret").await["sid"].as_str().unwrap().to_owned();
    let one = format!("/{sid}.json");
    let (status, redacted) = world.post(&one, &[("Body", "")]).await;
    assert_eq!((status, &redacted["body"]), (200, &json!("")));
    for wrong in [&[("Body", "other")][..], &[], &[("Status", "sent")]] {
        assert_eq!(world.post(&one, wrong).await.1["code"], 20422);
    }
    assert_eq!(world.post(&one, &[("Status", "canceled")]).await.0, 409);
    let deleted = world.sim.ask(signed(Request::delete(path(&one))), String::new()).await;
    assert_eq!(deleted, (204, Value::Null));
    assert_eq!(world.get(&one).await.0, 404);
    assert_eq!(world.get(".json").await.1["messages"].as_array().unwrap().len(), 2);
    assert_eq!(world.sim.thread::<3>(ANA).await[2]["body"], "secret");
}

#[tokio::test]
async fn pages_stay_where_they_are_while_messages_come_and_go() {
    let world = World::new().await;
    world.sim.hi(ANA, BOT).await;
    for number in 1..=7 {
        world.send(&number.to_string()).await;
    }
    let texts = |page: &Value| {
        let messages = page["messages"].as_array().unwrap().iter();
        messages.map(|one| one["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let to = "?To=whatsapp:%2B15005550006&PageSize=3";
    let (_, first) = world.get(&format!(".json{to}")).await;
    assert_eq!((texts(&first).as_str(), &first["previous_page_uri"]), ("7 6 5", &Value::Null));
    assert_eq!((&first["start"], &first["end"]), (&json!(0), &json!(2)));
    // The last of the page goes, and a new one comes, before the next page is asked for.
    let last = first["messages"][2]["sid"].as_str().unwrap();
    let delete = signed(Request::delete(path(&format!("/{last}.json"))));
    assert_eq!(world.sim.ask(delete, String::new()).await.0, 204);
    world.send("8").await;
    let follow = async |page: &Value, name: &str| {
        let uri = page[name].as_str().unwrap();
        world.sim.ask(signed(Request::get(uri)), String::new()).await.1
    };
    let second = follow(&first, "next_page_uri").await;
    assert_eq!((texts(&second).as_str(), &second["page"]), ("4 3 2", &json!(1)));
    let third = follow(&second, "next_page_uri").await;
    assert_eq!((texts(&third).as_str(), &third["next_page_uri"]), ("1 hi", &Value::Null));
    let back = follow(&second, "previous_page_uri").await;
    assert_eq!(texts(&back), "8 7 6");
    let (_, inbound) = world.get(".json?From=whatsapp:%2B15005550006").await;
    assert_eq!(
        (texts(&inbound).as_str(), &inbound["messages"][0]["direction"]),
        ("hi", &json!("inbound"))
    );
    for (query, count) in [
        ("?DateSent%3E=2020-01-01", 9),
        ("?DateSent%3C=2020-01-01", 0),
        ("?DateSent=2020-01-01T00:00:00Z", 0),
    ] {
        let (_, page) = world.get(&format!(".json{query}")).await;
        assert_eq!(page["messages"].as_array().unwrap().len(), count, "{query}");
    }
    for query in ["?PageSize=many", "?PageToken=PA1", "?DateSent=soon"] {
        let (status, problem) = world.get(&format!(".json{query}")).await;
        assert_eq!((status, &problem["code"]), (400, &json!(20422)), "{query}");
    }
}

#[tokio::test]
async fn media_and_places_arrive() {
    let world = World::new().await;
    world.sim.hi(ANA, BOT).await;
    let form = [("From", "whatsapp:+14155238886"), ("To", "whatsapp:+15005550006")];
    let media = ("MediaUrl", "http://127.0.0.1:1/menu.png");
    let (_, sent) = world.post(".json", &[form[0], form[1], ("Body", "look"), media]).await;
    assert!(sent["sid"].as_str().unwrap().starts_with("MM"));
    assert_eq!(sent["num_media"], "1");
    let place = ("PersistentAction", "geo:37.78,-122.39|375 Beale St");
    world.post(".json", &[form[0], form[1], ("Body", "Us"), place]).await;
    let [_, _, picture, place] = world.sim.thread(ANA).await;
    assert_eq!(picture["media"][0]["content_type"], "image/png");
    let expected =
        json!({"latitude": 37.78, "longitude": -122.39, "label": "Us", "address": "375 Beale St"});
    assert_eq!(place["location"], expected);
}
