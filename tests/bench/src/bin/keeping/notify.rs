//! Notifications a second from the outbox, beside a plain loop of the same requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chinwag::{
    Bot, Result,
    conversation::{
        Key,
        clock::{Clock, SystemClock, Timestamp},
    },
    message::{Address, Inbound, MessageSid, Outbound, Parameters},
    outbound::{Courier, Gateway, Letter, Rate, Unsent},
    rest::{Account, Client},
    store::{self, Parcel, ParcelId, Store, TurnId},
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::time::sleep;

use crate::receiver::{ACCOUNT, Kind, Receiver, SENDER, TOKEN, contact};

/// One of the sandbox's templates, which may be sent outside of a session.
const WORDS: &str = "Your Yummy Cupcakes Company order of 1 dozen frosted cupcakes has shipped and \
                     should be delivered on July 10, 2019. Details : http://www.yummycupcakes.com/";
/// Requests at once.
const AT_ONCE: usize = 64;
const ROUNDS: u32 = 3;

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

/// Prints what each way costs, round by round, and the median of their ratios: to the simulator, and
/// to a sink that only counts, beside which our own cost shows best.
pub(crate) async fn measure(messages: u32, urls: &[String]) -> Result<()> {
    // All HTTP here is plain, and reqwest asks for a provider of TLS all the same.
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder().no_proxy().build()?;
    println!("{messages} notifications, {AT_ONCE} at once, {ROUNDS} rounds");
    println!(
        "from the outbox, of what a plain loop does; work is user and system time of the sender"
    );
    for url in urls {
        for (place, kind) in (0..).zip([Kind::Simulator, Kind::Sink]) {
            compare(&http, url, kind, messages, place * ROUNDS).await?;
        }
    }
    Ok(())
}

async fn compare(
    http: &reqwest::Client,
    url: &str,
    kind: Kind,
    messages: u32,
    first: u32,
) -> Result<()> {
    let name = format!("{} to the {kind:?}", url.split(':').next().unwrap_or_default());
    let name = name.to_lowercase();
    let (mut rates, mut works) = (Vec::new(), Vec::new());
    for round in first..first + ROUNDS {
        let receiver = Receiver::start(http, kind, messages, round).await?;
        let plain = plain_loop(http, &receiver, messages, round).await?;
        drop(receiver);
        let receiver = Receiver::start(http, kind, messages, round).await?;
        let ours = from_the_outbox(url, http, &receiver, messages, round).await?;
        let (rate, work) = (ours.rate / plain.rate, plain.micros / ours.micros);
        println!(
            "{name}: {:>6.0} of {:>6.0} a second: {rate:.2}; {:>4.1} and {:>4.1} µs of work: {work:.2}; \
             it has {} MiB",
            ours.rate,
            plain.rate,
            ours.micros,
            plain.micros,
            receiver.memory(),
        );
        rates.push(rate);
        works.push(work);
    }
    rates.sort_by(f64::total_cmp);
    works.sort_by(f64::total_cmp);
    let median = rates.len() / 2;
    println!("{name}: median {:.2} by the clock, {:.2} by work", rates[median], works[median]);
    Ok(())
}

#[derive(Deserialize)]
struct Taken {
    sid: String,
}

/// What somebody would write by hand: no memory, no order, no second try.
async fn plain_loop(
    http: &reqwest::Client,
    receiver: &Receiver,
    messages: u32,
    round: u32,
) -> Result<Cost> {
    let url = receiver.messages();
    let (began, before) = (Instant::now(), worked());
    let sent = stream::iter(0..messages)
        .map(|number| {
            let request = http.post(&url).basic_auth(ACCOUNT, Some(TOKEN));
            async move {
                let form: Parameters =
                    [("To", &*contact(number, round)), ("From", SENDER), ("Body", WORDS)]
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
    receiver.check(http, messages).await?;
    Ok(cost)
}

/// The same by the courier, which keeps all of it on the disk.
async fn from_the_outbox(
    url: &str,
    http: &reqwest::Client,
    receiver: &Receiver,
    messages: u32,
    round: u32,
) -> Result<Cost> {
    let store = store::open(url).await?;
    post_all(&store, messages, round).await?;
    let client = Client::new(Account::new(ACCOUNT, TOKEN).at(&*receiver.url))?;
    let (began, before) = (Instant::now(), worked());
    let rounds =
        Courier::new(Arc::clone(&store), Arc::new(SystemClock), client).rate(Rate::UNLIMITED).run();
    while receiver.count(http).await? < u64::from(messages) {
        sleep(Duration::from_millis(10)).await;
    }
    let cost = Cost::of(messages, began, before);
    sleep(Duration::from_millis(500)).await;
    drop(rounds);
    let left = store.claim(SystemClock.now().after(Duration::from_mins(1)), 10).await?;
    if !left.is_empty() {
        return Err(format!("{} notifications or more are left", left.len()).into());
    }
    receiver.check(http, messages).await?;
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
    post_all(&store, messages, 0).await?;
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
    let mut posted = stream::iter(0..messages)
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
                store.post(&[Parcel { id, key, due: now, body }]).await?;
                Ok::<_, chinwag::Error>(())
            }
        })
        .buffer_unordered(AT_ONCE);
    while let Some(posted) = posted.next().await {
        posted?;
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
