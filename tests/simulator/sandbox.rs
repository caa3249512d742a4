//! Twilio's sandbox: who has joined, for how long, by which words, and how fast a bot may write.

use chinwag::simulator::{Rules, Sandbox};
use serde_json::json;

use crate::world::{Bot, Office, xml};

const ANA: &str = "+15005550006";
const BOT: &str = "+14155238886";

async fn office(words: &str, rules: Rules) -> Office {
    let sandbox: Sandbox = words.parse().unwrap();
    Office::new(|sender, simulator| simulator.sender(sender.sandbox(sandbox)).rules(rules)).await
}

impl Office {
    /// What Ana is answered.
    async fn answer(&self, body: &str) -> String {
        self.sim.say(ANA, json!({"to": BOT, "body": body})).await;
        let messages = self.sim.get(&format!("/sim/phones/{ANA}/messages")).await;
        let newest = messages["messages"].as_array().unwrap().last().unwrap().clone();
        newest["body"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn people_join_and_leave_and_strangers_are_told() {
    let office = office("small-tree", Rules::Classic).await;
    assert!(office.answer("hi").await.contains("not associated with the sandbox"));
    assert!(office.answer("join big-lake").await.contains("not associated"));
    assert_eq!(office.sends(&[("Body", "psst")]).await, ("failed".to_owned(), 63015));
    assert_eq!(
        office.answer("Join small-tree").await,
        "*Twilio Sandbox*: ✅ You are all set! The sandbox can now send/receive messages from \
         whatsapp:+14155238886. Reply ```stop``` to leave the sandbox any time."
    );
    assert_eq!(office.sends(&[("Body", "welcome")]).await, ("delivered".to_owned(), 0));
    office.turn("1s").await;
    assert_eq!(office.answer("hi").await, "hi");
    assert!(office.answer("STOP").await.contains("left the sandbox"));
    assert!(office.answer("hi").await.contains("not associated"));
    let calls = office.bot.calls();
    let heard = calls.iter().filter(|call| call.path == "/whatsapp");
    assert_eq!(heard.count(), 1, "join, stop and strangers do not reach the webhook");
    let (_, list) = office
        .ask(
            "GET",
            &format!(
                "/2010-04-01/Accounts/{}/Messages.json?From=whatsapp:%2B14155238886",
                crate::world::ACCOUNT
            ),
            "",
        )
        .await;
    let bodies: Vec<_> =
        list["messages"].as_array().unwrap().iter().map(|one| one["body"].clone()).collect();
    assert_eq!(
        bodies,
        [json!("hi"), json!("welcome"), json!("psst")],
        "the sandbox's words are Twilio's"
    );
}

#[tokio::test]
async fn membership_ends_after_three_days() {
    let office = office("small-tree", Rules::Classic).await;
    office.answer("join small-tree").await;
    office.turn("71h").await;
    assert_eq!(office.answer("hi").await, "hi");
    office.turn("2h").await;
    assert_eq!(office.sends(&[("Body", "psst")]).await, ("failed".to_owned(), 63015));
    assert!(office.answer("hi").await.contains("not associated"));
}

#[tokio::test]
async fn other_words_lead_to_another_bot() {
    let other = Bot::new(|_| xml("<Response><Message>the other</Message></Response>")).await;
    let words = format!("small-tree,big-lake={}/whatsapp", other.url);
    let office = office(&words, Rules::Classic).await;
    office.answer("join small-tree").await;
    assert_eq!(office.answer("hi").await, "hi");
    office.answer("join big-lake").await;
    office.turn("1s").await;
    assert_eq!(office.answer("hi").await, "the other");
    assert_eq!(other.calls().len(), 1);
    office.answer("join small-tree").await;
    office.turn("1s").await;
    assert_eq!(office.answer("hi").await, "hi");
}

#[tokio::test]
async fn a_bot_that_writes_too_fast_is_refused_by_either_pace() {
    for (rules, pace) in [(Rules::Classic, "1s"), (Rules::Current, "3s")] {
        let office = office("small-tree", rules).await;
        office.answer("join small-tree").await;
        let send = async || office.sends(&[("Body", "hi")]).await;
        assert_eq!(send().await, ("delivered".to_owned(), 0));
        assert_eq!(send().await, ("failed".to_owned(), 63018));
        office.turn(pace).await;
        assert_eq!(send().await, ("delivered".to_owned(), 0));
    }
}
