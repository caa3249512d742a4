//! The simulator against small bots that answer in each way a webhook can.
#![cfg(feature = "simulator")]

mod simulator_bots;

use serde_json::json;
use simulator_bots::{Bot, Sim, xml};

#[tokio::test]
async fn a_message_goes_to_the_bot_signed_and_its_answer_comes_back() {
    let bot = Bot::new(|_| xml("<Response><Message>*Hello* &amp; hi</Message></Response>")).await;
    let sim = Sim::of(&[bot.sender("+14155238886")]);
    let said = sim.say("+15005550006", json!({"to": "+14155238886", "body": "hi"})).await;
    assert_eq!(said["direction"], "inbound");
    let [inbound, answer] = sim.thread("+15005550006").await;
    assert_eq!(inbound["sid"], said["sid"]);
    assert_eq!(inbound["status"], "received");
    assert_eq!(answer["direction"], "outbound-reply");
    assert_eq!(answer["body"], "*Hello* & hi");
    assert_eq!(answer["status"], "delivered");
    assert_eq!(answer["from"], "whatsapp:+14155238886");
    assert_eq!(answer["to"], "whatsapp:+15005550006");
    assert_eq!(bot.calls().len(), 1);
}
