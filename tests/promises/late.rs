//! Promise 6: never late, and each late reply once and in order.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use chinwag::{
    Bot, Remembered, Stored, Text, Webhook,
    conversation::clock::{Clock, Timestamp},
    message::{MessageSid, Parameters},
    outbound::{Fault as Sent, Gateway, Letter, Rate, Unsent},
    store::Store,
    testkit::{Call, Fault, Faulty, RuntimeClock, Step},
};
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

use super::{
    runtime, seeds,
    stores::{Kind, stores},
};

/// Twilio's 15 seconds
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>).
const TWILIO_WAITS: Duration = Duration::from_secs(15);
const LONGEST_HANDLER: u64 = 60_000;
const PEOPLE: u64 = 3;
const EACH: u64 = 5;
const ALL: usize = 15;
/// Tens of seconds until the last reply is sent at the latest.
const LONGEST_QUEUE: u32 = 180;
const MOST_FAULTS: u64 = 16;
const MOST_TRIES: u32 = 300;

/// How many messages were handled in a conversation.
#[derive(Default, Serialize, Deserialize)]
struct Count(u64);

impl Stored for Count {
    const NAME: &'static str = "count";
}

/// Takes as long as the message says, and answers with its count and the message.
fn slow() -> Bot {
    Bot::new(()).otherwise(async |Text(text): Text, Remembered(Count(count)): Remembered<Count>| {
        let (_, millis) = text.split_once(' ').ok_or("a number and milliseconds")?;
        sleep(Duration::from_millis(millis.parse()?)).await;
        chinwag::Result::<_>::Ok((format!("{} of {text}", count + 1), Remembered(Count(count + 1))))
    })
}

/// Numbers from a seed.
#[derive(Debug)]
struct Dice(AtomicU64);

impl Dice {
    fn below(&self, end: u64) -> u64 {
        let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn one_in(&self, many: u64) -> bool {
        self.below(many) == 0
    }

    async fn pause(&self, most: u64) {
        sleep(Duration::from_millis(self.below(most))).await;
    }
}

/// Takes what is sent: contact, words and when.
#[derive(Debug, Clone)]
struct Office {
    dice: Arc<Dice>,
    clock: RuntimeClock,
    sent: Arc<Mutex<Vec<(String, String, Timestamp)>>>,
}

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        self.dice.pause(2_000).await;
        if self.dice.one_in(10) {
            return Err(Unsent::new(Sent::NotSent, "nobody is there"));
        }
        let mut sent = self.sent.lock().unwrap();
        let (contact, body) = (letter.key.contact().to_owned(), letter.message.body.clone());
        sent.push((contact, body, self.clock.now()));
        Ok(MessageSid::new(sent.len() as u128))
    }

    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        let sent = self.sent.lock().unwrap();
        let ours = (1..).zip(&*sent).filter(|(_, (contact, body, at))| {
            contact == letter.key.contact() && *body == letter.message.body && *at >= since
        });
        Ok(ours.map(|(number, _)| MessageSid::new(number)).collect())
    }
}

/// Workers that crash, a store that is away at times, and a carrier that repeats what it has no
/// answer to.
struct World {
    workers: Vec<Mutex<Option<(Router, Faulty)>>>,
    faulty: Faulty,
    clock: RuntimeClock,
    dice: Arc<Dice>,
    office: Office,
    is_calm: Arc<AtomicBool>,
    /// By message: what its callers have heard.
    heard: Mutex<HashMap<String, Vec<String>>>,
    over: AtomicU64,
}

impl World {
    fn new(seed: u64, store: Arc<dyn Store>) -> Arc<Self> {
        let dice = Arc::new(Dice(AtomicU64::new(seed)));
        let is_calm = Arc::new(AtomicBool::new(false));
        let (faults, calm) = (Arc::new(Dice(AtomicU64::new(!seed))), Arc::clone(&is_calm));
        let left = AtomicU64::new(faults.below(MOST_FAULTS));
        let choose = move |call: Call| {
            let often = if matches!(call.step, Step::Commit | Step::Post) { 4 } else { 25 };
            if calm.load(Ordering::SeqCst) || !faults.one_in(often) {
                return None;
            }
            let take = |left: u64| left.checked_sub(1);
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).ok()?;
            Some(match faults.below(5) {
                0 => Fault::CrashBefore,
                1 => Fault::CrashAfter,
                2 => Fault::Refused,
                3 => Fault::Lost,
                _ => Fault::Late(Duration::from_millis(faults.below(900))),
            })
        };
        let clock = RuntimeClock::new();
        let office = Office { dice: Arc::clone(&dice), clock, sent: Arc::default() };
        let workers = (0..=dice.below(3)).map(|_| Mutex::default()).collect::<Vec<_>>();
        let (heard, over) = (Mutex::default(), AtomicU64::new(0));
        let faulty = Faulty::new(store, choose);
        let world = Arc::new(Self { workers, faulty, clock, dice, office, is_calm, heard, over });
        (0..world.workers.len()).for_each(|number| world.hire(number));
        world
    }

    /// A worker begins; after a crash it comes back.
    fn hire(self: &Arc<Self>, number: usize) {
        let store = self.faulty.for_worker(number);
        let bot = slow().store(store.clone()).clock(self.clock);
        let webhook = Webhook::new(bot).unsigned().sends_through(self.office.clone());
        let webhook = webhook.rate(Rate::UNLIMITED);
        let router = webhook.router().unwrap();
        *self.workers[number].lock().unwrap() = Some((router, store.clone()));
        let world = Arc::downgrade(self);
        tokio::spawn(async move {
            store.crashed().await;
            let Some(world) = world.upgrade() else { return };
            drop(world.workers[number].lock().unwrap().take());
            world.dice.pause(8_000).await;
            world.hire(number);
        });
    }

    /// One copy of a message, until it is answered.
    async fn carry(self: Arc<Self>, form: Parameters) {
        let words = form.get("Body").unwrap().to_owned();
        for _ in 0..MOST_TRIES {
            if let Some(answer) = self.call(&form).await
                && !self.dice.one_in(8)
            {
                let mut heard = self.heard.lock().unwrap();
                let said = answer.split("<Message>").skip(1);
                let said = said.filter_map(|part| part.split("</Message>").next());
                heard.entry(words).or_default().extend(said.map(str::to_owned));
                return;
            }
            self.dice.pause(2_500).await;
        }
        panic!("{words} was never answered");
    }

    async fn call(&self, form: &Parameters) -> Option<String> {
        let worker = usize::try_from(self.dice.below(self.workers.len() as u64)).unwrap();
        let (router, life) = self.workers[worker].lock().unwrap().clone()?;
        let path = if self.dice.one_in(3) { "/whatsapp/fallback" } else { "/whatsapp" };
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.encode()))
            .unwrap();
        // Some connections break early.
        let hangs_up = self.dice.one_in(8);
        let patience =
            if hangs_up { Duration::from_millis(self.dice.below(14_000)) } else { TWILIO_WAITS };
        tokio::select! {
            biased;
            () = life.crashed() => None,
            response = timeout(patience, router.oneshot(request)) => {
                let Ok(response) = response else {
                    self.over.fetch_add(u64::from(!hangs_up), Ordering::SeqCst);
                    return None;
                };
                let response = response.unwrap();
                let is_answer = response.status() == StatusCode::OK;
                let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
                is_answer.then(|| String::from_utf8(body.to_vec()).unwrap())
            }
        }
    }

    /// A person's messages, with copies at times.
    async fn talk(self: Arc<Self>, seed: u64, person: u64) {
        let mut under_way = Vec::new();
        for number in 0..EACH {
            let slowest = if self.dice.one_in(2) { 2_000 } else { LONGEST_HANDLER };
            let millis = self.dice.below(slowest);
            let sid = u128::from(seed) << 32 | u128::from(person << 16 | number);
            let form: Parameters = [
                ("MessageSid", format!("SM{sid:032x}").as_str()),
                ("From", &format!("whatsapp:+1{:010}", contact(seed, person))),
                ("To", "whatsapp:+14155238886"),
                ("Body", &format!("{person}.{number} {millis}")),
                ("NumMedia", "0"),
                ("ErrorCode", "11200"),
            ]
            .into_iter()
            .collect();
            for _ in 0..=self.dice.below(3) {
                under_way.push(tokio::spawn(Arc::clone(&self).carry(form.clone())));
                if self.dice.one_in(2) {
                    self.dice.pause(20_000).await;
                }
            }
            self.dice.pause(40_000).await;
        }
        for copy in under_way {
            copy.await.unwrap();
        }
    }
}

fn contact(seed: u64, person: u64) -> u64 {
    (seed * PEOPLE + person + 2_000_000_000) % 9_000_000_000
}

/// How many replies were answers, and how many were late.
async fn check(seed: u64, store: Arc<dyn Store>) -> (u64, u64) {
    let world = World::new(seed, store);
    let people = (0..PEOPLE).map(|person| tokio::spawn(Arc::clone(&world).talk(seed, person)));
    for person in people.collect::<Vec<_>>() {
        person.await.unwrap();
    }
    world.is_calm.store(true, Ordering::SeqCst);
    for _ in 0..LONGEST_QUEUE {
        sleep(Duration::from_secs(10)).await;
        let sent = world.office.sent.lock().unwrap().len();
        let heard = world.heard.lock().unwrap();
        if sent + heard.values().filter(|it| !it.is_empty()).count() >= ALL {
            break;
        }
    }
    // What would be sent twice would be sent now.
    sleep(Duration::from_secs(20)).await;

    assert_eq!(world.over.load(Ordering::SeqCst), 0, "seed {seed}: a webhook call was too late");
    let sent = world.office.sent.lock().unwrap().clone();
    let heard = std::mem::take(&mut *world.heard.lock().unwrap());
    let (mut answers, mut late) = (0, 0);
    for (words, heard) in &heard {
        let is_reply = |reply: &str| reply.split_once(" of ").is_some_and(|(_, of)| of == words);
        let sent = sent.iter().filter(|(_, body, _)| is_reply(body)).count() as u64;
        let mut distinct = heard.clone();
        distinct.dedup();
        assert!(distinct.len() <= 1 && distinct.iter().all(|reply| is_reply(reply)));
        let answered = distinct.len() as u64;
        assert_eq!(answered + sent, 1, "seed {seed}: {words}: {answered} answers, {sent} sent");
        answers += answered;
        late += sent;
    }
    for person in 0..PEOPLE {
        let contact = format!("whatsapp:+1{:010}", contact(seed, person));
        let sent = sent.iter().filter(|(to, ..)| *to == contact);
        let counts: Vec<u64> =
            sent.map(|(_, body, _)| body.split_once(' ').unwrap().0.parse().unwrap()).collect();
        assert!(counts.is_sorted_by(|a, b| a < b), "seed {seed}: out of order: {counts:?}");
        assert!(counts.iter().all(|count| *count <= EACH), "seed {seed}: handled twice");
    }
    assert_eq!((answers + late, ALL as u64), (PEOPLE * EACH, PEOPLE * EACH), "seed {seed}");
    (answers, late)
}

fn run(kind: Kind, store: &Arc<dyn Store>, seeds: Range<u64>) -> (u64, u64) {
    let (mut answers, mut late) = (0, 0);
    for seed in seeds {
        let done = runtime().block_on(check(seed, Arc::clone(store)));
        answers += done.0;
        late += done.1;
    }
    assert!(answers > 0 && late > 0, "{}: nothing was tried", kind.name);
    (answers, late)
}

#[test]
fn no_webhook_is_late_and_each_late_reply_is_sent_once() {
    for (kind, store) in stores() {
        let seeds = seeds(100 / kind.part);
        let (answers, late) = run(kind, &store, seeds.clone());
        println!(
            "{}: schedules {seeds:?}, {answers} answers in time, {late} replies sent late, once each; \
             0 webhooks over {TWILIO_WAITS:?}",
            kind.name
        );
    }
}
