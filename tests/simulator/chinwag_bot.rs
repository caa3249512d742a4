//! Both sides of chinwag face to face: what the simulator writes, the webhook reads.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chinwag::{
    Bot, Handler, Reply, Turn, Webhook,
    message::{Content, Forwarded, Inbound, Status, StatusUpdate},
    simulator::Sender,
    webhook::FailedCall,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{Sim, TOKEN};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";

type Heard<T> = Arc<Mutex<Vec<T>>>;

/// Keeps what it hears, and fails when it is asked to.
#[derive(Clone, Default)]
struct Ear {
    messages: Heard<Inbound>,
    statuses: Heard<StatusUpdate>,
    failed: Heard<FailedCall>,
}

#[async_trait]
impl Handler for Ear {
    async fn handle(&self, turn: &mut Turn) -> chinwag::Result<Reply> {
        let message = turn.message().clone();
        if message.text() == "fail" {
            return Err("as it was asked to".into());
        }
        self.messages.lock().unwrap().push(message);
        Ok(Reply::from("heard"))
    }
}

/// The bot behind the simulator.
async fn talk(ear: &Ear) -> Sim {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (statuses, failed) = (Arc::clone(&ear.statuses), Arc::clone(&ear.failed));
    let router = Webhook::new(Bot::new(()).otherwise(ear.clone()))
        .auth_token(TOKEN)
        .on_status(move |update, _| {
            statuses.lock().unwrap().push(update);
            std::future::ready(())
        })
        .on_fallback(move |call| {
            failed.lock().unwrap().push(call);
            std::future::ready(Some(Reply::from("sorry")))
        })
        .router()
        .unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sender = Sender::new("ear", BOT, format!("{url}/whatsapp"))
        .fallback(format!("{url}/whatsapp/fallback"))
        .status_callback(format!("{url}/whatsapp/status"));
    Sim::of(&[sender])
}

#[tokio::test]
async fn what_a_person_sends_is_what_the_handler_gets() {
    let ear = Ear::default();
    let sim = talk(&ear).await;
    let hear = async |mut said: Value| {
        said["to"] = BOT.into();
        let sent = sim.say(ANA, said).await;
        assert_eq!(sent["error_code"], Value::Null, "{sent}");
        let heard = ear.messages.lock().unwrap().pop().unwrap();
        assert_eq!(sent["sid"], heard.sid.to_string());
        (heard, sent)
    };
    let (text, sent) = hear(json!({"body": "grüße & \"+\" 🎈\n %41"})).await;
    assert_eq!(text.content, Content::Text("grüße & \"+\" 🎈\n %41".into()));
    assert_eq!((text.profile_name(), text.wa_id()), (Some("Ana"), Some("15005550006")));
    assert_eq!((text.segments(), text.message_type()), (1, Some("text")));
    assert!(text.account().is_some() && text.external_user().is_some());
    assert!(text.referral().is_none() && text.quoted().is_none() && text.opt_out().is_none());
    assert_eq!(text.channel_metadata().unwrap()["data"]["context"]["WaId"], "15005550006");

    let (photo, _) =
        hear(json!({"media": [{"url": "http://h/a.png"}], "body": "look", "forwarded": true}))
            .await;
    let Content::Media { media, caption } = &photo.content else { panic!("{:?}", photo.content) };
    assert_eq!((media[0].url.as_str(), caption.as_deref()), ("http://h/a.png", Some("look")));
    assert_eq!(photo.forwarded(), Forwarded::Once);
    let (card, _) = hear(json!({"media": [{"url": "http://h/ana.vcf"}]})).await;
    assert!(matches!(card.content, Content::Contact(_)));
    let (sticker, _) = hear(json!({"media": [{"url": "http://h/a.webp"}]})).await;
    assert!(matches!(sticker.content, Content::Sticker(_)));

    let (place, _) =
        hear(json!({"location": {"latitude": 51.47783, "longitude": -0.00139, "label": "Home"}}))
            .await;
    let Content::Location(place) = &place.content else { panic!("{:?}", place.content) };
    assert_eq!((place.latitude, place.longitude), (51.47783, -0.00139));
    assert_eq!((place.label.as_deref(), place.address.as_deref()), (Some("Home"), None));

    let (button, _) = hear(json!({"button": {"text": "Yes", "payload": "y"}})).await;
    assert_eq!((button.text(), button.content.choice()), ("Yes", "y"));
    let (row, _) =
        hear(json!({"list": {"id": "r1", "title": "Row"}, "reply_to": sent["sid"]})).await;
    assert_eq!((row.text(), row.content.choice()), ("Row", "r1"));
    assert_eq!(row.quoted().unwrap().sid, text.sid);
    assert_eq!(row.quoted().unwrap().sender.unwrap(), "whatsapp:+15005550006");
}

#[tokio::test]
async fn a_message_that_fails_is_answered_by_the_fallback() {
    let ear = Ear::default();
    let sim = talk(&ear).await;
    let sent = sim.say(ANA, json!({"to": BOT, "body": "fail"})).await;
    assert_eq!(sent["error_code"], Value::Null);
    assert_eq!(sim.thread::<2>(ANA).await[1]["body"], "sorry");
    let call = ear.failed.lock().unwrap().pop().unwrap();
    assert_eq!((call.error.number(), call.message.text()), (11200, "fail"));
    assert!(call.url.unwrap().ends_with("/whatsapp"));
}

#[tokio::test]
async fn the_bot_hears_what_became_of_its_answer() {
    let ear = Ear::default();
    let sim = talk(&ear).await;
    sim.hi(ANA, BOT).await;
    sim.post(&format!("/sim/phones/{ANA}/read"), json!({"with": BOT})).await;
    for _ in 0..500 {
        if ear.statuses.lock().unwrap().len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let sid = sim.thread::<2>(ANA).await[1]["sid"].clone();
    let heard = ear.statuses.lock().unwrap().clone();
    let statuses: Vec<_> = heard.iter().map(|update| update.status.clone()).collect();
    assert_eq!(statuses, [Status::Sent, Status::Delivered, Status::Read]);
    for update in heard {
        assert_eq!(sid, update.sid.to_string());
        assert_eq!(update.to.unwrap(), "whatsapp:+15005550006");
        assert_eq!(update.channel.prefix.as_deref(), Some("whatsapp"));
        assert_eq!(update.channel.to.as_deref(), Some("+1500555XXXX"));
    }
}

#[tokio::test]
async fn a_replay_gets_the_first_answer() {
    let ear = Ear::default();
    let sim = talk(&ear).await;
    sim.hi(ANA, BOT).await;
    let first = sim.get("/sim/requests").await["requests"][0].clone();
    let path = format!("/sim/requests/{}/replay", first["id"].as_str().unwrap());
    let (_, second) = sim.post(&path, json!({})).await;
    assert_eq!(second["response"]["body"], first["response"]["body"]);
    assert_eq!(ear.messages.lock().unwrap().len(), 1);
}
