//! Webhook calls a second, with 64 conversations at once.

use std::{
    net::TcpListener,
    process::{Child, Command},
    time::{Duration, Instant},
};

use chinwag::{
    Result,
    message::{MessageSid, Parameters},
    webhook::Signer,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::serve::{PUBLIC_URL, TOKEN};

const CONVERSATIONS: u32 = 64;
const MESSAGES: u32 = 300;
const ROUNDS: u32 = 5;

/// Prints the median of some rounds for each store, and its part of the first one's.
pub(crate) async fn measure(urls: &[String]) -> Result<()> {
    let mut rates = vec![Vec::new(); urls.len()];
    let mut synced = vec![0.0; urls.len()];
    for round in 0..ROUNDS {
        // Each round has people of its own, so that no call is a copy.
        let calls = calls(round);
        for (at, url) in urls.iter().enumerate() {
            let (rate, syncs) = one(url, &calls).await?;
            rates[at].push(rate);
            synced[at] = syncs;
        }
    }
    println!("{CONVERSATIONS} conversations at once, {MESSAGES} messages each, {ROUNDS} rounds");
    println!("{:<10} {:>10} {:>17} {:>8} {:>12}", "store", "turns/s", "min–max", "×", "syncs/turn");
    let mut first = None;
    for ((url, rates), syncs) in urls.iter().zip(&mut rates).zip(synced) {
        rates.sort_by(f64::total_cmp);
        let median = rates[rates.len() / 2];
        let part = median / *first.get_or_insert(median);
        let kind = url.split(':').next().unwrap_or_default();
        let spread = format!("{:.0}–{:.0}", rates[0], rates[rates.len() - 1]);
        println!("{kind:<10} {median:>10.0} {spread:>17} {part:>8.2} {syncs:>12.4}");
    }
    Ok(())
}

/// A server process that is killed at the end.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

async fn one(url: &str, calls: &[Vec<Vec<u8>>]) -> Result<(f64, f64)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new(std::env::current_exe()?);
    let _server = Server(command.args(["serve", url, &port.to_string()]).spawn()?);
    let mut lines = Vec::new();
    for _ in calls {
        lines.push(connected(port).await?);
    }
    let begun = Instant::now();
    let people = lines.into_iter().zip(calls.iter().cloned());
    let people: Vec<_> = people.map(|(line, calls)| tokio::spawn(talk(line, calls))).collect();
    for person in people {
        person.await??;
    }
    let took = begun.elapsed().as_secs_f64();
    let mut line = connected(port).await?;
    let answer = call(&mut line, b"GET /syncs HTTP/1.1\r\nhost: bot\r\n\r\n").await?;
    let syncs: f64 = answer.rsplit("\r\n").next().unwrap_or_default().parse()?;
    let turns = f64::from(CONVERSATIONS * MESSAGES);
    Ok((turns / took, syncs / turns))
}

async fn connected(port: u16) -> Result<TcpStream> {
    for _ in 0..500 {
        if let Ok(line) = TcpStream::connect(("127.0.0.1", port)).await {
            line.set_nodelay(true)?;
            return Ok(line);
        }
        sleep(Duration::from_millis(10)).await;
    }
    Err("the server does not start".into())
}

async fn talk(mut line: TcpStream, calls: Vec<Vec<u8>>) -> Result<()> {
    for (said, request) in calls.iter().enumerate() {
        let answer = call(&mut line, request).await?;
        let expected = format!("(message {})", said + 1);
        if !answer.contains(&expected) {
            return Err(format!("expected {expected:?} in {answer:?}").into());
        }
    }
    Ok(())
}

/// Sends one request and reads its answer to the end.
async fn call(line: &mut TcpStream, request: &[u8]) -> Result<String> {
    line.write_all(request).await?;
    let mut answer = vec![0; 4096];
    let mut read = 0;
    loop {
        let more = line.read(&mut answer[read..]).await?;
        if more == 0 {
            return Err("the server hung up".into());
        }
        read += more;
        let text = std::str::from_utf8(&answer[..read])?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.ok_or("an answer has no length")?.parse()? {
            return Ok(text.to_owned());
        }
    }
}

/// All calls of each person, written and signed beforehand.
fn calls(round: u32) -> Vec<Vec<Vec<u8>>> {
    let signer = Signer::new(TOKEN);
    let started = std::process::id();
    let people = (0..CONVERSATIONS).map(|person| {
        let from = format!("whatsapp:+1{:07}{:05}", started % 10_000_000, round * 100 + person);
        let call = |number: u32| {
            let digits = u128::from(started) << 64 | u128::from(round * 100 + person) << 32;
            let sid = MessageSid::new(digits | u128::from(number)).to_string();
            let form: Parameters = [
                ("MessageSid", &*sid),
                ("AccountSid", "AC00000000000000000000000000000001"),
                ("From", &*from),
                ("To", "whatsapp:+14155238886"),
                ("Body", "two of the usual, please"),
                ("NumMedia", "0"),
                ("ProfileName", "Ana"),
            ]
            .into_iter()
            .collect();
            let signature = signer.sign(&format!("{PUBLIC_URL}/whatsapp"), &form);
            let body = form.encode();
            format!(
                "POST /whatsapp HTTP/1.1\r\nhost: bot\r\ncontent-type: \
                 application/x-www-form-urlencoded\r\nx-twilio-signature: {signature}\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        };
        (0..MESSAGES).map(call).collect()
    });
    people.collect()
}
