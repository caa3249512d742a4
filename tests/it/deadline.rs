//! Handlers that take too long: no caller waits beyond the deadline, and each reply comes once.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use chinwag::{
    Bot, Reply, Text, Webhook,
    conversation::clock::Timestamp,
    message::{MessageSid, Parameters},
    outbound::{Gateway, Letter, Unsent},
    store::{Memory, Store},
    testkit::{Fault, Faulty, RuntimeClock, Step},
    webhook::FailedCall,
};
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

const SECOND: Duration = Duration::from_secs(1);

/// Takes what is sent, and remembers when.
#[derive(Debug, Clone)]
struct Office {
    began: Instant,
    sent: Arc<Mutex<Vec<(String, u64)>>>,
    typing: Arc<Mutex<Vec<u64>>>,
}

impl Office {
    fn new() -> Self {
        Self { began: Instant::now(), sent: Arc::default(), typing: Arc::default() }
    }

    fn seconds(&self) -> u64 {
        self.began.elapsed().as_secs()
    }

    fn bodies(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|(body, _)| body.clone()).collect()
    }
}

#[async_trait]
impl Gateway for Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let mut sent = self.sent.lock().unwrap();
        sent.push((letter.message.body.clone(), self.seconds()));
        Ok(MessageSid::new(sent.len() as u128))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }

    async fn typing(&self, _: MessageSid) -> Result<(), Unsent> {
        self.typing.lock().unwrap().push(self.seconds());
        Ok(())
    }
}

/// Takes as many seconds as the message says, and says it back; a word fails at once.
fn slow() -> Bot {
    Bot::new(()).otherwise(async |Text(text): Text| {
        let seconds: u64 = text.parse()?;
        sleep(SECOND * u32::try_from(seconds)?).await;
        chinwag::Result::<_>::Ok(format!("after {seconds}"))
    })
}

fn webhook(bot: Bot, store: &Arc<dyn Store>) -> Webhook {
    Webhook::new(bot.store(Arc::clone(store)).clock(RuntimeClock::new())).unsigned()
}

fn memory() -> Arc<dyn Store> {
    Arc::new(Memory::new())
}

fn form(sid: u128, body: &str) -> Parameters {
    [
        ("MessageSid", format!("SM{sid:032x}").as_str()),
        ("From", "whatsapp:+15005550006"),
        ("To", "whatsapp:+14155238886"),
        ("Body", body),
        ("NumMedia", "0"),
    ]
    .into_iter()
    .collect()
}

/// What was answered, without the marks around it, and after how many seconds.
async fn call(app: Router, path: &'static str, form: Parameters) -> (String, u64) {
    let began = Instant::now();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.encode()))
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let xml = String::from_utf8(body.to_vec()).unwrap();
    let (_, answer) = xml.split_once("<Response").unwrap();
    let answer = answer.trim_start_matches('>').trim_end_matches("</Response>");
    (answer.replace("<Message>", "").replace("</Message>", "|"), began.elapsed().as_secs())
}

const SILENCE: &str = "/>";

fn says(app: &Router, sid: u128, body: &str) -> impl Future<Output = (String, u64)> + use<> {
    call(app.clone(), "/whatsapp", form(sid, body))
}

#[tokio::test(start_paused = true)]
async fn a_reply_in_time_is_an_answer_and_a_late_one_is_sent() {
    let office = Office::new();
    let app = webhook(slow(), &memory()).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 1, "9").await, ("after 9|".into(), 9));
    assert_eq!(says(&app, 2, "30").await, (SILENCE.into(), 10));
    sleep(SECOND * 40).await;
    let sent = office.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "after 30");
    assert!((39..=41).contains(&sent[0].1), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_authors() {
    let office = Office::new();
    let webhook = webhook(slow(), &memory()).sends_through(office.clone());
    let app = webhook.deadline(SECOND * 3).router().unwrap();
    assert_eq!(says(&app, 1, "2").await, ("after 2|".into(), 2));
    assert_eq!(says(&app, 2, "4").await, (SILENCE.into(), 3));
}

#[tokio::test(start_paused = true)]
async fn without_a_way_to_send_the_caller_waits() {
    let app = webhook(slow(), &memory()).router().unwrap();
    assert_eq!(says(&app, 1, "30").await, ("after 30|".into(), 30));
}

#[tokio::test(start_paused = true)]
async fn copies_and_fallback_calls_of_a_late_message_hear_silence_at_once() {
    let office = Office::new();
    let webhook = webhook(slow(), &memory()).sends_through(office.clone());
    let webhook = webhook.on_fallback(async |_: FailedCall| Some(Reply::text("Sorry.")));
    let app = webhook.router().unwrap();
    assert_eq!(says(&app, 1, "30").await, (SILENCE.into(), 10));
    assert_eq!(says(&app, 1, "30").await, (SILENCE.into(), 0));
    let mut failed = form(1, "30");
    failed.push("ErrorCode", "11200");
    failed.push("ErrorUrl", "https://bot.example.com/whatsapp");
    assert_eq!(call(app.clone(), "/whatsapp/fallback", failed.clone()).await, (SILENCE.into(), 0));
    assert_eq!(call(app.clone(), "/whatsapp", failed).await, (SILENCE.into(), 0));
    sleep(SECOND * 30).await;
    assert_eq!(says(&app, 1, "30").await, (SILENCE.into(), 0));
    assert_eq!(office.bodies(), ["after 30"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_does_not_end_the_turn() {
    let office = Office::new();
    let app = webhook(slow(), &memory()).sends_through(office.clone()).router().unwrap();
    assert!(timeout(SECOND * 3, says(&app, 1, "5")).await.is_err());
    // The copy waits for the turn at work, whose reply goes to nobody else.
    assert_eq!(says(&app, 1, "5").await, (SILENCE.into(), 2));
    sleep(SECOND * 2).await;
    assert_eq!(office.bodies(), ["after 5"]);

    let alone = webhook(slow(), &memory()).router().unwrap();
    assert!(timeout(SECOND * 3, says(&alone, 1, "5")).await.is_err());
    assert_eq!(says(&alone, 1, "5").await, ("after 5|".into(), 2));
}

#[tokio::test(start_paused = true)]
async fn replies_of_a_conversation_keep_their_order() {
    let office = Office::new();
    let app = webhook(slow(), &memory()).sends_through(office.clone()).router().unwrap();
    let mut calls = Vec::new();
    for (sid, seconds) in [(1, "20"), (2, "15"), (3, "0"), (4, "30"), (5, "1")] {
        calls.push(tokio::spawn(says(&app, sid, seconds)));
        sleep(SECOND * 8).await;
    }
    for call in calls {
        let (answer, seconds) = call.await.unwrap();
        assert_eq!((answer.as_str(), seconds.min(11)), (SILENCE, 10));
    }
    sleep(SECOND * 60).await;
    assert_eq!(office.bodies(), ["after 20", "after 15", "after 0", "after 30", "after 1"]);
    assert_eq!(says(&app, 6, "1").await, ("after 1|".into(), 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_behind_a_slow_reply_is_confirmed_and_ends_all_else() {
    let (office, store) = (Office::new(), memory());
    let app = webhook(slow(), &store).sends_through(office.clone()).router().unwrap();
    let slow = tokio::spawn(says(&app, 1, "30"));
    sleep(SECOND).await;
    let stop = tokio::spawn(says(&app, 2, "stop"));
    sleep(SECOND).await;
    let after = tokio::spawn(says(&app, 3, "5"));
    for call in [slow, stop, after] {
        assert_eq!(call.await.unwrap(), (SILENCE.into(), 10));
    }
    sleep(SECOND * 60).await;
    let bodies = office.bodies();
    let confirmations = bodies.iter().filter(|body| body.starts_with("You")).count();
    assert_eq!(confirmations, 1, "{bodies:?}");
    assert!(!bodies.contains(&"after 5".into()), "{bodies:?}");
    // Once stopped, it is silent in time and late.
    assert_eq!(says(&app, 4, "stop").await, (SILENCE.into(), 0));
    sleep(SECOND * 60).await;
    assert_eq!(office.bodies(), bodies);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_right_after_a_late_reply_goes_behind_it() {
    let office = Office::new();
    let app = webhook(slow(), &memory()).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 1, "12").await.0, SILENCE);
    let ((), answer) = tokio::join!(sleep(SECOND * 2), says(&app, 2, "0"));
    assert_eq!(answer, (SILENCE.into(), 2));
    sleep(SECOND * 2).await;
    assert_eq!(office.bodies(), ["after 12", "after 0"]);
    sleep(SECOND).await;
    assert_eq!(says(&app, 3, "0").await, ("after 0|".into(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_ends_leaves_the_message_to_the_next() {
    let (office, store) = (Office::new(), memory());
    let app = || webhook(slow(), &store).sends_through(office.clone()).router().unwrap();
    let first = app();
    assert_eq!(says(&first, 1, "20").await, (SILENCE.into(), 10));
    sleep(SECOND * 2).await;
    drop(first);
    let second = app();
    sleep(SECOND * 60).await;
    assert_eq!(office.bodies(), ["after 20"]);
    assert_eq!(says(&second, 1, "20").await, (SILENCE.into(), 0));
    assert!(store.claim(RuntimeClock::new().now_in(3_600), 9).await.unwrap().is_empty());
}

trait In {
    fn now_in(&self, seconds: u32) -> Timestamp;
}

impl In for RuntimeClock {
    fn now_in(&self, seconds: u32) -> Timestamp {
        chinwag::conversation::clock::Clock::now(self).after(SECOND * seconds)
    }
}

#[tokio::test(start_paused = true)]
async fn two_workers_handle_a_late_message_once() {
    let (office, store) = (Office::new(), memory());
    let handled = Arc::new(AtomicU32::new(0));
    let app = || {
        let handled = Arc::clone(&handled);
        let bot = Bot::new(()).otherwise(move || {
            let handled = Arc::clone(&handled);
            async move {
                handled.fetch_add(1, Ordering::SeqCst);
                sleep(SECOND * 50).await;
                "done"
            }
        });
        webhook(bot, &store).sends_through(office.clone()).router().unwrap()
    };
    let (first, second) = (app(), app());
    assert_eq!(says(&first, 1, "").await, (SILENCE.into(), 10));
    assert_eq!(says(&second, 1, "").await, (SILENCE.into(), 10));
    sleep(SECOND * 60).await;
    assert_eq!((office.bodies(), handled.load(Ordering::SeqCst)), (vec!["done".into()], 1));
}

#[tokio::test(start_paused = true)]
async fn a_late_failure_is_tried_once_more() {
    let (office, store) = (Office::new(), memory());
    let tries = Arc::new(AtomicU32::new(0));
    let bot = |fails: u32| {
        let tries = Arc::clone(&tries);
        Bot::new(()).otherwise(move || {
            let tries = Arc::clone(&tries);
            async move {
                sleep(SECOND * 12).await;
                let tried = tries.fetch_add(1, Ordering::SeqCst);
                if tried < fails { Err("not now") } else { Ok("at last") }
            }
        })
    };
    let app = webhook(bot(1), &store).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 1, "").await, (SILENCE.into(), 10));
    sleep(SECOND * 60).await;
    assert_eq!((office.bodies(), tries.swap(0, Ordering::SeqCst)), (vec!["at last".into()], 2));
    drop(app);

    let app = webhook(bot(9), &store).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 2, "").await, (SILENCE.into(), 10));
    sleep(SECOND * 300).await;
    assert_eq!((office.bodies().len(), tries.load(Ordering::SeqCst)), (1, 2));
    assert!(store.claim(RuntimeClock::new().now_in(3_600), 9).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_commit_at_the_deadline_is_waited_for() {
    let office = Office::new();
    let store: Arc<dyn Store> = Arc::new(Faulty::new(memory(), |call| {
        (call.step == Step::Commit).then_some(Fault::Late(SECOND * 3))
    }));
    let app = webhook(slow(), &store).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 1, "8").await, ("after 8|".into(), 11));
    sleep(SECOND * 30).await;
    assert!(office.bodies().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_at_the_deadline_is_asked_again() {
    let office = Office::new();
    let posts = AtomicU32::new(0);
    let store: Arc<dyn Store> = Arc::new(Faulty::new(memory(), move |call| {
        let is_first = call.step == Step::Post && posts.fetch_add(1, Ordering::SeqCst) < 5;
        is_first.then_some(Fault::Refused)
    }));
    let app = webhook(slow(), &store).sends_through(office.clone()).router().unwrap();
    assert_eq!(says(&app, 1, "20").await, (SILENCE.into(), 11));
    sleep(SECOND * 30).await;
    assert_eq!(office.bodies(), ["after 20"]);
}

#[tokio::test(start_paused = true)]
async fn what_one_answer_has_no_room_for_is_sent_behind_it() {
    let office = Office::new();
    let bot = || {
        Bot::new(()).otherwise(async |Text(text): Text| {
            sleep(SECOND * text.parse().unwrap_or(0)).await;
            (1..=12).fold(Reply::silent(), |all, number| all.and(number.to_string()))
        })
    };
    let app = webhook(bot(), &memory()).sends_through(office.clone()).router().unwrap();
    let ten = "1|2|3|4|5|6|7|8|9|10|".to_owned();
    assert_eq!(says(&app, 1, "0").await, (ten.clone(), 0));
    assert_eq!(says(&app, 1, "0").await, (ten, 0));
    assert!(office.bodies().is_empty());
    sleep(SECOND * 10).await;
    assert_eq!(office.bodies(), ["11", "12"]);
    assert_eq!(says(&app, 2, "11").await, (SILENCE.into(), 10));
    sleep(SECOND * 10).await;
    let all: Vec<_> = (1..=12).map(|number| number.to_string()).collect();
    assert_eq!(office.bodies()[2..], all);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_is_seen_being_written() {
    let office = Office::new();
    let webhook = |typing: bool| {
        let webhook = webhook(slow(), &memory()).sends_through(office.clone());
        if typing { webhook.shows_typing() } else { webhook }
    };
    let app = webhook(true).router().unwrap();
    says(&app, 1, "1").await;
    assert!(office.typing.lock().unwrap().is_empty());
    says(&app, 2, "30").await;
    sleep(SECOND * 60).await;
    assert_eq!(*office.typing.lock().unwrap(), [2, 22]);
    says(&webhook(false).router().unwrap(), 3, "9").await;
    assert_eq!(office.typing.lock().unwrap().len(), 2);
}
