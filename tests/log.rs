//! What the log says, in a binary of its own: subscribers and other tests' threads do not mix.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use chinwag::{
    Bot, Dialogue, Step, Stored, Text, Turn, Webhook, ask, conversation::clock::ManualClock,
    message::Parameters, text, webhook::Signer,
};
use tower::ServiceExt;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn app() -> Router {
    let bot = Bot::new(())
        .on(text("fail"), async || Err::<(), _>("the printer is on fire"))
        .otherwise(async |Text(text): Text| text);
    let webhook = Webhook::new(bot).auth_token(TOKEN).public_url("https://bot.example.com");
    webhook.router().unwrap()
}

fn form(sid: u128, body: &str) -> Parameters {
    [
        ("MessageSid", format!("SM{sid:032x}").as_str()),
        ("From", "whatsapp:+15005550006"),
        ("To", "whatsapp:+14155238886"),
        ("Body", body),
    ]
    .into_iter()
    .collect()
}

fn post(path: &str, form: &Parameters) -> Request<Body> {
    let signature = Signer::new(TOKEN).sign(&format!("https://bot.example.com{path}"), form);
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(form.encode().into())
        .unwrap()
}

/// What `tracing` would print, with all its fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Line<'a>(&'a mut String);
        impl tracing::field::Visit for Line<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                write!(self.0, "{field}={value:?} ").unwrap();
            }
        }
        let mut log = self.0.lock().unwrap();
        event.record(&mut Line(&mut log));
        log.push('\n');
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// What the log says while `call` runs.
#[cfg(feature = "simulator")]
fn said_during(call: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    tracing::subscriber::with_default(log.clone(), || runtime.block_on(call));
    log.0.lock().unwrap().clone()
}

#[cfg(feature = "simulator")]
#[test]
fn the_simulator_tells_of_calls_that_went_wrong_and_not_what_people_wrote() {
    use axum::{extract::RawQuery, http::header, response::IntoResponse};
    use chinwag::{
        simulator::{Sender, Simulator},
        twiml::Method,
    };

    // Says back what it is told, badly escaped; its errors are in the message as well.
    async fn echo(RawQuery(query): RawQuery) -> axum::response::Response {
        let form = Parameters::decode(query.unwrap().as_bytes()).unwrap();
        let body = form.get("Body").unwrap();
        let message = match body {
            "fail" => return axum::http::StatusCode::BAD_GATEWAY.into_response(),
            "good" => "<Message>hi</Message>".to_owned(),
            "other" => "<Message to=\"whatsapp:+15005559999\">4711</Message>".to_owned(),
            body => format!("{body}<Message>4711</Message>"),
        };
        let twiml = format!("<Response>{message}</Response>");
        ([(header::CONTENT_TYPE, "text/xml")], twiml).into_response()
    }

    let log = said_during(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/bot?key=hidden", listener.local_addr().unwrap());
        let router = Router::new().route("/bot", axum::routing::get(echo));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let sender = Sender::new("echo", "+14155238886", url).method(Method::Get);
        let sim = Simulator::new(TOKEN).sender(sender).seed(1).router();
        for body in ["fail", "good", "other", "<pin4711/>", "<pin4711", "</pin4711>"] {
            let said = format!(r#"{{"to":"+14155238886","body":"{body}"}}"#);
            let request = Request::post("/sim/phones/+15005550006/messages")
                .header("content-type", "application/json")
                .body(Body::from(said))
                .unwrap();
            assert_eq!(sim.clone().oneshot(request).await.unwrap().status(), 201);
        }
    });
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("a webhook call")).collect();
    let expected = [
        "failed 11200: the webhook answered 502 Bad Gateway",
        "failed 63003: to=whatsapp:+1500•••9999 is none of the simulator's people",
        "odd 12200: ",
        "failed 12100: ",
        "failed 12100: ",
    ];
    assert_eq!(lines.len(), expected.len(), "{log}");
    for (line, expected) in lines.iter().zip(expected) {
        let (kind, sentence) = expected.split_once(' ').unwrap();
        assert!(line.contains(kind) && line.contains(sentence), "{expected} is not in\n{line}");
        assert!(line.contains("request=RQ") && line.contains("/bot "), "{line}");
    }
    for hidden in [TOKEN, "4711", "+15005550006", "+15005559999", "key=hidden", "?"] {
        assert!(!log.contains(hidden), "{hidden} is in\n{log}");
    }
}

#[test]
fn the_log_has_the_reason_and_never_a_secret_a_number_or_a_body() {
    let log = Log::default();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    tracing::subscriber::with_default(log.clone(), || {
        runtime.block_on(async {
            let call = async |request| drop(app().oneshot(request).await.unwrap());
            call(post("/whatsapp", &form(1, "fail"))).await;
            let mut forged = post("/whatsapp?key=hidden", &form(2, "my pin is 4711"));
            forged.headers_mut().insert("x-twilio-signature", "c2VjcmV0".parse().unwrap());
            call(forged).await;
            let doubled: Parameters = form(3, "4711").iter().chain([("Body", "4712")]).collect();
            call(post("/whatsapp", &doubled)).await;
        });
    });
    let log = log.0.lock().unwrap();
    for expected in [
        "the handler failed",
        "the printer is on fire",
        "refused a webhook call",
        "https://bot.example.com/whatsapp",
        "does not fit",
        "parameter Body is given more than once",
        "+1500•••0006",
    ] {
        assert!(log.contains(expected), "{expected} is not in\n{log}");
    }
    for hidden in [TOKEN, "c2VjcmV0", "471", "+15005550006", "key=hidden"] {
        assert!(!log.contains(hidden), "{hidden} is in\n{log}");
    }
}

#[derive(Default, serde::Serialize, serde::Deserialize)]
enum Rental {
    #[default]
    New,
    Days,
}

impl Stored for Rental {
    const NAME: &'static str = "rental";
}

impl Dialogue for Rental {
    async fn step(self, turn: &mut Turn) -> chinwag::Result<Step<Self>> {
        let days = ask::<u8>("For how many days?");
        Ok(match self {
            Self::New => Step::next(Self::Days, days)
                .remind_after(Duration::from_hours(2), "For how many days, please?"),
            Self::Days => Step::done(format!("{} it is.", days.answer(turn)?)),
        })
    }
}

#[test]
fn reminders_that_nothing_sends_are_told_of_once() {
    let log = Log::default();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    tracing::subscriber::with_default(log.clone(), || {
        runtime.block_on(async {
            let clock = Arc::new(ManualClock::default());
            let bot = Bot::new(()).dialogue::<Rental>(text("rent")).clock(Arc::clone(&clock));
            let webhook = Webhook::new(bot).auth_token(TOKEN);
            let app = webhook.public_url("https://bot.example.com").router().unwrap();
            for sid in 1..=3 {
                drop(app.clone().oneshot(post("/whatsapp", &form(sid, "rent"))).await.unwrap());
                clock.advance(Duration::from_hours(2));
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
        });
    });
    let log = log.0.lock().unwrap();
    assert_eq!(log.matches("nothing sends them").count(), 1, "{log}");
    assert!(log.contains("sends_through"), "{log}");
}
