//! The server that is killed: a bot that counts each person's messages, behind a signed webhook.

use std::{
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use chinwag::{Bot, Remembered, Stored, Text, Webhook, store};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use crate::{PUBLIC_URL, TOKEN};

/// With this argument the program is the server.
pub(crate) const COMMAND: &str = "serve";

#[derive(Default, Serialize, Deserialize)]
struct Tally {
    messages: u32,
}

impl Stored for Tally {
    const NAME: &'static str = "tally";
}

/// Serves the store at this URL on this port until it is killed.
pub(crate) async fn serve(url: &str, port: &str) -> ExitCode {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).with_ansi(false);
    log.with_writer(std::io::stderr).init();
    let store = match store::open(url).await {
        Ok(store) => store,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let bot = Bot::new(()).store(store).otherwise(tally);
    let webhook = Webhook::new(bot).auth_token(TOKEN).public_url(PUBLIC_URL);
    let app = webhook.router().expect("token and URL are good");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await.expect("the port is free");
    axum::serve(listener, app).await.expect("serving has no end");
    ExitCode::SUCCESS
}

/// Answers with the count of the person's messages and the words of this one: they are the same
/// as long as nothing is lost, doubled or out of order.
async fn tally(
    Text(words): Text,
    Remembered(Tally { messages }): Remembered<Tally>,
) -> (String, Remembered<Tally>) {
    let messages = messages + 1;
    tokio::time::sleep(Duration::from_millis(u64::from(messages % 5))).await;
    (format!("{messages} {words}"), Remembered(Tally { messages }))
}

/// A process that serves. Dropping it kills it, as nothing but `kill -9` does.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(url: &str, port: u16) -> Self {
        let program = std::env::current_exe().expect("the program knows its path");
        let mut command = Command::new(program);
        command.args([COMMAND, url, &port.to_string()]).stdin(Stdio::null());
        Self(command.spawn().expect("the program can be started again"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: nothing is written, closed or answered any more.
        self.0.kill().expect("the server can be killed");
        self.0.wait().expect("a killed server ends");
    }
}
