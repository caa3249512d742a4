//! The program as a user starts it, and the person's side of its simulator.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

use axum::body::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tempfile::TempDir;

const ANA: &str = "/sim/phones/+15005550006/messages";
/// One bot alone is on the sandbox's number.
const SANDBOX: &str = "+14155238886";

/// Files that outlive the program.
pub(crate) struct Store(TempDir);

impl Store {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

/// `cargo run -- orders`, on a port of its own.
pub(crate) struct Bots {
    process: Child,
    /// Host and port.
    page: String,
    /// Kept open: it goes on printing.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Bots {
    pub(crate) fn start(store: &Store) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bots"))
            .arg("orders")
            .env("CHINWAG_LISTEN", "127.0.0.1:0")
            .env("CHINWAG_STORE", format!("sqlite:{}/{{bot}}.db", store.0.path().display()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let page = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once("http://")?;
            Some(address.split_whitespace().next()?.to_owned())
        });
        Self { process, page: page.expect("the bots say where the page is"), _lines: lines }
    }

    /// Ana writes this; what she is answered.
    pub(crate) async fn says(&self, words: &str) -> Vec<String> {
        let said = json!({"to": SANDBOX, "body": words});
        assert_eq!(self.call(Method::POST, &said).await.0, StatusCode::CREATED);
        let thread = self.call(Method::GET, &json!({})).await.1;
        let messages = thread["messages"].as_array().unwrap();
        let newest = messages.iter().rposition(|one| one["direction"] == "inbound").unwrap();
        let answers = &messages[newest + 1..];
        answers.iter().map(|one| one["body"].as_str().unwrap().to_owned()).collect()
    }

    /// Ana writes this, and nobody waits for what comes of it.
    pub(crate) fn is_told(&self, words: &str) {
        let said = json!({"to": SANDBOX, "body": words}).to_string();
        let mut line = TcpStream::connect(&self.page).unwrap();
        write!(
            line,
            "POST {ANA} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{said}",
            self.page,
            said.len()
        )
        .unwrap();
        line.flush().unwrap();
    }

    /// On Unix this is SIGKILL: nothing is written, closed or answered any more.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn call(&self, method: Method, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(format!("http://{}{ANA}", self.page));
        let request = request.header("content-type", "application/json");
        let request = request.body(Full::<Bytes>::from(body.to_string())).unwrap();
        let answer = Client::builder(TokioExecutor::new()).build_http().request(request).await;
        let answer = answer.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

impl Drop for Bots {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
