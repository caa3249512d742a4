//! Twilio's side of sending, as far as a courier needs it, and the judge of what was sent.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use chinwag::message::{MessageSid, Parameters};
use tokio::{net::TcpListener, time::sleep};

/// Takes messages and lists them; it outlives every courier.
#[derive(Debug, Default)]
pub(crate) struct Office {
    taken: Mutex<HashMap<String, Vec<(MessageSid, String)>>>,
    pub(crate) count: AtomicU64,
    pub(crate) looks: AtomicU64,
}

impl Office {
    /// An office behind a port of its own.
    pub(crate) async fn open() -> (Arc<Self>, SocketAddr) {
        let office = Arc::new(Self::default());
        let path = format!("/2010-04-01/Accounts/{}/Messages.json", super::sender::account());
        let app = Router::new().route(&path, post(take).get(list)).with_state(Arc::clone(&office));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (office, address)
    }

    /// What is wrong with what each of these people got: numbers from nought, in order.
    pub(crate) fn wrong(&self, people: u32, each: u32) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        let expected: Vec<_> = (0..each).map(super::sender::words).collect();
        let wrong = (0..people).filter_map(|person| {
            let got = taken.get(&super::sender::contact(person));
            let got: Vec<_> = got.into_iter().flatten().map(|(_, body)| body.clone()).collect();
            (got != expected).then(|| format!("person {person} got {got:?}"))
        });
        wrong.collect()
    }
}

/// Some answers are late, so that the courier is often killed before it has them.
async fn take(State(office): State<Arc<Office>>, body: Bytes) -> Response {
    let form = Parameters::decode(&body).unwrap_or_default();
    let [to, words] = ["To", "Body"].map(|name| form.get(name).unwrap_or_default().to_owned());
    let number = office.count.fetch_add(1, Ordering::SeqCst) + 1;
    let sid = MessageSid::new(u128::from(number));
    office.taken.lock().unwrap().entry(to.clone()).or_default().push((sid, words.clone()));
    sleep(Duration::from_millis(number % 8)).await;
    answer(StatusCode::CREATED, &message(sid, &to, &words))
}

async fn list(State(office): State<Arc<Office>>, uri: Uri) -> Response {
    office.looks.fetch_add(1, Ordering::SeqCst);
    let query = Parameters::decode(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let to = query.get("To").unwrap_or_default();
    let taken = office.taken.lock().unwrap();
    // Newest first.
    let list = taken.get(to).into_iter().flatten().rev();
    let list: Vec<_> = list.map(|(sid, words)| message(*sid, to, words)).collect();
    let page = serde_json::json!({ "messages": list, "next_page_uri": null });
    drop(taken);
    answer(StatusCode::OK, &page)
}

fn message(sid: MessageSid, to: &str, words: &str) -> serde_json::Value {
    serde_json::json!({
        "sid": sid.to_string(), "to": to, "from": super::sender::SENDER, "body": words,
        "status": "queued", "direction": "outbound-api", "num_media": "0",
    })
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
