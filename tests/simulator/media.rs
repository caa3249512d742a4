//! Attachments: what a bot sends is fetched, what a person sends is served.

use axum::http::Request;
use serde_json::json;

use crate::world::{ACCOUNT, Office};

const ANA: &str = "+15005550006";
const BOT: &str = "+14155238886";

async fn office(guards_media: bool) -> Office {
    Office::new(|sender, simulator| {
        let simulator = simulator.sender(sender);
        if guards_media { simulator.guards_media() } else { simulator }
    })
    .await
}

#[tokio::test]
async fn a_bots_attachment_must_be_there_and_be_what_whatsapp_takes() {
    let office = office(false).await;
    office.sim.hi(ANA, BOT).await;
    for (path, expected) in [
        ("/menu.png", ("delivered", 0)),
        ("/moved", ("delivered", 0)),
        ("/gone.png", ("failed", 63019)),
        ("/empty.png", ("failed", 63019)),
        ("/menu.zip", ("failed", 63021)),
    ] {
        let url = format!("{}{path}", office.bot.url);
        let found = office.sends(&[("MediaUrl", &url)]).await;
        assert_eq!((found.0.as_str(), found.1), expected, "{path}");
    }
    let nobody = office.sends(&[("MediaUrl", "http://127.0.0.1:1/a.png")]).await;
    assert_eq!(nobody, ("failed".to_owned(), 63019));
    let elsewhere = office.sends(&[("MediaUrl", "https://example.com/a.png")]).await;
    assert_eq!(elsewhere.0, "delivered", "what is not on this machine is believed");
    let thread = office.sim.thread::<9>(ANA).await;
    assert_eq!(thread[3]["media"][0]["content_type"], "image/png", "the header says it");
}

#[tokio::test]
async fn a_persons_attachment_is_behind_a_redirect_and_if_asked_for_behind_credentials() {
    for guards in [false, true] {
        let office = office(guards).await;
        let url = format!("{}/menu.png", office.bot.url);
        let said = json!({"to": BOT, "media": [{"url": url, "content_type": "image/png"}]});
        let request = Request::post(format!("/sim/phones/{ANA}/messages"))
            .header("host", "127.0.0.1:4040")
            .header("content-type", "application/json");
        let (_, message) = office.sim.ask(request, said.to_string()).await;
        let form = office.bot.calls()[0].form();
        let told = form.get("MediaUrl0").unwrap().strip_prefix("http://127.0.0.1:4040").unwrap();
        let sid = message["sid"].as_str().unwrap();
        let parent = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media");
        assert!(told.starts_with(&format!("{parent}/ME")), "{told}");
        let bare = office.sim.raw(Request::get(told)).await;
        assert_eq!(bare.status().as_u16(), if guards { 401 } else { 307 });
        if !guards {
            assert_eq!(bare.headers()["location"], url.as_str());
        }
        assert_eq!(office.ask("GET", told, "").await.0, 307);

        let lost = json!({"kind": "lose", "on": "media", "next": 1});
        assert_eq!(office.sim.post("/sim/faults", lost).await.0, 201);
        assert_eq!(office.ask("GET", told, "").await.0, 404);
        assert_eq!(office.ask("GET", told, "").await.0, 307, "it is there a moment later");

        let (_, list) = office.ask("GET", &format!("{parent}.json"), "").await;
        assert_eq!(list["media_list"][0]["content_type"], "image/png");
        let uri = list["media_list"][0]["uri"].as_str().unwrap();
        assert_eq!(uri, format!("{told}.json"));
        assert_eq!(office.ask("GET", uri, "").await.1["parent_sid"], sid);
        assert_eq!(office.ask("DELETE", uri, "").await.0, 204);
        assert_eq!(office.ask("GET", told, "").await.0, 404);
        assert_eq!(
            office.ask("GET", &format!("{parent}.json"), "").await.1["media_list"],
            json!([])
        );
    }
}
