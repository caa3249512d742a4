//! A counting bot behind a signed webhook, on one store.

use std::sync::Arc;

use axum::{Router, routing::get, serve::ListenerExt};
use chinwag::{
    Bot, Remembered, Result, Stored, Text, Webhook,
    store::{self, Sqlite, Store},
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "12345678901234567890123456789012";
pub(crate) const PUBLIC_URL: &str = "https://bot.example.com";

#[derive(Default, Serialize, Deserialize)]
struct Count(u32);

impl Stored for Count {
    const NAME: &'static str = "count";
}

async fn count(
    Text(text): Text,
    Remembered(Count(count)): Remembered<Count>,
) -> (String, Remembered<Count>) {
    let count = count + 1;
    (format!("You said: {text} (message {count})"), Remembered(Count(count)))
}

/// The bot whose turns are measured.
pub(crate) fn bot(store: Arc<dyn Store>) -> Bot {
    Bot::new(()).store(store).otherwise(count).prepared()
}

/// Serves until the process is killed; at `/syncs` it tells how often a file was synced.
pub(crate) async fn serve(url: &str, port: &str) -> Result<()> {
    let (store, syncs): (Arc<dyn Store>, _) = match url.strip_prefix("sqlite:") {
        Some(file) => {
            let sqlite = Arc::new(Sqlite::open(file)?);
            (Arc::clone(&sqlite) as _, Some(sqlite))
        }
        None => (store::open(url).await?, None),
    };
    let webhook = Webhook::new(bot(store)).auth_token(TOKEN).public_url(PUBLIC_URL).router()?;
    let syncs = move || async move { syncs.map_or(0, |sqlite| sqlite.syncs()).to_string() };
    let app = Router::new().route("/syncs", get(syncs)).merge(webhook);
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    Ok(axum::serve(listener.tap_io(|tcp| drop(tcp.set_nodelay(true))), app).await?)
}
