//! Notifications a second from the outbox, beside a plain loop of the same requests.

use std::{
    net::TcpListener,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    routing::{get, post},
    serve::ListenerExt,
};
use chinwag::{
    Bot, Result,
    conversation::{
        Key,
        clock::{Clock, SystemClock, Timestamp},
    },
    message::{AccountSid, Address, Inbound, MessageSid, Outbound, Parameters},
    outbound::{Courier, Gateway, Letter, Rate, Unsent},
    rest::{Account, Client},
    store::{self, Parcel, ParcelId, Store, TurnId},
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::time::sleep;

const TOKEN: &str = "12345678901234567890123456789012";
const SENDER: &str = "whatsapp:+14155238886";
const WORDS: &str = "Your Yummy Cupcakes Company order of 1 dozen frosted cupcakes has shipped and \
                     should be delivered on July 10, 2019. Details : http://www.yummycupcakes.com/";
/// Requests at once.
const AT_ONCE: usize = 64;
const ROUNDS: usize = 3;

/// Takes messages as Twilio does, until the process is killed; at `/count` it tells how many.
pub(crate) async fn sink(port: &str) -> Result<()> {
    let count = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&count);
    let take = move |body: Bytes| async move {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
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
    let path = format!("/2010-04-01/Accounts/{}/Messages.json", account());
    let app = Router::new()
        .route(&path, post(take))
        .route("/count", get(move || async move { told.load(Ordering::Relaxed).to_string() }));
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(axum::serve(listener.tap_io(|tcp| drop(tcp.set_nodelay(true))), app).await?)
}

fn account() -> AccountSid {
    AccountSid::new(1)
}

struct Sink {
    process: Child,
    url: String,
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Sink {
    async fn start(http: &reqwest::Client) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(std::env::current_exe()?);
        let process = command.args(["sink", &port.to_string()]).spawn()?;
        let sink = Self { process, url: format!("http://127.0.0.1:{port}") };
        for _ in 0..500 {
            if sink.count(http).await.is_ok() {
                return Ok(sink);
            }
            sleep(Duration::from_millis(10)).await;
        }
        Err("the sink does not start".into())
    }

    async fn count(&self, http: &reqwest::Client) -> Result<u64> {
        Ok(http.get(format!("{}/count", self.url)).send().await?.text().await?.parse()?)
    }
}

/// What one way costs.
struct Cost {
    rate: f64,
    micros: f64,
}

impl Cost {
    fn of(messages: u32, began: Instant, worked_before: f64) -> Self {
        let messages = f64::from(messages);
        let micros = (worked() - worked_before) * 1e6 / messages;
        Self { rate: messages / began.elapsed().as_secs_f64(), micros }
    }
}

/// Prints what each way costs, round by round, and the median of their ratios.
pub(crate) async fn measure(messages: u32, urls: &[String]) -> Result<()> {
    // All HTTP here is plain, and reqwest asks for a provider of TLS all the same.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().no_proxy().build()?;
    println!("{messages} notifications, {AT_ONCE} at once, {ROUNDS} rounds");
    for url in urls {
        let kind = url.split(':').next().unwrap_or_default();
        let (mut rates, mut works) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let sink = Sink::start(&http).await?;
            let plain = plain_loop(&http, &sink, messages).await?;
            drop(sink);
            let sink = Sink::start(&http).await?;
            let round = u32::try_from(round)?;
            let ours = from_the_outbox(url, &http, &sink, messages, round).await?;
            let (rate, work) = (ours.rate / plain.rate, plain.micros / ours.micros);
            println!(
                "{kind:<10} {:>8.0} of {:>8.0} a second: {rate:.2}; {:>6.1} and {:>6.1} µs of work: {work:.2}",
                ours.rate, plain.rate, ours.micros, plain.micros,
            );
            rates.push(rate);
            works.push(work);
        }
        rates.sort_by(f64::total_cmp);
        works.sort_by(f64::total_cmp);
        println!("{kind:<10} median {:.2} by the clock, {:.2} by work", rates[1], works[1]);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Taken {
    sid: String,
}

/// What somebody would write by hand: no memory, no order, no second try.
async fn plain_loop(http: &reqwest::Client, sink: &Sink, messages: u32) -> Result<Cost> {
    let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", sink.url, account());
    let (began, before) = (Instant::now(), worked());
    let sent = stream::iter(0..messages)
        .map(|number| {
            let request = http.post(&url).basic_auth(account(), Some(TOKEN));
            async move {
                let form: Parameters =
                    [("To", &*contact(number, 0)), ("From", SENDER), ("Body", WORDS)]
                        .into_iter()
                        .collect();
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                let answer = request.body(form.encode()).send().await?.error_for_status()?;
                let taken: Taken = serde_json::from_slice(&answer.bytes().await?)?;
                Ok::<_, chinwag::Error>(taken.sid.parse::<MessageSid>()?)
            }
        })
        .buffer_unordered(AT_ONCE);
    let sids: Vec<_> = sent.collect().await;
    let cost = Cost::of(messages, began, before);
    sids.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(cost)
}

fn contact(number: u32, round: u32) -> String {
    format!("whatsapp:+15{round}{number:08}")
}

/// The same by the courier, which keeps all of it on the disk.
async fn from_the_outbox(
    url: &str,
    http: &reqwest::Client,
    sink: &Sink,
    messages: u32,
    round: u32,
) -> Result<Cost> {
    let store = store::open(url).await?;
    post_all(&store, messages, round).await?;
    let client = Client::new(Account::new(account(), TOKEN).at(&*sink.url))?;
    let (began, before) = (Instant::now(), worked());
    let rounds =
        Courier::new(Arc::clone(&store), Arc::new(SystemClock), client).rate(Rate::UNLIMITED).run();
    while sink.count(http).await? < u64::from(messages) {
        sleep(Duration::from_millis(5)).await;
    }
    let cost = Cost::of(messages, began, before);
    sleep(Duration::from_millis(500)).await;
    drop(rounds);
    let count = sink.count(http).await?;
    let left = store.claim(SystemClock.now().after(Duration::from_mins(1)), 10).await?;
    if count > u64::from(messages) || !left.is_empty() {
        return Err(format!("{count} were sent, and {} are left", left.len()).into());
    }
    Ok(cost)
}

/// A way out that takes whatever it is given, and does nothing else.
#[derive(Debug, Default)]
struct Nowhere(Arc<AtomicU64>);

#[async_trait]
impl Gateway for Nowhere {
    async fn send(&self, _letter: &Letter<'_>) -> std::result::Result<MessageSid, Unsent> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(MessageSid::new(
            u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
        ))
    }

    async fn find(
        &self,
        _letter: &Letter<'_>,
        _since: Timestamp,
    ) -> std::result::Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

/// What the outbox and the courier cost without any network.
pub(crate) async fn alone(messages: u32, url: &str) -> Result<()> {
    let store = store::open(url).await?;
    post_all(&store, messages, 9).await?;
    let taken = Arc::new(AtomicU64::new(0));
    let (began, before) = (Instant::now(), worked());
    let nowhere = Nowhere(Arc::clone(&taken));
    let rounds = Courier::new(Arc::clone(&store), Arc::new(SystemClock), nowhere)
        .rate(Rate::UNLIMITED)
        .run();
    while taken.load(Ordering::Relaxed) < u64::from(messages) {
        sleep(Duration::from_millis(5)).await;
    }
    let cost = Cost::of(messages, began, before);
    drop(rounds);
    println!("without a network: {:.0} a second, {:.1} µs of work", cost.rate, cost.micros);
    Ok(())
}

/// Everybody has written, and is told something.
async fn post_all(store: &Arc<dyn Store>, messages: u32, round: u32) -> Result<()> {
    let bot = Bot::new(()).store(Arc::clone(store)).otherwise(async || "Hello!").prepared();
    let sender: Address = SENDER.parse()?;
    let now = SystemClock.now();
    let parcels = stream::iter(0..messages)
        .map(|number| {
            let (bot, sender) = (&bot, sender.clone());
            async move {
                let contact: Address = contact(number, round).parse()?;
                let sid = MessageSid::new((u128::from(round) << 64) | (u128::from(number) + 1));
                let message = Inbound::new(sid, contact.clone(), sender.clone(), "hi".into());
                drop(bot.receive(message).await?);
                let key = Key::new(&sender, &contact);
                let id = ParcelId::of(TurnId::timer(&key, now), round);
                let body = serde_json::to_vec(&Outbound::text(WORDS))?.into();
                Ok::<_, chinwag::Error>(Parcel { id, key, due: now, body })
            }
        })
        .buffer_unordered(AT_ONCE);
    let mut slices = parcels.chunks(1_000);
    while let Some(slice) = slices.next().await {
        store.post(&slice.into_iter().collect::<Result<Vec<_>>>()?).await?;
    }
    Ok(())
}

/// Seconds that all threads of this process have worked: fairer than the clock on a busy machine.
fn worked() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        behind_name.split(' ').skip(12).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
