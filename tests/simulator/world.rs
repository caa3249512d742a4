//! Small bots on loopback, and the simulator as a program sees it.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chinwag::{
    message::{AccountSid, Parameters},
    simulator::{Sender, Simulator},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// The auth token of all tests.
pub(crate) const TOKEN: &str = "12345";

/// What a bot was asked.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// The parameters of the body, or else of the query.
    pub(crate) fn form(&self) -> Parameters {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let form = if self.body.is_empty() { query.as_bytes() } else { &self.body };
        Parameters::decode(form).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A bot on a free port of loopback.
pub(crate) struct Bot {
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Bot {
    /// A bot that answers at once.
    pub(crate) async fn new(answer: impl Fn(&Call) -> Response + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::slow(move |call| std::future::ready(answer(&call))).await
    }

    /// A bot that may take its time.
    pub(crate) async fn slow<F>(answer: impl Fn(Call) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        let answer = Arc::new(answer);
        let handle = move |request: Request| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let (head, body) = request.into_parts();
                let call = Call {
                    method: head.method.to_string(),
                    path: head.uri.to_string(),
                    headers: head.headers,
                    body: to_bytes(body, usize::MAX).await.unwrap(),
                };
                kept.lock().unwrap().push(call.clone());
                answer(call).await
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handle);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    pub(crate) fn sender(&self, number: &str) -> Sender {
        Sender::new("bot", number, format!("{}/whatsapp", self.url))
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

pub(crate) fn xml(body: impl Into<String>) -> Response {
    ([(header::CONTENT_TYPE, "text/xml")], body.into()).into_response()
}

pub(crate) fn hi() -> Response {
    xml("<Response><Message>hi</Message></Response>")
}

/// The signature of a call, made from the published description.
pub(crate) fn signature(token: &str, url: &str, form: &Parameters) -> String {
    let mut pairs: Vec<_> = form.iter().collect();
    pairs.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    for (name, value) in pairs {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The account of the tests that ask the REST API.
pub(crate) const ACCOUNT: AccountSid = AccountSid::new(7);

/// A bot that says hi, hears statuses, and asks the REST API.
pub(crate) struct Office {
    pub(crate) bot: Bot,
    pub(crate) sim: Sim,
}

impl Office {
    /// With the simulator as it is set up here; its sender has the number +14155238886.
    pub(crate) async fn new(setup: impl FnOnce(Sender, Simulator) -> Simulator) -> Self {
        let bot = Bot::new(|call| match call.path.as_str() {
            "/status" => axum::http::StatusCode::NO_CONTENT.into_response(),
            "/menu.png" => ([(header::CONTENT_TYPE, "image/png")], "png").into_response(),
            "/empty.png" => ([(header::CONTENT_TYPE, "image/png")], "").into_response(),
            "/menu.zip" => ([(header::CONTENT_TYPE, "application/zip")], "zip").into_response(),
            "/moved" => axum::response::Redirect::temporary("/menu.png").into_response(),
            "/gone.png" => axum::http::StatusCode::NOT_FOUND.into_response(),
            _ => hi(),
        })
        .await;
        let sender = bot.sender("+14155238886").status_callback(format!("{}/status", bot.url));
        let simulator = setup(sender, Simulator::new(TOKEN).seed(1).account(ACCOUNT));
        Self { bot, sim: Sim::new(simulator) }
    }

    /// A request of the account; a body that begins with a brace is JSON, any other a form.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let pair = STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
        let form = "application/x-www-form-urlencoded";
        let content_type = if body.starts_with('{') { "application/json" } else { form };
        let request = axum::http::Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Basic {pair}"));
        self.sim.ask(request.header("content-type", content_type), body.to_owned()).await
    }

    /// Sends a message to Ana; gives it as it is at first.
    pub(crate) async fn send(&self, form: &[(&str, &str)]) -> Value {
        let from = [("From", "whatsapp:+14155238886"), ("To", "whatsapp:+15005550006")];
        let form: Parameters = from.into_iter().chain(form.iter().copied()).collect();
        let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
        let (status, message) = self.ask("POST", &path, &form.encode()).await;
        assert_eq!(status, 201, "{message}");
        message
    }

    /// What has become of a message: status and error code, once that is sure.
    pub(crate) async fn end_of(&self, message: &Value) -> (String, u64) {
        for _ in 0..500 {
            let (_, now) = self.ask("GET", message["uri"].as_str().unwrap(), "").await;
            let status = now["status"].as_str().unwrap();
            if !["queued", "accepted", "sent"].contains(&status) {
                return (status.to_owned(), now["error_code"].as_u64().unwrap_or(0));
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nothing becomes of {message}");
    }

    /// What becomes of a message that is sent to Ana.
    pub(crate) async fn sends(&self, form: &[(&str, &str)]) -> (String, u64) {
        let message = self.send(form).await;
        self.end_of(&message).await
    }

    pub(crate) async fn turn(&self, time: &str) {
        let (status, now) = self.sim.post("/sim/clock", json!({"advance": time})).await;
        assert_eq!(status, 200, "{now}");
    }
}

/// The simulator's API.
#[derive(Clone)]
pub(crate) struct Sim(Router);

impl Sim {
    pub(crate) fn new(simulator: Simulator) -> Self {
        Self(simulator.router())
    }

    pub(crate) fn of(senders: &[Sender]) -> Self {
        let simulator = Simulator::new(TOKEN).seed(1);
        Self::new(senders.iter().cloned().fold(simulator, Simulator::sender))
    }

    pub(crate) async fn ask(
        &self,
        request: axum::http::request::Builder,
        body: String,
    ) -> (u16, Value) {
        let request = request.body(Body::from(body)).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The whole response.
    pub(crate) async fn raw(&self, request: axum::http::request::Builder) -> Response {
        self.0.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = axum::http::Request::post(path).header("content-type", "application/json");
        self.ask(request, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask(axum::http::Request::get(path), String::new()).await;
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// Sends a message and gives it.
    pub(crate) async fn say(&self, phone: &str, said: Value) -> Value {
        let (status, message) = self.post(&format!("/sim/phones/{phone}/messages"), said).await;
        assert_eq!(status, 201, "{message}");
        message
    }

    /// Says hi to the bot of this number.
    pub(crate) async fn hi(&self, phone: &str, bot: &str) -> Value {
        self.say(phone, json!({"to": bot, "body": "hi"})).await
    }

    /// The messages of a phone, of which there are as many as are expected.
    pub(crate) async fn thread<const N: usize>(&self, phone: &str) -> [Value; N] {
        let messages = self.get(&format!("/sim/phones/{phone}/messages")).await;
        let messages: Vec<Value> = serde_json::from_value(messages["messages"].clone()).unwrap();
        messages.try_into().unwrap_or_else(|messages| panic!("{messages:#?}"))
    }

    /// All webhook calls, of which there are as many as are expected.
    pub(crate) async fn requests<const N: usize>(&self) -> [Value; N] {
        let requests = self.get("/sim/requests").await;
        let requests: Vec<Value> = serde_json::from_value(requests["requests"].clone()).unwrap();
        requests.try_into().unwrap_or_else(|requests| panic!("{requests:#?}"))
    }
}
