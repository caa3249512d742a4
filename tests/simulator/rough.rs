//! Servers that are no good: they hang, drip, lie, close and babble.

use std::time::Duration;

use chinwag::simulator::Sender;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{Instant, sleep},
};

use crate::world::{Bot, Sim, hi};

const BOT: &str = "+14155238886";
const ANA: &str = "+15005550006";
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n";

/// What the debugger says of a server that does this with each connection.
async fn said<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Value
where
    F: Future<Output = std::io::Result<()>> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/whatsapp#tt=400", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            // Whatever comes of a rough connection is what is tested.
            let _read = stream.read(&mut request).await;
            let _served = serve(stream).await;
        }
    });
    call(&url).await
}

/// The call of a webhook that nobody answers, and what it says.
async fn call(url: &str) -> Value {
    let sim = Sim::of(&[Sender::new("rough", BOT, url)]);
    let start = Instant::now();
    let message = sim.hi(ANA, BOT).await;
    assert!(start.elapsed() < Duration::from_secs(4));
    let [request] = sim.requests().await;
    assert_eq!(message["error_code"], request["error_code"]);
    assert!(request["error_message"].is_string(), "{request}");
    request
}

#[tokio::test]
async fn a_server_that_breaks_the_rules_costs_a_message_and_no_more() {
    let closes = said(async |_| Ok(())).await;
    assert_eq!(closes["error_code"], 11206, "{closes}");
    let babbles = said(async |mut stream| stream.write_all(b"HELLO THERE\r\n\r\n").await).await;
    assert_eq!(babbles["error_code"], 11206, "{babbles}");
    let lies = said(async |mut stream| {
        let text = format!("{HEAD}content-length: 100\r\n\r\n<Response/>");
        stream.write_all(text.as_bytes()).await
    })
    .await;
    assert_eq!(lies["error_code"], 11206, "{lies}");
    let latin = said(async |mut stream| {
        stream.write_all(HEAD.as_bytes()).await?;
        stream.write_all(b"\r\n<Response><Message>gr\xfcn</Message></Response>").await
    })
    .await;
    assert_eq!(latin["error_code"], 12100, "{latin}");
    let text = latin["error_message"].as_str().unwrap();
    assert!(text.contains("line 1, column 22") && text.contains("UTF-8"), "{text}");
}

#[tokio::test]
async fn a_server_that_takes_too_long_is_left() {
    let hangs = said(async |_stream| {
        sleep(Duration::from_secs(5)).await;
        Ok(())
    })
    .await;
    assert_eq!(hangs["error_code"], 11203);
    let drips = said(async |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n").await?;
        loop {
            stream.write_all(b" ").await?;
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert_eq!(drips["error_code"], 11203);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let endless = said(async |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n").await?;
        loop {
            stream.write_all(&[b'a'; 8192]).await?;
        }
    })
    .await;
    assert_eq!(endless["error_code"], 11750);
    let kept = endless["response"]["body"].as_str().unwrap().len();
    assert!(kept <= 64_001, "{kept}");
}

#[tokio::test]
async fn a_server_that_does_not_accept_is_tried_twice() {
    // One place in the queue, which is taken: what comes after is neither accepted nor refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let connect = TcpStream::connect(address);
        waiting.push(tokio::time::timeout(Duration::from_millis(50), connect).await);
    }
    let request = call(&format!("http://{address}/whatsapp#ct=150")).await;
    assert_eq!(request["error_code"], 11201, "{request}");
    assert!(request["duration_ms"].as_f64().unwrap() >= 300.0, "{request}");
    drop(waiting);
}

#[tokio::test]
async fn only_so_many_messages_wait_for_a_bot() {
    let bot = Bot::slow(async |_| {
        sleep(Duration::from_secs(10)).await;
        hi()
    })
    .await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let path = format!("/sim/phones/{ANA}/messages");
    let said = json!({"to": BOT, "body": "hi"});
    for _ in 0..100 {
        let (sim, path, said) = (sim.clone(), path.clone(), said.clone());
        tokio::spawn(async move { sim.post(&path, said).await });
    }
    while sim.get(&path).await["messages"].as_array().unwrap().len() < 100 {
        sleep(Duration::from_millis(10)).await;
    }
    let (status, answer) = sim.post(&path, said).await;
    assert_eq!(status, 429, "{answer}");
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(text.starts_with("100 messages already wait"), "{text}");
}

#[tokio::test]
async fn the_newest_thousand_calls_are_kept() {
    let bot = Bot::new(|_| hi()).await;
    let sim = Sim::of(&[bot.sender(BOT)]);
    let first = sim.hi(ANA, BOT).await["request_id"].clone();
    for _ in 0..1_000 {
        sim.hi(ANA, BOT).await;
    }
    let requests = sim.get("/sim/requests").await;
    assert_eq!(requests["requests"].as_array().unwrap().len(), 1_000);
    assert_ne!(requests["requests"][0]["id"], first);
    assert_eq!(bot.calls().len(), 1_001);
}
