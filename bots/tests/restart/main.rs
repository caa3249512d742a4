//! `cargo run -- orders`, killed in mid-order and started again, goes on with the order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bots;

use std::time::Duration;

use bots::{Bots, Store};

const STEPS: [&str; 4] = ["2 pizza and a tea", "checkout", "bring", "Hill Road 5"];

#[tokio::test]
async fn an_order_goes_on_after_a_kill() {
    let store = Store::new();
    let bots = Bots::start(&store);
    assert!(bots.says("hi").await[0].starts_with("Welcome to *Luna's*, Ana!"));
    let noted = bots.says("2 pizza and a tea").await;
    assert_eq!(noted[0], "Noted: *2 × pizza*.\nNoted: *1 × tea*.");
    let way = bots.says("checkout").await;
    assert_eq!(way, ["Shall we *bring* it, or do you *fetch* it?"]);

    bots.kill();
    let bots = Bots::start(&store);
    let all = bots.says("fetch").await;
    assert_eq!(all[0], "- 2 × pizza, 19.00 €\n- 1 × tea, 2.40 €");
    assert_eq!(all[1], "Total: *21.40 €*. Is that right? Say *yes* or *no*.");

    bots.kill();
    let bots = Bots::start(&store);
    let thanks = bots.says("yes").await;
    assert!(thanks[0].ends_with(
        ": 2 × pizza, 1 × tea.\nTotal: *21.40 €*. It is ready in 20 minutes; you pay when you \
         fetch it."
    ));

    // What is done is done.
    bots.kill();
    let total = Bots::start(&store).says("total").await;
    assert_eq!(total, ["Your order is empty. Say *menu* to see what we have."]);
}

#[tokio::test]
async fn after_any_step_there_is_a_way_on() {
    for (count, answer) in
        (1..=STEPS.len()).zip(["Total: *21.40 €*.", "Shall we", "Where", "Total: *23.90 €*."])
    {
        let store = Store::new();
        let bots = Bots::start(&store);
        for words in &STEPS[..count] {
            bots.says(words).await;
        }
        bots.kill();
        // A question of the person's is answered, and the bot's own one is asked again.
        let heard = Bots::start(&store).says("hours").await;
        assert_eq!(heard[0], "We cook every day from 11:00 to 22:00.");
        assert!(heard[1].starts_with(answer), "after {count} steps: {}", heard[1]);
    }
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_message_costs_at_most_that_message() {
    for pause in [0, 2, 4, 8, 16].map(Duration::from_millis) {
        let store = Store::new();
        let bots = Bots::start(&store);
        bots.says("2 pizza and a tea").await;
        // Nobody waits for the answer: the kill comes before the turn, within it, or after it.
        bots.is_told("checkout");
        std::thread::sleep(pause);
        bots.kill();
        let bots = Bots::start(&store);
        let way = bots.says("checkout").await;
        assert!(way[0].contains("*bring*") && way[0].contains("*fetch*"), "{pause:?}: {way:?}");
        let all = bots.says("fetch").await;
        assert_eq!(all[0], "- 2 × pizza, 19.00 €\n- 1 × tea, 2.40 €");
    }
}
