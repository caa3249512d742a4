//! People and bots: threads, chats, order, sessions.

use std::{sync::Arc, time::Duration};

use chinwag::{
    conversation::clock::ManualClock,
    simulator::{Badge, Sender, Simulator},
};
use serde_json::{Value, json};

use crate::world::{Bot, Sim, TOKEN, hi, xml};

const ONE: &str = "+14155238886";
const TWO: &str = "+14155238887";
const ANA: &str = "+15005550006";
const BEN: &str = "+15005550007";

#[tokio::test]
async fn a_message_goes_to_the_bot_and_its_answer_comes_back() {
    let bot = Bot::new(|_| xml("<Response><Message>*Hello* &amp; hi</Message></Response>")).await;
    let sim = Sim::of(&[bot.sender(ONE)]);
    let said = sim.hi(ANA, ONE).await;
    let [inbound, answer] = sim.thread(ANA).await;
    assert_eq!(inbound, said);
    let [request] = sim.requests().await;
    for (name, expected) in [
        ("direction", json!("inbound")),
        ("from", json!("whatsapp:+15005550006")),
        ("to", json!("whatsapp:+14155238886")),
        ("body", json!("hi")),
        ("media", json!([])),
        ("location", Value::Null),
        ("button", Value::Null),
        ("reply_to", Value::Null),
        ("status", json!("received")),
        ("error_code", Value::Null),
        ("error_message", Value::Null),
        ("request_id", request["id"].clone()),
    ] {
        assert_eq!(inbound[name], expected, "{name}");
    }
    for (name, expected) in [
        ("direction", json!("outbound-reply")),
        ("from", json!("whatsapp:+14155238886")),
        ("to", json!("whatsapp:+15005550006")),
        ("body", json!("*Hello* & hi")),
        ("status", json!("delivered")),
        ("request_id", request["id"].clone()),
    ] {
        assert_eq!(answer[name], expected, "{name}");
    }
    assert_eq!(request["messages"], json!([answer["sid"]]));
    assert_eq!(answer["html"], "<strong>Hello</strong> &amp; hi");
}

#[tokio::test]
async fn several_bots_have_a_number_and_a_webhook_each() {
    let one = Bot::new(|_| xml("<Response><Message>one</Message></Response>")).await;
    let two = Bot::new(|_| xml("<Response><Message>two</Message></Response>")).await;
    let second = two.sender(TWO).badge(Badge::Confirmed).about("The second").try_(["hi"]);
    let sim = Sim::of(&[one.sender(ONE), second]);
    let bots = sim.get("/sim/bots").await;
    assert_eq!(bots["bots"][1]["badge"], "confirmed");
    assert_eq!(bots["bots"][1]["try"], json!(["hi"]));

    sim.hi(ANA, TWO).await;
    let chats = sim.get(&format!("/sim/phones/{ANA}/chats")).await["chats"].clone();
    assert_eq!((&chats[0]["bot"]["number"], &chats[0]["unread"]), (&json!(TWO), &json!(1)));
    assert_eq!(chats[0]["last_message"]["body"], "two");
    assert_eq!(chats[1]["last_message"], Value::Null);
    assert_eq!(chats[1]["session_expires_at"], Value::Null);

    sim.hi(ANA, ONE).await;
    let with = |number: &str| format!("/sim/phones/{ANA}/messages?with={number}");
    for (number, body) in [(ONE, "one"), (TWO, "two"), ("%2B14155238887", "two")] {
        let messages = sim.get(&with(number)).await["messages"].clone();
        assert_eq!(messages.as_array().unwrap().len(), 2);
        assert_eq!(messages[1]["body"], body);
    }
    let bodies = sim.thread::<4>(ANA).await.map(|message| message["body"].clone());
    assert_eq!(bodies, ["hi", "two", "hi", "one"]);
    assert_eq!(sim.thread::<0>(BEN).await, [] as [Value; 0]);
}

#[tokio::test]
async fn messages_of_one_conversation_come_one_at_a_time_in_order() {
    let at_work = Arc::new(tokio::sync::Mutex::new(()));
    let bot = Bot::slow(move |call| {
        let at_work = Arc::clone(&at_work);
        async move {
            let _alone = at_work.try_lock().expect("two messages at once");
            tokio::time::sleep(Duration::from_millis(5)).await;
            drop(call);
            hi()
        }
    })
    .await;
    let sim = Sim::of(&[bot.sender(ONE)]);
    let all = (0..20).map(|number| {
        let said = json!({"to": ONE, "body": number.to_string()});
        let sim = sim.clone();
        async move { sim.say(ANA, said).await }
    });
    futures_util::future::join_all(all).await;
    let came: Vec<_> =
        bot.calls().iter().map(|call| call.form().get("Body").unwrap().to_owned()).collect();
    let shown: Vec<_> = sim.get(&format!("/sim/phones/{ANA}/messages")).await["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|message| message["direction"] == "inbound")
        .map(|message| message["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(came.len(), 20);
    assert_eq!(came, shown);
}

#[tokio::test]
async fn different_conversations_do_not_wait_for_each_other() {
    // The bot answers only when both people have written.
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let bot = Bot::slow(move |_| {
        let both = Arc::clone(&both);
        async move {
            both.wait().await;
            hi()
        }
    })
    .await;
    let mut sender = bot.sender(ONE);
    sender.webhook += "#tt=5000";
    let sim = Sim::of(&[sender]);
    let (one, other) = tokio::join!(sim.hi(ANA, ONE), sim.hi(BEN, ONE));
    assert_eq!((&one["error_code"], &other["error_code"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_message_to_somebody_else_needs_that_persons_session() {
    let bot = Bot::new(|call| match call.form().get("Body") {
        Some("tell") => {
            xml("<Response><Message to=\"whatsapp:+15005550007\">Ana says hi</Message>\
                            </Response>")
        }
        _ => xml("<Response/>"),
    })
    .await;
    let sim = Sim::of(&[bot.sender(ONE)]);
    let tell = json!({"to": ONE, "body": "tell"});
    sim.say(ANA, tell.clone()).await;
    let [early] = sim.thread(BEN).await;
    assert_eq!((&early["status"], &early["error_code"]), (&json!("undelivered"), &json!(63016)));
    assert_eq!(
        early["error_message"],
        "+15005550007 has not written to +14155238886 for 24 hours: only a template may be sent"
    );
    sim.hi(BEN, ONE).await;
    sim.say(ANA, tell).await;
    let [_, _, told] = sim.thread(BEN).await;
    assert_eq!((&told["body"], &told["status"]), (&json!("Ana says hi"), &json!("delivered")));
    assert_eq!(sim.thread::<2>(ANA).await[1]["direction"], "inbound");
}

#[tokio::test]
async fn messages_that_cannot_travel_are_not_sent() {
    for (attributes, code) in [
        ("to=\"whatsapp:+14155238886\"", 63031),
        ("to=\"whatsapp:+15005559999\"", 63003),
        ("to=\"+15005550006\"", 21910),
        ("to=\"nobody\"", 14101),
        ("from=\"whatsapp:+15005559999\"", 14108),
    ] {
        let body = format!("<Response><Message {attributes}>hi</Message></Response>");
        let bot = Bot::new(move |_| xml(body.clone())).await;
        let sim = Sim::of(&[bot.sender(ONE)]);
        sim.hi(ANA, ONE).await;
        let [request] = sim.requests().await;
        assert_eq!(request["error_code"], code, "{attributes}: {request}");
        let [asked] = sim.thread(ANA).await;
        assert_eq!(asked["error_code"], code, "{attributes}");
        assert_eq!(asked["error_message"], request["error_message"], "{attributes}");
    }
}

#[tokio::test]
async fn media_urls_are_resolved_and_captions_are_warned_of() {
    let bot = Bot::new(|_| {
        xml("<Response><Message>see<Media>menu.pdf</Media></Message>\
             <Message>look<Media>/a.png</Media><Media>/b.png</Media></Message></Response>")
    })
    .await;
    let sim = Sim::of(&[bot.sender(ONE)]);
    sim.hi(ANA, ONE).await;
    let [_, menu, photo] = sim.thread(ANA).await;
    let media =
        json!([{"url": format!("{}/menu.pdf", bot.url), "content_type": "application/pdf"}]);
    assert_eq!((&menu["media"], &menu["body"]), (&media, &json!("see")));
    assert_eq!(
        photo["media"],
        json!([{"url": format!("{}/a.png", bot.url), "content_type": "image/png"}])
    );
    assert!(menu["sid"].as_str().unwrap().starts_with("MM"));
    let [request] = sim.requests().await;
    let warnings: Vec<_> = request["warnings"].as_array().unwrap().iter().collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0]["message"].as_str().unwrap().contains("drops the text"));
    assert!(warnings[1]["message"].as_str().unwrap().contains("takes one"));
}

#[tokio::test]
async fn a_stranger_who_writes_is_a_person_from_then_on() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(ONE)]);
    sim.say("+4915112345678", json!({"to": ONE, "body": "hi", "profile_name": "Zoë"})).await;
    let phones = sim.get("/sim/phones").await["phones"].clone();
    assert_eq!(phones[3], json!({"number": "+4915112345678", "name": "Zoë"}));
    assert_eq!(sim.thread::<2>("+4915112345678").await[1]["body"], "hi");
    let form = bot.calls()[0].form();
    assert_eq!(form.get("ProfileName"), Some("Zoë"));
    assert!(form.get("ExternalUserId").unwrap().starts_with("whatsapp:DE."));
}

#[tokio::test]
async fn people_can_be_added_and_renamed() {
    let bot = Bot::new(|_| hi()).await;
    let simulator = Simulator::new(TOKEN).sender(bot.sender(ONE)).phone(BEN, "Ben");
    let sim = Sim::new(simulator);
    let zoe = json!({"number": "+15005550009", "name": "Zoë"});
    assert_eq!(sim.post("/sim/phones", zoe.clone()).await, (201, zoe));
    let renamed = json!({"number": BEN, "name": "Benjamin"});
    assert_eq!(sim.post("/sim/phones", renamed.clone()).await, (201, renamed.clone()));
    let phones = sim.get("/sim/phones").await["phones"].clone();
    assert_eq!(phones, json!([renamed, {"number": "+15005550009", "name": "Zoë"}]));
}

#[tokio::test]
async fn numbers_may_be_written_as_twilio_writes_them() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(&format!("whatsapp:{ONE}"))]);
    assert_eq!(sim.get("/sim/bots").await["bots"][0]["number"], ONE);
    let phone = format!("/sim/phones/whatsapp:{ANA}");
    let said = sim.hi(&format!("whatsapp:{ANA}"), &format!("whatsapp:{ONE}")).await;
    assert_eq!(said["from"], format!("whatsapp:{ANA}"));
    for with in ["whatsapp:+14155238886", "whatsapp%3A%2B14155238886", ONE] {
        let thread = sim.get(&format!("{phone}/messages?with={with}")).await;
        assert_eq!(thread["messages"].as_array().unwrap().len(), 2, "{with}");
    }
    assert_eq!(sim.get(&format!("{phone}/chats")).await["chats"][0]["unread"], 1);
    let read = sim.post(&format!("{phone}/read"), json!({"with": format!("whatsapp:{ONE}")})).await;
    assert_eq!(read.1["read"].as_array().unwrap().len(), 1);
    let zoe = json!({"number": "whatsapp:+15005550009", "name": "Zoë"});
    let (status, zoe) = sim.post("/sim/phones", zoe).await;
    assert_eq!((status, &zoe["number"]), (201, &json!("+15005550009")));
}

#[tokio::test]
async fn the_session_is_open_for_a_day() {
    let clock = Arc::new(ManualClock::default());
    let bot = Bot::new(|_| hi()).await;
    let sender: Sender = bot.sender(ONE);
    let sim = Sim::new(Simulator::new(TOKEN).sender(sender).clock(Arc::clone(&clock)));
    let said = sim.hi(ANA, ONE).await;
    assert_eq!(said["created_at"], "2026-01-01T12:00:00.000Z");
    let expires = async || {
        let chats = sim.get(&format!("/sim/phones/{ANA}/chats")).await;
        chats["chats"][0]["session_expires_at"].clone()
    };
    assert_eq!(expires().await, "2026-01-02T12:00:00.000Z");
    clock.advance(Duration::from_mins(1));
    assert_eq!(sim.get("/sim/clock").await["now"], "2026-01-01T12:01:00.000Z");
    clock.advance(Duration::from_secs(24 * 60 * 60 - 61));
    assert_eq!(expires().await, "2026-01-02T12:00:00.000Z");
    clock.advance(Duration::from_secs(1));
    assert_eq!(expires().await, Value::Null);
}

#[tokio::test]
async fn a_quote_is_forgotten_after_seven_days() {
    let clock = Arc::new(ManualClock::default());
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::new(Simulator::new(TOKEN).sender(bot.sender(ONE)).clock(Arc::clone(&clock)));
    let first = sim.hi(ANA, ONE).await;
    clock.advance(Duration::from_hours(8 * 24));
    let said = json!({"to": ONE, "body": "that", "reply_to": first["sid"]});
    let second = sim.say(ANA, said).await;
    assert_eq!(second["reply_to"], first["sid"]);
    assert_eq!(bot.calls()[1].form().get("OriginalRepliedMessageSid"), None);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let bot = Bot::new(|_| hi()).await;
    let run = async || {
        let sim = Sim::of(&[bot.sender(ONE)]);
        sim.hi(ANA, ONE).await;
        let [inbound, answer] = sim.thread(ANA).await;
        [inbound["sid"].clone(), answer["sid"].clone(), answer["request_id"].clone()]
    };
    assert_eq!(run().await, run().await);
}

#[tokio::test]
async fn the_clock_is_turned_by_words() {
    let clock = Arc::new(ManualClock::default());
    let sim = Sim::new(Simulator::new(TOKEN).clock(Arc::clone(&clock)));
    for (words, now) in [
        ("25h", "2026-01-02T13:00:00.000Z"),
        ("1h 30m", "2026-01-02T14:30:00.000Z"),
        ("2 days", "2026-01-04T14:30:00.000Z"),
    ] {
        let turned = sim.post("/sim/clock", json!({"advance": words})).await;
        assert_eq!(turned, (200, json!({"now": now})), "{words}");
    }
    for words in ["", "soon", "-1h", "1 month", "25"] {
        let (status, refused) = sim.post("/sim/clock", json!({"advance": words})).await;
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(status == 400 && why.starts_with("advance: "), "{words}: {refused}");
    }
    assert_eq!(sim.post("/sim/clock", json!({"by": "1h"})).await.0, 400);
    assert_eq!(sim.get("/sim/clock").await["now"], "2026-01-04T14:30:00.000Z");
}
