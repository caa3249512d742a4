//! Promise 5: a panic costs one message.

use std::sync::Arc;

use chinwag::{
    Bot, Remembered, Text,
    dispatch::TurnError,
    testkit::{Cluster, Faulty},
};

use super::{
    bots::{Said, message},
    is_full, runtime,
    stores::stores,
};

/// Remembers each message, but panics at every tenth.
fn nervous() -> Bot {
    Bot::new(()).otherwise(async |Text(text), Remembered(Said(mut said)): Remembered<Said>| {
        assert!(!text.ends_with('9'), "a nine");
        said.push(text);
        (said.len().to_string(), Remembered(Said(said)))
    })
}

#[test]
fn a_panic_costs_one_message() {
    // A thousand panics are a thousand lines.
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload_as_str() != Some("a nine") {
            eprintln!("{panic}");
        }
    }));
    for (kind, store) in stores() {
        let few = if kind.part == 1 { 30 } else { 6 };
        let (conversations, messages) = if is_full() { (1_000, 100) } else { (few, 30) };
        let store = Arc::new(Faulty::new(store, |_| None));
        let served = runtime().block_on(async {
            let cluster = Arc::new(Cluster::of(3, nervous).on(store).in_tokios_time());
            let talks = (0..conversations).map(|person| {
                let cluster = Arc::clone(&cluster);
                tokio::spawn(async move {
                    let mut served = 0;
                    for number in 0..messages {
                        let sid = u128::from(person) << 32 | u128::from(number);
                        let message = message(sid, person, &number.to_string());
                        let bot = cluster.worker(usize::try_from((person + number) % 3).unwrap());
                        match bot.receive(message).await {
                            Ok(reply) => {
                                served += 1;
                                assert_eq!(reply.messages()[0].body, served.to_string());
                            }
                            Err(TurnError::Panicked(_)) => assert_eq!(number % 10, 9),
                            Err(error) => panic!("{error}"),
                        }
                    }
                    served
                })
            });
            let mut served = 0;
            for talk in talks.collect::<Vec<_>>() {
                served += talk.await.unwrap();
            }
            served
        });
        assert_eq!(served, conversations * messages / 10 * 9, "{}", kind.name);
        println!("{}: {served} served beside {} panics", kind.name, served / 9);
    }
}
