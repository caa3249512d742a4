//! A simulator on a free port, for clients of Twilio's API in any language.

use chinwag::{
    Bot, Webhook,
    message::AccountSid,
    simulator::{Sender, Simulator},
};
use serde_json::json;

/// A simulator with a bot to which Ana has written: its address and its account.
pub(crate) async fn simulated(token: &str) -> (String, AccountSid) {
    let bot = Webhook::new(Bot::new(()).otherwise(async || "Hello!")).auth_token(token);
    let bot = bot.router().unwrap();
    let listen = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (bots, simulator) = (listen().await, listen().await);
    let webhook = format!("http://{}/whatsapp", bots.local_addr().unwrap());
    let url = format!("http://{}", simulator.local_addr().unwrap());
    let account = AccountSid::new(7);
    let served = Simulator::new(token).account(account);
    let served = served.sender(Sender::new("bot", "+14155238886", webhook)).router();
    let hi = axum::http::Request::post("/sim/phones/+15005550006/messages")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(json!({"to": "+14155238886", "body": "hi"}).to_string()))
        .unwrap();
    tokio::spawn(async move { axum::serve(bots, bot).await });
    let answered = tower::ServiceExt::oneshot(served.clone(), hi).await.unwrap();
    assert_eq!(answered.status(), 201);
    tokio::spawn(async move { axum::serve(simulator, served).await });
    (url, account)
}

/// Posts JSON to a server on this machine; gives the JSON of its answer.
#[cfg(feature = "client")]
pub(crate) async fn post(url: &str, said: &serde_json::Value) -> serde_json::Value {
    use http_body_util::BodyExt;
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};

    let request = axum::http::Request::post(url).header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(said.to_string())).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.unwrap().into_body().collect().await.unwrap();
    serde_json::from_slice(&answer.to_bytes()).unwrap()
}
