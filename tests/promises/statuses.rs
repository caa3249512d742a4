//! Promise 10: statuses only move forward, whatever their order, through the door and in each store.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::Request};
use chinwag::{
    Bot, Webhook,
    conversation::{
        Key,
        clock::{Clock, SystemClock},
    },
    message::{ErrorCode, MessageSid, Parameters, Status, StatusUpdate},
    store::{Delivery, Parcel, ParcelId, Sent, Settled, Store, TurnId},
};
use tower::ServiceExt;

use super::{seeds, stores::stores};

/// What Twilio says of one message, in its order; a failure has a code.
const WAYS: &[&[(&str, Option<u32>)]] = &[
    &[("queued", None), ("sending", None), ("sent", None), ("delivered", None), ("read", None)],
    &[("accepted", None), ("queued", None), ("sent", None), ("read", None), ("delivered", None)],
    &[("queued", None), ("sent", None), ("undelivered", Some(63024))],
    &[("queued", None), ("sent", None), ("failed", Some(63016))],
    &[("queued", None), ("a new word", None), ("another", None), ("sent", None)],
    &[("a new word", None), ("another", None)],
];

/// Numbers that a seed repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

type Heard = Arc<Mutex<HashMap<MessageSid, Vec<Option<Delivery>>>>>;

fn door(store: &Arc<dyn Store>, heard: &Heard) -> Router {
    let bot = Bot::new(()).otherwise(async || "Hello!").store(Arc::clone(store));
    let heard = Arc::clone(heard);
    let hears = move |update: StatusUpdate, delivery| {
        heard.lock().unwrap().entry(update.sid).or_default().push(delivery);
        async {}
    };
    Webhook::new(bot).unsigned().on_status(hears).router().unwrap()
}

async fn knocks(door: &Router, sid: MessageSid, (word, error): (&str, Option<u32>)) {
    let (sid, error) = (sid.to_string(), error.map(|code| code.to_string()));
    let mut form: Parameters = [
        ("MessageSid", &*sid),
        ("MessageStatus", word),
        ("From", "whatsapp:+14155238886"),
        ("To", "whatsapp:+15005550006"),
        ("AccountSid", "AC00000000000000000000000000000001"),
    ]
    .into_iter()
    .collect();
    if let Some(error) = &error {
        form.push("ErrorCode", error);
    }
    let request = Request::post("/whatsapp/status")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.encode()))
        .unwrap();
    let answer = door.clone().oneshot(request).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// A message is sent, and all that is said of it comes in some order, some of it again and again,
/// before and after the settling.
async fn goes_a_way(doors: &[Router], store: &Arc<dyn Store>, heard: &Heard, seed: u64) {
    let mut dice = Dice(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let way = WAYS[dice.below(WAYS.len())];
    let (sid, now) = (MessageSid::new(u128::from(seed) + 1), SystemClock.now());
    let [sender, contact] = ["whatsapp:+14155238886", &format!("whatsapp:+1{:010}", seed + 1)]
        .map(|text| text.parse().unwrap());
    let key = Key::new(&sender, &contact);
    let id = ParcelId::of(TurnId::message(None, sid), 0);
    let parcel = Parcel { id, key, due: now, body: Box::default() };
    store.post(std::slice::from_ref(&parcel)).await.unwrap();
    let mut claims = store.claim(now, 64).await.unwrap();
    let claim = claims.pop().unwrap();
    assert_eq!(claim.parcel, parcel);

    let mut events: Vec<_> = way.iter().map(Some).collect();
    events.extend((0..dice.below(6)).map(|_| Some(&way[dice.below(way.len())])));
    events.extend([None; 2]);
    for end in (1..events.len()).rev() {
        events.swap(end, dice.below(end + 1));
    }
    for event in &events {
        if let Some(said) = event {
            knocks(&doors[dice.below(doors.len())], sid, **said).await;
        } else {
            let sent = Sent { sid, at: now, instead: None };
            store.settle(&claim, Settled::Sent(sent)).await.unwrap();
        }
    }
    let said = way.iter().map(|(word, error)| (Status::from(*word), error.map(ErrorCode)));
    let greatest = said.chain([(Status::Queued, None)]).max().unwrap();
    let delivery = store.delivery(sid).await.unwrap().unwrap();
    assert_eq!((delivery.status, delivery.error), greatest, "seed {seed}: {events:?}");
    assert_eq!(delivery.parcel, id);
    let mut heard = heard.lock().unwrap().remove(&sid).unwrap();
    assert_eq!(heard.len(), events.iter().flatten().count(), "each is heard, seed {seed}");
    heard.retain(Option::is_some);
    let statuses: Vec<_> = heard.into_iter().flatten().map(|it| (it.status, it.error)).collect();
    assert!(statuses.is_sorted(), "a handler hears {statuses:?}, seed {seed}");
}

fn only_forward(store: &Arc<dyn Store>, seeds: Range<u64>) {
    let heard = Heard::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let doors: Vec<_> = (0..3).map(|_| door(store, &heard)).collect();
        for seed in seeds {
            goes_a_way(&doors, store, &heard, seed).await;
        }
    });
}

#[test]
fn every_order_and_repetition_of_statuses_ends_the_same() {
    for (kind, store) in stores() {
        let seeds = seeds(1_000 / kind.part);
        only_forward(&store, seeds.clone());
        println!("{}: {seeds:?}, orders of statuses, each ends at the greatest", kind.name);
    }
}
