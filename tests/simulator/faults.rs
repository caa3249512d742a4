//! Calls that go wrong on purpose.

use axum::http::Request;
use serde_json::{Value, json};

use crate::world::Office;

const ANA: &str = "+15005550006";
const BOT: &str = "+14155238886";

async fn office() -> Office {
    Office::new(|sender, simulator| simulator.sender(sender)).await
}

impl Office {
    async fn fault(&self, fault: Value) {
        let (status, set) = self.sim.post("/sim/faults", fault).await;
        assert_eq!(status, 201, "{set}");
    }

    /// The words of all messages that reached the bot, in their order.
    fn heard(&self) -> Vec<String> {
        let calls = self.bot.calls().into_iter().filter(|call| call.path == "/whatsapp");
        calls.map(|call| call.form().get("Body").unwrap().to_owned()).collect()
    }

    async fn say(&self, body: &str) -> Value {
        self.sim.say(ANA, json!({"to": BOT, "body": body})).await
    }

    /// The statuses that the bot has heard, once there are as many.
    async fn statuses(&self, count: usize) -> Vec<String> {
        for _ in 0..500 {
            let calls = self.bot.calls().into_iter().filter(|call| call.path == "/status");
            let heard: Vec<_> =
                calls.map(|call| call.form().get("MessageStatus").unwrap().to_owned()).collect();
            if heard.len() >= count {
                return heard;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("there are no {count} statuses");
    }
}

#[tokio::test]
async fn a_webhook_call_is_lost_late_double_or_behind_the_next() {
    let office = office().await;
    let webhook = |kind: &str| json!({"kind": kind, "on": "webhook", "next": 1, "seconds": 0.3});
    office.fault(webhook("lose")).await;
    assert_eq!(office.say("a").await["error_code"], 11200);
    assert_eq!(office.heard(), [""; 0]);
    office.fault(webhook("late")).await;
    assert_eq!(office.say("b").await["error_code"], 11203, "the call was made, and to no avail");
    office.fault(webhook("double")).await;
    assert_eq!(office.say("c").await["error_code"], Value::Null);
    assert_eq!(office.heard(), ["b", "c", "c"]);
    let calls = office.bot.calls();
    let token = |at: usize| calls[at].header("i-twilio-idempotency-token").to_owned();
    assert_eq!(token(calls.len() - 2), token(calls.len() - 1));
    office.fault(webhook("delay")).await;
    office.say("d").await;
    office.fault(webhook("reorder")).await;
    tokio::join!(office.say("e"), async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        office.say("f").await
    });
    assert_eq!(office.heard(), ["b", "c", "c", "d", "f", "e"]);
    let replies = office.sim.get(&format!("/sim/phones/{ANA}/messages")).await;
    let replies = replies["messages"].as_array().unwrap().iter();
    assert_eq!(replies.filter(|one| one["direction"] == "outbound-reply").count(), 4);
    assert_eq!(office.sim.get("/sim/faults").await, json!({"faults": []}), "all have struck");
}

#[tokio::test]
async fn statuses_are_lost_double_or_out_of_order() {
    for (kind, expected) in [
        ("lose", &["delivered"][..]),
        ("double", &["sent", "sent", "delivered"]),
        ("reorder", &["delivered", "sent"]),
        ("delay", &["sent", "delivered"]),
    ] {
        let office = office().await;
        office.fault(json!({"kind": kind, "on": "status", "next": 1, "seconds": 0.05})).await;
        office.say("hi").await;
        assert_eq!(office.statuses(expected.len()).await, expected, "{kind}");
    }
}

#[tokio::test]
async fn faults_are_seen_and_ended() {
    let office = office().await;
    office.fault(json!({"kind": "lose", "on": "webhook", "every": 2})).await;
    for body in ["a", "b", "c", "d"] {
        office.say(body).await;
    }
    assert_eq!(office.heard(), ["a", "c"]);
    let fault = office.sim.get("/sim/faults").await["faults"][0].clone();
    assert_eq!((&fault["seen"], &fault["struck"]), (&json!(4), &json!(2)));
    let delete = async |path: &str| office.sim.ask(Request::delete(path), String::new()).await.0;
    assert_eq!(delete("/sim/faults/1").await, 204);
    assert_eq!(delete("/sim/faults/1").await, 404);
    office.fault(json!({"kind": "lose", "on": "webhook"})).await;
    assert_eq!(delete("/sim/faults").await, 204);
    assert_eq!(office.sim.get("/sim/faults").await, json!({"faults": []}));
    let (status, told) = office.sim.post("/sim/faults", json!({"kind": "lose"})).await;
    assert_eq!(
        (status, told["error"]["message"].as_str()),
        (400, Some("the body: missing field `on` at line 1 column 15"))
    );
}
