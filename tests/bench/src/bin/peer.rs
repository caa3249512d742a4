//! The peers' work as a chinwag bot: signed form in, a count for each person, a route, TwiML out.
//!
//! `TWILIO_AUTH_TOKEN`, `WEBHOOK_URL` and `PORT` in the environment.

use axum::serve::ListenerExt;
use chinwag::{Bot, Captures, Remembered, Reply, Stored, Text, Webhook, pattern, text};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Count(u32);

impl Stored for Count {
    const NAME: &'static str = "count";
}

async fn menu(Remembered(Count(count)): Remembered<Count>) -> (Reply, Remembered<Count>) {
    let reply = Reply::text("*Menu*\n1. order <number> - track & trace\n2. menu - this list")
        .and("Anything else & we echo it.");
    (reply, Remembered(Count(count + 1)))
}

async fn order(
    Captures((number,)): Captures<(String,)>,
    Remembered(Count(count)): Remembered<Count>,
) -> (String, Remembered<Count>) {
    (format!("Order {number} is on its way."), Remembered(Count(count + 1)))
}

async fn echo(
    Text(text): Text,
    Remembered(Count(count)): Remembered<Count>,
) -> (String, Remembered<Count>) {
    let count = count + 1;
    (format!("You said: {} (message {count})", text.trim()), Remembered(Count(count)))
}

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a binary reads the environment")]
async fn main() -> chinwag::Result<()> {
    let url = std::env::var("WEBHOOK_URL")?;
    let (public, path) = url.rsplit_once('/').ok_or("WEBHOOK_URL has no path")?;
    let bot =
        Bot::new(()).on(text("menu"), menu).on(pattern(r"order (\d+)"), order).otherwise(echo);
    let app = Webhook::new(bot)
        .auth_token(std::env::var("TWILIO_AUTH_TOKEN")?)
        .public_url(public)
        .at(format!("/{path}"))
        .router()?;
    let address = format!("127.0.0.1:{}", std::env::var("PORT")?);
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}
