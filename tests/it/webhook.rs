//! Requests at the doors: what is let in, what is answered, and what is refused for which reason.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use chinwag::{
    Bot, Captures, Reply, Text, Webhook,
    message::{Parameters, Status, StatusUpdate},
    pattern, text,
    webhook::{FailedCall, InvalidWebhook, Signer},
};
use proptest::prelude::*;
use tower::ServiceExt;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const PUBLIC: &str = "https://bot.example.com";

fn webhook() -> Webhook {
    let bot = Bot::new(())
        .on(text("menu"), async || "*Menu* & more")
        .on(pattern(r"order (\d+)"), async |Captures((n,)): Captures<(u32,)>| format!("order {n}"))
        .on(text("quiet"), async || ())
        .on(text("fail"), async || Err::<(), _>("secret reason"))
        .on(text("panic"), async || -> () { panic!("at the disco") })
        .otherwise(async |Text(text): Text| text);
    Webhook::new(bot).auth_token(TOKEN).public_url(PUBLIC)
}

fn form(sid: u128, body: &str) -> Parameters {
    [
        ("MessageSid", format!("SM{sid:032x}").as_str()),
        ("From", "whatsapp:+15005550006"),
        ("To", "whatsapp:+14155238886"),
        ("Body", body),
        ("NumMedia", "0"),
    ]
    .into_iter()
    .collect()
}

/// A POST of this form, signed for the public address with this path.
fn post(path: &str, form: &Parameters) -> Request<Body> {
    let signature = Signer::new(TOKEN).sign(&format!("{PUBLIC}{path}"), form);
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(form.encode().into())
        .unwrap()
}

async fn call(app: &Router, request: Request<Body>) -> (StatusCode, String) {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    if status == StatusCode::OK {
        assert_eq!(response.headers()["content-type"], "text/xml");
    }
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn says(app: &Router, sid: u128, body: &str) -> (u16, String) {
    let (status, body) = call(app, post("/whatsapp", &form(sid, body))).await;
    (status.as_u16(), body)
}

fn answer(message: &str) -> (u16, String) {
    let declaration = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    (200, format!("{declaration}<Response><Message>{message}</Message></Response>"))
}

#[tokio::test]
async fn a_signed_message_is_answered_in_twiml() {
    let app = webhook().router().unwrap();
    assert_eq!(says(&app, 1, " MENU ").await, answer("*Menu* &amp; more"));
    assert_eq!(says(&app, 2, "order 12").await, answer("order 12"));
    assert_eq!(says(&app, 3, "<&> \u{1}é🐟").await, answer("&lt;&amp;&gt; é🐟"));
    let nothing = says(&app, 4, "quiet").await;
    assert!(nothing.1.ends_with("<Response/>"));
    assert_eq!(says(&app, 5, "\u{1}").await, nothing);
}

#[tokio::test]
async fn a_copy_gets_the_same_bytes() {
    let app = webhook().router().unwrap();
    let first = says(&app, 1, "menu").await;
    assert_eq!(says(&app, 1, "another text, the same sid").await, first);
}

#[tokio::test]
async fn a_failed_turn_is_a_5xx_without_its_reason() {
    let app = webhook().router().unwrap();
    for (sid, text) in [(1, "fail"), (2, "panic")] {
        let (status, body) = says(&app, sid, text).await;
        assert_eq!((status, body.as_str()), (500, "the bot failed\n"));
    }
    let long = says(&app, 3, &"word ".repeat(400)).await;
    assert_eq!((long.0, long.1.matches("<Message>").count()), (200, 2));
    assert_eq!(says(&app, 4, "menu").await.0, 200);
}

#[tokio::test]
async fn get_requests_are_signed_in_their_url() {
    let app = webhook().router().unwrap();
    let path = format!("/whatsapp?{}", form(1, "menu").encode());
    let signature = Signer::new(TOKEN).sign(&format!("{PUBLIC}{path}"), &Parameters::new());
    let get = |path: &str| {
        let request = Request::get(path).header("x-twilio-signature", &signature);
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(call(&app, get(&path)).await.0, 200);
    assert_eq!(call(&app, get(&format!("{path}&Extra=1"))).await.0, 403);
}

#[tokio::test]
async fn a_nested_or_merged_webhook_verifies_the_whole_address() {
    let nested = Router::new().nest("/bots/one", webhook().router().unwrap());
    let twice = Router::new().nest("/deep", nested.clone());
    let root = Router::new().nest("/here", webhook().at("/").router().unwrap());
    let merged = Router::new().merge(webhook().at("/hook/").router().unwrap());
    for (app, path) in [
        (nested, "/bots/one/whatsapp"),
        (twice, "/deep/bots/one/whatsapp?tenant=a%20b"),
        (root, "/here"),
        (merged, "/hook"),
    ] {
        let (status, body) = call(&app, post(path, &form(1, "menu"))).await;
        assert_eq!((status.as_u16(), body), answer("*Menu* &amp; more"), "{path}");
        let mut stripped = post("/whatsapp", &form(1, "menu"));
        *stripped.uri_mut() = path.parse().unwrap();
        assert_eq!(call(&app, stripped).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn a_public_url_with_a_path_is_for_proxies_that_take_it_away() {
    let app = webhook().public_url("https://example.com/bots/").router().unwrap();
    let form = form(1, "menu");
    let mut request = post("/whatsapp", &form);
    let signature = Signer::new(TOKEN).sign("https://example.com/bots/whatsapp", &form);
    request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
    assert_eq!(call(&app, request).await.0, 200);
}

#[tokio::test]
async fn json_needs_the_hash_of_its_body_in_the_url() {
    let app = webhook().router().unwrap();
    let json = r#"{"MessageSid":"SM00000000000000000000000000000001","From":"+15005550006","To":"+14155238886","Body":"menu"}"#;
    let hash = "bodySHA256=";
    let send = |path: String, json: &'static str| {
        let signature = Signer::new(TOKEN).sign(&format!("{PUBLIC}{path}"), &Parameters::new());
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("x-twilio-signature", signature);
        call(&app, request.body(json.into()).unwrap())
    };
    let right = sha256(json);
    assert_eq!(send(format!("/whatsapp?{hash}{right}"), json).await.0, 200);
    assert_eq!(send(format!("/whatsapp?{hash}{right}"), "{}").await.0, 403);
    assert_eq!(send("/whatsapp".into(), json).await.0, 403);
    assert_eq!(send(format!("/whatsapp?{hash}{}", sha256("[]")), "[]").await.0, 400);
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(text);
    let halves = [&hash[..16], &hash[16..]];
    halves.map(|half| format!("{:032x}", u128::from_be_bytes(half.try_into().unwrap()))).concat()
}

#[tokio::test]
async fn bad_requests_are_refused_for_a_reason() {
    let app = webhook().router().unwrap();
    let good = || post("/whatsapp", &form(1, "hi"));
    let with = |name: &'static str, value: &'static str| {
        let mut request = good();
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let mut unsigned = good();
    unsigned.headers_mut().remove("x-twilio-signature");
    let mut twice = good();
    twice.headers_mut().append("x-twilio-signature", "AAAA".parse().unwrap());
    let mut untyped = good();
    untyped.headers_mut().remove("content-type");
    let mut tampered = good();
    *tampered.body_mut() = form(1, "send money").encode().into();
    let mut huge = good();
    *huge.body_mut() = "x".repeat(64 * 1024 + 1).into();
    let mut announced = good();
    announced.headers_mut().insert("content-length", "999999999".parse().unwrap());
    let mut binary = good();
    *binary.body_mut() = Body::from(&b"Body=%ff"[..]);
    let missing: Parameters = [("Body", "hi")].into_iter().collect();
    let doubled: Parameters = form(1, "hi").iter().chain([("Body", "ho")]).collect();
    for (request, status, reason) in [
        (unsigned, 403, "header is missing"),
        (twice, 403, "more than one"),
        (with("x-twilio-signature", "nonsense"), 403, "does not fit"),
        (with("x-twilio-signature", ""), 403, "does not fit"),
        (tampered, 403, "does not fit"),
        (with("content-type", "text/plain"), 415, "content type"),
        (with("content-type", "application/json"), 403, "needs its hash as bodySHA256"),
        (untyped, 415, "content type"),
        (huge, 413, "larger than 65536"),
        (announced, 413, "larger than 65536"),
        (binary, 400, "parameter 1 is not UTF-8"),
        (post("/whatsapp", &missing), 400, "parameter MessageSid is missing"),
        (post("/whatsapp", &doubled), 400, "parameter Body is given more than once"),
        (Request::put("/whatsapp").body(Body::empty()).unwrap(), 405, ""),
        (Request::get("/whatsapp").body(Body::empty()).unwrap(), 403, "header is missing"),
    ] {
        let (seen, body) = call(&app, request).await;
        assert_eq!(seen.as_u16(), status, "{reason}: {body}");
        assert!(body.contains(reason), "{body} for {reason}");
    }
}

#[tokio::test]
async fn both_tokens_are_good_while_one_is_replaced() {
    let app = webhook().auth_token("the-next-token").router().unwrap();
    let form = form(1, "menu");
    let mut request = post("/whatsapp", &form);
    let signature = Signer::new("the-next-token").sign(&format!("{PUBLIC}/whatsapp"), &form);
    request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
    assert_eq!(call(&app, request).await.0, 200);
    assert_eq!(says(&app, 2, "menu").await.0, 200);
}

#[tokio::test]
async fn the_host_header_counts_when_nothing_is_configured() {
    let bot = Bot::new(()).otherwise(async || "hi");
    let app = Webhook::new(bot).auth_token(TOKEN).router().unwrap();
    for scheme in ["http", "https"] {
        let form = form(1, "menu");
        let mut request = post("/whatsapp", &form);
        let url = format!("{scheme}://tunnel.example:8443/whatsapp");
        let signature = Signer::new(TOKEN).sign(&url, &form);
        request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
        request.headers_mut().insert("host", "tunnel.example:8443".parse().unwrap());
        assert_eq!(call(&app, request).await.0, 200);
    }
}

#[test]
fn a_webhook_without_a_usable_setting_does_not_start() {
    let new = || Webhook::new(Bot::new(()));
    let refused = |webhook: Webhook| webhook.router().unwrap_err().to_string();
    assert!(refused(new()).contains("TWILIO_AUTH_TOKEN"));
    assert!(refused(new().auth_token("")).contains("is empty"));
    assert!(refused(new().auth_token("x").unsigned()).contains("exclude each other"));
    assert!(refused(new().unsigned().public_url("bot.example.com")).contains("https://"));
    assert_eq!(
        new().unsigned().at("hook").router().unwrap_err(),
        InvalidWebhook::Path("hook".into())
    );
    assert!(new().unsigned().router().is_ok());
}

#[tokio::test]
async fn an_unsigned_webhook_lets_everyone_in() {
    let app = Webhook::new(Bot::new(()).otherwise(async || "hi")).unsigned().router().unwrap();
    let mut request = post("/whatsapp", &form(1, "hi"));
    request.headers_mut().remove("x-twilio-signature");
    assert_eq!(call(&app, request).await.0, 200);
}

#[tokio::test]
async fn statuses_reach_their_handler() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&heard);
    let app = webhook().on_status(move |update: StatusUpdate, _| {
        sink.lock().unwrap().push(update.status.clone());
        async {}
    });
    let app = app.router().unwrap();
    let update: Parameters = form(1, "").iter().chain([("MessageStatus", "read")]).collect();
    assert_eq!(call(&app, post("/whatsapp/status", &update)).await.0, 204);
    assert_eq!(call(&app, post("/whatsapp/status", &form(1, ""))).await.0, 400);
    assert_eq!(*heard.lock().unwrap(), [Status::Read]);

    let clumsy = webhook().on_status(async |_: StatusUpdate, _| panic!("oh")).router().unwrap();
    assert_eq!(call(&clumsy, post("/whatsapp/status", &update)).await.0, 500);
}

#[tokio::test]
async fn a_fallback_call_gets_the_lost_answer_or_a_second_try() {
    let app = webhook().router().unwrap();
    let first = says(&app, 1, "menu").await;
    let failed = |sid, text| -> Parameters {
        form(sid, text).iter().chain([("ErrorCode", "11200"), ("ErrorUrl", "u")]).collect()
    };
    let again = call(&app, post("/whatsapp/fallback", &failed(1, "menu"))).await;
    assert_eq!((again.0.as_u16(), again.1.clone()), first);
    assert_eq!(call(&app, post("/whatsapp/fallback", &form(2, "menu"))).await.0, 400);

    let polite = webhook().on_fallback(async |call: FailedCall| {
        Some(Reply::text(format!("sorry, {}", call.error.number())))
    });
    let polite = polite.router().unwrap();
    let sorry = call(&polite, post("/whatsapp/fallback", &failed(1, "menu"))).await;
    assert_eq!((sorry.0.as_u16(), sorry.1.clone()), answer("sorry, 11200"));

    // The door for messages may be the fallback URL too: the parameters tell which call it is.
    let at_one_door = call(&polite, post("/whatsapp", &failed(1, "menu"))).await;
    assert_eq!(at_one_door, sorry);
    assert_eq!(call(&app, post("/whatsapp", &failed(1, "menu"))).await, again);

    let empty = webhook().on_fallback(async |_: FailedCall| Some(Reply::text("")));
    let empty = empty.router().unwrap();
    let silence = call(&empty, post("/whatsapp/fallback", &failed(1, "menu"))).await;
    assert!(silence.1.ends_with("<Response/>"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_body_and_header_is_answered_without_a_panic(
        body: Vec<u8>,
        header in prop::collection::vec(32u8..=255, 0..60),
        signs: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let app = webhook().router().unwrap();
            let mut request = post("/whatsapp", &form(1, "hi"));
            if signs {
                if let Ok(form) = Parameters::decode(&body) {
                    let signature = Signer::new(TOKEN).sign(&format!("{PUBLIC}/whatsapp"), &form);
                    request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
                }
            } else if let Ok(header) = axum::http::HeaderValue::from_bytes(&header) {
                request.headers_mut().insert("x-twilio-signature", header);
            }
            *request.body_mut() = body.into();
            let response = app.oneshot(request).await.unwrap();
            assert!(response.status().is_client_error());
        });
    }

    #[test]
    fn every_reply_that_is_taken_can_be_written(
        bodies in prop::collection::vec("[a<>&\\r\\n\u{1}\u{FFFF}é🐟]{0,30}|<{1500,1600}|🐟{700,800}", 0..11),
        media in prop::collection::vec("[a-z<]{0,9}", 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let refused = Arc::new(Mutex::new(false));
            let seen = Arc::clone(&refused);
            let bot = Bot::new(())
                .otherwise(move || {
                    let all = bodies.iter().fold(Reply::silent(), |all, body| all.and(body.as_str()));
                    let all = media.iter().fold(all, |all, url| all.and(Reply::media(url)));
                    async move { all }
                })
                .on_error(move |failure: chinwag::dispatch::Failure| {
                    *seen.lock().unwrap() = failure.error.is::<chinwag::dispatch::InvalidReply>();
                    async { "refused" }
                });
            let app = Webhook::new(bot).auth_token(TOKEN).public_url(PUBLIC).router().unwrap();
            let (status, xml) = says(&app, 1, "hi").await;
            assert_eq!(status, 200, "{xml}");
            assert_eq!(*refused.lock().unwrap(), xml.contains(">refused<"));
        });
    }
}
