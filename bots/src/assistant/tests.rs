//! The assistant with a model of the tests' own on this machine.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, StatusCode},
    routing::post,
};
use chinwag::{
    Webhook,
    conversation::clock::Timestamp,
    message::{Media, MessageSid},
    outbound::{Gateway, Letter, Unsent},
    testkit::Chat,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};
use tower::ServiceExt;

use super::*;

/// What the model was asked.
type Asked = Arc<Mutex<Vec<Value>>>;

/// A model that answers by the newest words.
async fn model() -> (Endpoint, Asked) {
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    let completions = async move |headers: HeaderMap, body: Bytes| {
        let request: Value = serde_json::from_slice(&body).unwrap();
        let question = request["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        noted.lock().unwrap().push(request);
        assert_eq!(headers["authorization"], "Bearer secret");
        let says = |words: &str| json!({"choices": [{"message": {"content": words}}]}).to_string();
        let status = |code| (StatusCode::from_u16(code).unwrap(), r#"{"error":{}}"#.to_owned());
        match question.as_str().unwrap() {
            "markdown" => (StatusCode::OK, says("# Bread\n\n**Flour**, *water*, salt.\n\n- knead")),
            "slow" => {
                sleep(Duration::from_millis(600)).await;
                (StatusCode::OK, says("At last."))
            }
            "busy" => status(429),
            "large" => status(413),
            "broken" => status(500),
            "key" => status(401),
            "odd" => (StatusCode::OK, "<html>".to_owned()),
            "empty" => (StatusCode::OK, says(" ")),
            "none" => (StatusCode::OK, json!({"choices": []}).to_string()),
            "long" => (StatusCode::OK, says(&"word ".repeat(4_000))),
            words => (StatusCode::OK, says(&format!("You said {words}."))),
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/chat/completions", post(completions));
    tokio::spawn(axum::serve(listener, router).into_future());
    let endpoint = Endpoint::new(&url, Some("small".into()), Some("secret".into())).unwrap();
    (endpoint, asked)
}

#[tokio::test]
async fn a_question_is_answered_in_whatsapps_markup() {
    let (endpoint, asked) = model().await;
    let chat = Chat::with(answering(endpoint));
    chat.says("markdown").await.hears_part("*Flour*, _water_, salt.").hears_nothing();
    assert_eq!(asked.lock().unwrap()[0]["model"], "small");
    chat.sends(Media::at("https://example.com/a.jpg")).await.hears_part("only read");
    chat.says("x".repeat(8_001)).await.hears_part("too long");
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_thread_is_kept_until_it_is_begun_again() {
    let (endpoint, asked) = model().await;
    let chat = Chat::with(answering(endpoint));
    chat.says("one").await.hears("You said one.");
    chat.says("busy").await.hears_part("too much just now");
    chat.says("two").await.hears("You said two.");
    let contents = |request: &Value| {
        let messages = request["messages"].as_array().unwrap().iter().skip(1);
        messages.map(|it| it["content"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(contents(asked.lock().unwrap().last().unwrap()), ["one", "You said one.", "two"]);
    chat.says("NEW").await.hears_part("begin again");
    chat.says("three").await.hears("You said three.");
    assert_eq!(contents(asked.lock().unwrap().last().unwrap()), ["three"]);
}

#[tokio::test]
async fn an_endpoint_in_trouble_is_a_polite_reply() {
    let (endpoint, _) = model().await;
    let chat = Chat::with(answering(endpoint));
    for (words, reply) in [
        ("busy", "too much just now"),
        ("large", "Say *new*"),
        ("broken", "cannot think"),
        ("key", "cannot think"),
        ("odd", "cannot think"),
        ("empty", "cannot think"),
        ("none", "cannot think"),
    ] {
        chat.says(words).await.hears_part(reply).hears_nothing();
    }
    let nobody = Endpoint::new("http://127.0.0.1:1", None, None).unwrap();
    Chat::with(answering(nobody)).says("hi").await.hears_part("cannot think");
}

#[test]
fn an_address_that_is_none_is_refused_and_no_key_is_shown() {
    for url in ["", "localhost:11434", "ftp://a.example", "http://"] {
        let refused = Endpoint::new(url, None, None).unwrap_err().to_string();
        assert!(refused.ends_with("as in http://127.0.0.1:11434/v1"), "{refused}");
    }
    let endpoint = Endpoint::new("https://a:b@example.com/v1", None, Some("secret".into()));
    let shown = format!("{:?}", endpoint.unwrap());
    assert!(shown.contains("example.com") && !shown.contains("secret") && !shown.contains("a:b"));
}

#[derive(Debug, Clone, Default)]
struct Office(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let mut sent = self.0.lock().unwrap();
        sent.push(letter.message.body.clone());
        Ok(MessageSid::new(sent.len() as u128))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_slow_answer_is_handed_off_and_a_long_one_comes_whole() {
    let (endpoint, _) = model().await;
    let office = Office::default();
    let webhook = Webhook::new(answering(endpoint)).unsigned().sends_through(office.clone());
    let app = webhook.deadline(Duration::from_millis(200)).router().unwrap();
    let says = async |sid: u8, words: &str| {
        let form = format!(
            "MessageSid=SM{sid:032x}&From=whatsapp%3A%2B15005550006&To=whatsapp%3A%2B14155238886&Body={words}"
        );
        let request = Request::post("/whatsapp")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    };
    let sent = async |count: usize| {
        for _ in 0..300 {
            if office.0.lock().unwrap().len() >= count {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        office.0.lock().unwrap().clone()
    };
    assert!(says(1, "slow").await.ends_with("<Response/>"));
    assert_eq!(sent(1).await, ["At last."]);
    assert!(says(2, "slow").await.ends_with("<Response/>"));
    assert_eq!(sent(2).await.len(), 2);
    sleep(Duration::from_millis(2_200)).await;
    assert_eq!(says(3, "long").await.matches("<Message>").count(), 10);
    assert_eq!(sent(5).await.len(), 5);
}
