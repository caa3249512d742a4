//! The real server is killed under load, again and again, while a carrier repeats what was not
//! answered: nothing is lost, nothing is done twice, on each durable store.
//!
//! Then the same to couriers: each notification is sent once.
//!
//! `CHINWAG_KILLS=50 CHINWAG_NOTIFICATIONS=100000 cargo test --release --all-features --test kill`
//! does what is promised; without the variables there are a few of both. With `-- courier` couriers
//! are killed only, with `-- redis` (or another's name) only on that store.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "this program is a test"
)]

mod carrier;
mod office;
mod sender;
mod server;

#[path = "../servers/postgres.rs"]
mod postgres;
#[path = "../servers/redis.rs"]
mod redis;

use std::{
    net::TcpListener,
    process::ExitCode,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use carrier::Carrier;
use server::Server;
use tokio::time::sleep;

const TOKEN: &str = "12345678901234567890123456789012";
const PUBLIC_URL: &str = "https://bot.example.com";

/// Kills of each store's server if nothing else is said.
const FEW: u32 = 4;
/// How long a server lives under load before it is killed, at least.
const LIFE: Duration = Duration::from_millis(900);
const PEOPLE: u32 = 600;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let mut argument = || arguments.next().unwrap_or_default();
    match command.as_deref() {
        Some(server::COMMAND) => return server::serve(&argument(), &argument()).await,
        Some(sender::COMMAND) => return sender::send(&argument(), &argument()).await,
        _ => {}
    }
    let is_for_servers = command.as_deref() != Some("courier");
    let only = command.as_deref().filter(|_| is_for_servers);
    let is_asked = |name| only.is_none_or(|only| only == name);
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let mut is_whole = true;
    let sqlite = format!("sqlite:{}", folder.path().join("kill.db").display());
    if is_asked("sqlite") {
        is_whole &= survives("sqlite", &sqlite, is_for_servers).await;
    }
    if let Some(postgres) = is_asked("postgres").then(postgres::Postgres::start).flatten() {
        is_whole &= survives("postgres", &postgres.url(), is_for_servers).await;
    }
    let redis = || redis::Server::new(redis::DURABLE);
    if let Some(redis) = is_asked("redis").then(redis).flatten() {
        is_whole &= survives("redis", &redis.url(), is_for_servers).await;
    }
    if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether nothing is lost and nothing doubled on this store; prints what was done.
async fn survives(name: &str, url: &str, is_for_servers: bool) -> bool {
    let kills =
        std::env::var("CHINWAG_KILLS").map_or(FEW, |kills| kills.parse().expect("a number"));
    let is_answered = !is_for_servers || answers(name, url, kills).await;
    sender::arrives(name, url, kills).await && is_answered
}

/// Whether each message is answered, and counted once.
async fn answers(name: &str, url: &str, kills: u32) -> bool {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = port.expect("a port is free").port();
    let carrier = Carrier::to(port);
    let person = |number| tokio::spawn(Arc::clone(&carrier).person(number));
    let people: Vec<_> = (0..PEOPLE).map(person).collect();
    for number in 0..kills {
        let server = Server::start(url, port);
        sleep(LIFE + Duration::from_millis(u64::from(number * 37 % 200))).await;
        drop(server);
    }
    let last = Server::start(url, port);
    sleep(LIFE).await;
    carrier.ends();
    let (mut messages, mut wrong) = (0, Vec::new());
    for person in people {
        match person.await.expect("a person does not panic") {
            Ok(said) => messages += said,
            Err(error) => wrong.push(error),
        }
    }
    drop(last);
    let [calls, answered, copies] = [&carrier.calls, &carrier.answered, &carrier.copies]
        .map(|count| count.load(Ordering::Relaxed));
    println!(
        "{name}: {kills} kills, {messages} messages, {answered} answered, {copies} copies, \
         {calls} calls, {} wrong",
        wrong.len()
    );
    for error in wrong.iter().take(5) {
        eprintln!("  {error}");
    }
    wrong.is_empty() && answered == messages
}
