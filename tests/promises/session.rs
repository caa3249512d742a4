//! Promise 7: never outside of the session, second by second around its end.

use std::{sync::Arc, time::Duration};

use chinwag::{
    Bot,
    conversation::{
        Key, OptIn, SESSION, SESSION_MARGIN,
        clock::{Clock, ManualClock, Timestamp},
    },
    message::{Outbound, Templates},
    store::{Parcel, ParcelId, Store, TurnId},
};
use tokio::runtime::Builder;

use super::{bots::message, stores::stores, wire::Wire};

/// Opts everybody in.
fn bot() -> Bot {
    Bot::new(()).otherwise(async || ("Hello!", OptIn::with("hi")))
}

/// What is said: free-form text, a template, both.
fn messages() -> [Outbound; 3] {
    let code = Templates::sandbox().get("code").unwrap().fill(["bank", "7"]).unwrap();
    let template = Outbound::template(code);
    [Outbound::text("psst"), template.clone(), template.with_body("psst")]
}

fn parcel(key: &Key, number: u32, due: Timestamp, message: &Outbound) -> Parcel {
    let id = ParcelId::of(TurnId::timer(key, due), number);
    let body = serde_json::to_vec(message).unwrap().into();
    Parcel { id, key: key.clone(), due, body }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    free_form: u64,
    too_late: u64,
    templates: u64,
    moments: u64,
}

/// A conversation for each message, and at each of these moments one more of each is posted; one try
/// in five fails, so that many are tried again later.
async fn counted(store: Arc<dyn Store>, moments: impl Iterator<Item = u64>) -> Count {
    let clock = Arc::new(ManualClock::default());
    let bot = bot().store(Arc::clone(&store)).clock(Arc::clone(&clock));
    let wire = Wire::new(&clock, 5);
    let opened = clock.now();
    let mut keys = Vec::new();
    for person in 0..3 {
        let hi = message(u128::from(person) + 1, person, "hi");
        keys.push(Key::of(&hi));
        drop(bot.receive(hi).await.unwrap());
    }
    let mut count = Count::default();
    for second in moments {
        clock.advance(opened.after(Duration::from_secs(second)).since(clock.now()));
        let now = clock.now();
        for (number, (key, message)) in (0..).zip(keys.iter().zip(messages())) {
            store.post(&[parcel(key, number, now, &message)]).await.unwrap();
        }
        count.moments += 1;
        for sent in wire.sends(&store).await {
            match (sent.is_free_form, sent.at < opened.after(SESSION).before(SESSION_MARGIN)) {
                (true, true) => count.free_form += 1,
                (true, false) => count.too_late += 1,
                (false, _) => count.templates += u64::from(sent.is_taken),
            }
            assert!(sent.is_free_form || sent.key != keys[0], "a text became a template");
        }
    }
    count
}

#[test]
fn nothing_free_form_leaves_after_the_session_has_closed() {
    let (day, margin) = (SESSION.as_secs(), SESSION_MARGIN.as_secs());
    for (kind, store) in stores() {
        let step = usize::try_from(kind.part).unwrap();
        let moments = (day - margin - 60..day + 60).step_by(step);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let count = runtime.block_on(counted(store, moments));
        println!(
            "{}: {} moments around the end, {} free-form tries before it, {} after it, {} templates",
            kind.name, count.moments, count.free_form, count.too_late, count.templates
        );
        assert_eq!(count.too_late, 0, "{}", kind.name);
        assert!(count.free_form > 0 && count.templates > count.moments, "{count:?}");
    }
}
