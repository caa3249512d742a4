//! Server-sent events, and stopping.

use std::time::Duration;

use chinwag::simulator::Simulator;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};

use crate::world::{Bot, TOKEN, hi};

const BOT: &str = "+14155238886";

/// A simulator that is served, and how it is stopped.
struct Served {
    address: String,
    stop: oneshot::Sender<()>,
    end: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn serve(bot: &Bot) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let simulator = Simulator::new(TOKEN).sender(bot.sender(BOT));
    let end = tokio::spawn(simulator.serve(listener, async { drop(stopped.await) }));
    Served { address, stop, end }
}

impl Served {
    /// A connection that has sent this request.
    async fn send(&self, request: &str, headers: &str, body: &str) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\n{headers}\r\n{body}",
            self.address
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        BufReader::new(stream)
    }

    async fn say(&self, body: &str) {
        let body = json!({"to": BOT, "body": body}).to_string();
        let headers = "content-type: application/json\r\nconnection: close\r\n";
        let mut stream = self.send("POST /sim/phones/+15005550006/messages", headers, &body).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    async fn watch(&self, headers: &str) -> BufReader<TcpStream> {
        let mut stream = self.send("GET /sim/events", headers, "").await;
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).await.unwrap();
        }
        stream
    }
}

/// The next event: id, name and data.
async fn next(stream: &mut BufReader<TcpStream>) -> (u64, String, Value) {
    let (mut id, mut name, mut data) = (0, String::new(), Value::Null);
    loop {
        let mut line = String::new();
        let read = timeout(Duration::from_secs(5), stream.read_line(&mut line)).await;
        assert_ne!(read.unwrap().unwrap(), 0, "the stream ended");
        match line.trim_end().split_once(": ").or(line.trim_end().split_once(':')) {
            Some(("id", value)) => id = value.parse().unwrap(),
            Some(("event", value)) => name = value.to_owned(),
            Some(("data", value)) => data = serde_json::from_str(value).unwrap(),
            _ if line.trim_end().is_empty() && !name.is_empty() => return (id, name, data),
            _ => {}
        }
    }
}

#[tokio::test]
async fn what_happens_is_told_in_order() {
    let bot = Bot::new(|_| hi()).await;
    let served = serve(&bot).await;
    let mut stream = served.watch("").await;
    served.say("hi").await;
    let mut told = Vec::new();
    let mut ids = Vec::new();
    for _ in 0..6 {
        let (id, name, data) = next(&mut stream).await;
        let about = match name.as_str() {
            "message" => {
                assert_eq!((&data["phone"], &data["bot"]), (&json!("+15005550006"), &json!(BOT)));
                data["message"]["status"].clone()
            }
            _ => data["kind"].clone(),
        };
        ids.push(id);
        told.push(format!("{name} {}", about.as_str().unwrap()));
    }
    assert_eq!(
        told,
        [
            "message received",
            "message received",
            "request message",
            "message queued",
            "message sent",
            "message delivered",
        ]
    );
    assert!(ids.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{ids:?}");

    let last = format!("last-event-id: {}\r\n", ids[3]);
    let mut late = served.watch(&last).await;
    assert_eq!(next(&mut late).await.0, ids[4]);
    assert_eq!(next(&mut late).await.0, ids[5]);
    let mut from_before = served.watch("last-event-id: 99999\r\n").await;
    served.say("again").await;
    assert_eq!(next(&mut from_before).await.0, ids[5] + 1);
    assert_eq!(next(&mut late).await.0, ids[5] + 1);
}

#[tokio::test]
async fn it_stops_at_once_with_open_streams_and_slow_bots() {
    let bot = Bot::slow(async |_| {
        tokio::time::sleep(Duration::from_secs(10)).await;
        hi()
    })
    .await;
    let served = serve(&bot).await;
    let mut stream = served.watch("").await;
    let body = json!({"to": BOT, "body": "hi"}).to_string();
    let headers = "content-type: application/json\r\n";
    let mut waiting = served.send("POST /sim/phones/+15005550006/messages", headers, &body).await;
    assert_eq!(next(&mut stream).await.1, "message");
    served.stop.send(()).unwrap();
    timeout(Duration::from_millis(1_800), served.end).await.unwrap().unwrap().unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    waiting.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("HTTP/1.1 201"), "{rest}");
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_keep_it() {
    let bot = Bot::new(|_| hi()).await;
    let served = serve(&bot).await;
    let mut silent = TcpStream::connect(&served.address).await.unwrap();
    silent.write_all(b"POST /sim/phones HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
    served.say("hi").await;
    served.stop.send(()).unwrap();
    timeout(Duration::from_secs(8), served.end).await.unwrap().unwrap().unwrap();
}
