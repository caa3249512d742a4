//! Whoever takes the notifications, in a process of its own: the simulator, or a sink.

use std::{
    collections::HashSet,
    net::TcpListener,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    http::{Method, StatusCode, header::CONTENT_TYPE},
    middleware,
    routing::{get, post},
    serve::ListenerExt,
};
use chinwag::{
    Result,
    message::{AccountSid, MessageSid},
    simulator::{Sender, Simulator},
};
use serde::Deserialize;
use tokio::time::sleep;

pub(crate) const TOKEN: &str = "12345678901234567890123456789012";
pub(crate) const SENDER: &str = "whatsapp:+14155238886";
pub(crate) const ACCOUNT: AccountSid = AccountSid::new(1);

/// The address of a person of this round.
pub(crate) fn contact(number: u32, round: u32) -> String {
    format!("whatsapp:+15{round}{number:08}")
}

/// Takes messages as Twilio does, and nothing else, until the process is killed; at `/count` it
/// tells how many.
pub(crate) async fn sink(port: &str) -> Result<()> {
    let count = Arc::new(AtomicU64::new(0));
    let taken = Arc::clone(&count);
    let take = move |body: Bytes| async move {
        let number = taken.fetch_add(1, Ordering::Relaxed) + 1;
        let sid = MessageSid::new(
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        );
        let to = std::str::from_utf8(&body).ok().and_then(|form| {
            form.split('&').find_map(|pair| pair.strip_prefix("To=")).map(str::to_owned)
        });
        let answer = format!(
            r#"{{"account_sid":"AC00000000000000000000000000000001","api_version":"2010-04-01","body":"","date_created":"Thu, 24 Aug 2023 05:01:45 +0000","date_sent":null,"date_updated":"Thu, 24 Aug 2023 05:01:45 +0000","direction":"outbound-api","error_code":null,"error_message":null,"from":"{SENDER}","messaging_service_sid":null,"num_media":"0","num_segments":"1","price":null,"price_unit":null,"sid":"{sid}","status":"queued","subresource_uris":{{"media":"/2010-04-01/Accounts/AC1/Messages/{sid}/Media.json"}},"to":"{}","uri":"/2010-04-01/Accounts/AC1/Messages/{sid}.json"}}"#,
            to.unwrap_or_default()
        );
        (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], answer)
    };
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    serve(port, Router::new().route(&path, post(take)), count).await
}

/// Plays Twilio's side for so many people of this round, until the process is killed; at `/count`
/// it tells how many messages it has taken.
pub(crate) async fn simulator(port: &str, people: &str, round: &str) -> Result<()> {
    let (people, round): (u32, u32) = (people.parse()?, round.parse()?);
    // Nobody writes to the bot here, so that nothing is there.
    let sender = Sender::new("shop", SENDER, "http://127.0.0.1:9/");
    let simulator = Simulator::new(TOKEN).account(ACCOUNT).sender(sender);
    let simulator = (0..people).fold(simulator, |simulator, number| {
        let contact = contact(number, round);
        simulator.phone(contact.trim_start_matches("whatsapp:"), "Ana")
    });
    let count = Arc::new(AtomicU64::new(0));
    let taken = Arc::clone(&count);
    let counted =
        middleware::from_fn(move |request: axum::extract::Request, next: middleware::Next| {
            let (is_post, taken) = (request.method() == Method::POST, Arc::clone(&taken));
            async move {
                let answer = next.run(request).await;
                if is_post && answer.status() == StatusCode::CREATED {
                    taken.fetch_add(1, Ordering::Relaxed);
                }
                answer
            }
        });
    serve(port, simulator.router().layer(counted), count).await
}

async fn serve(port: &str, app: Router, count: Arc<AtomicU64>) -> Result<()> {
    let told = move || async move { count.load(Ordering::Relaxed).to_string() };
    let app = app.route("/count", get(told));
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener.tap_io(|tcp| drop(tcp.set_nodelay(true))), app).await?)
}

/// Who takes the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Simulator,
    Sink,
}

/// A receiver at work. Dropping it kills its process.
pub(crate) struct Receiver {
    kind: Kind,
    process: Child,
    pub(crate) url: String,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Receiver {
    pub(crate) async fn start(
        http: &reqwest::Client,
        kind: Kind,
        people: u32,
        round: u32,
    ) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let mut command = Command::new(std::env::current_exe()?);
        match kind {
            Kind::Simulator => {
                command.args(["simulator", &port, &people.to_string(), &round.to_string()]);
            }
            Kind::Sink => {
                command.args(["sink", &port]);
            }
        }
        let process = command.spawn()?;
        let receiver = Self { kind, process, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..1_000 {
            if receiver.count(http).await.is_ok() {
                return Ok(receiver);
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err("the receiver does not start".into())
    }

    /// Where messages are made.
    pub(crate) fn messages(&self) -> String {
        format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", self.url)
    }

    /// How many messages it has taken.
    pub(crate) async fn count(&self, http: &reqwest::Client) -> Result<u64> {
        Ok(http.get(format!("{}/count", self.url)).send().await?.text().await?.parse()?)
    }

    /// How much memory it has in use, in MiB (Linux).
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kibibytes.unwrap_or_default() / 1024
    }

    /// Fails unless so many messages have been taken and, as far as the receiver can tell, each
    /// person's phone has one.
    pub(crate) async fn check(&self, http: &reqwest::Client, messages: u32) -> Result<()> {
        let count = self.count(http).await?;
        if count != u64::from(messages) {
            return Err(format!("{count} messages were taken, and not {messages}").into());
        }
        if self.kind == Kind::Sink {
            return Ok(());
        }
        let (mut people, mut arrived) = (HashSet::new(), 0);
        let mut next = Some(format!("{}?PageSize=1000", self.messages()));
        while let Some(url) = next {
            let page = http.get(url).basic_auth(ACCOUNT, Some(TOKEN)).send().await?;
            let page: Page = serde_json::from_slice(&page.error_for_status()?.bytes().await?)?;
            arrived += page.messages.iter().filter(|one| one.status == "delivered").count();
            people.extend(page.messages.into_iter().map(|one| one.to));
            next = page.next_page_uri.map(|path| format!("{}{path}", self.url));
        }
        let all = usize::try_from(messages)?;
        if (people.len(), arrived) != (all, all) {
            let people = people.len();
            return Err(format!("{people} people got a message, and {arrived} arrived").into());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Listed>,
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    to: String,
    status: String,
}
