//! The bot stands in your own axum app, below a path of yours, and checks signatures there too.
//!
//! ```text
//! Twilio signs:  200 <Response><Message>Hello from *inside*!</Message></Response>
//! someone signs: 403
//! ```
//!
//! `cargo run --example in_your_axum`

use axum::{Router, body, http::Request, routing::get};
use chinwag::{
    Bot, Webhook,
    message::Parameters,
    webhook::{InvalidWebhook, Signer},
};
use tower::ServiceExt;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const PUBLIC: &str = "https://bot.example.com";

fn bot() -> Bot {
    Bot::new(()).otherwise(async || "Hello from *inside*!")
}

fn app() -> Result<Router, InvalidWebhook> {
    let webhook = Webhook::new(bot()).auth_token(TOKEN).public_url(PUBLIC).router()?;
    Ok(Router::new().route("/", get(async || "The shop's own page")).nest("/bots", webhook))
}

/// Calls the app as Twilio does: a form, and its signature over the whole public address.
async fn call(token: &str) -> String {
    let ids = [("MessageSid", "SM00000000000000000000000000000001"), ("Body", "hi")];
    let people = [("From", "whatsapp:+15005550006"), ("To", "whatsapp:+14155238886")];
    let form: Parameters = ids.into_iter().chain(people).collect();
    let signature = Signer::new(token).sign(&format!("{PUBLIC}/bots/whatsapp"), &form);
    let request = Request::post("/bots/whatsapp")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(body::Body::from(form.encode()));
    let request = request.expect("path and headers are valid");
    let answer = app().expect("there is a token").oneshot(request).await.expect("it never fails");
    let (status, body) = (answer.status().as_u16(), answer.into_body());
    let body = body::to_bytes(body, 64_000).await.expect("it is in memory");
    let twiml = String::from_utf8_lossy(&body);
    let response = twiml.find("<Response>").map_or("", |start| &twiml[start..]);
    format!("{status} {response}").trim_end().to_owned()
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what happens")]
async fn main() {
    println!("Twilio signs:  {}\nsomeone signs: {}", call(TOKEN).await, call("guessed").await);
}

#[tokio::test]
async fn only_twilio_is_answered() {
    assert!(call(TOKEN).await.starts_with("200 <Response><Message>Hello"));
    assert_eq!(call("guessed").await, "403");
}
