//! What a turn costs with 10, 100 and 1,000 routes: `cargo run --release -p bench --bin routes`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::time::{Duration, Instant};

use chinwag::{
    Bot, Captures,
    message::{Address, Content, Inbound, MessageSid},
    pattern, text, word,
};

/// Turns of one sample, and samples of which the fastest counts.
const TURNS: u32 = 20_000;
const SAMPLES: u32 = 9;

/// A third of the routes each by pattern, by text and by word.
fn bot(routes: usize) -> Bot {
    (0..routes)
        .fold(Bot::new(()), |bot, number| match number % 3 {
            0 => bot.on(
                pattern(&format!(r"topic{number} (\d+)")),
                async |Captures((n,)): Captures<(u32,)>| n.to_string(),
            ),
            1 => bot.on(text(format!("say {number}")), async || "said"),
            _ => bot.on(word(format!("word{number}")), async || "heard"),
        })
        .otherwise(async || "what?")
}

/// Nanoseconds of one turn with this text.
async fn measure(bot: &Bot, said: &str, addresses: &[Address; 2], next: &mut u128) -> u128 {
    let mut best = Duration::MAX;
    for _ in 0..SAMPLES {
        let began = Instant::now();
        for _ in 0..TURNS {
            *next += 1;
            let [from, to] = addresses.clone();
            let message =
                Inbound::new(MessageSid::new(*next), from, to, Content::Text(said.to_owned()));
            drop(bot.receive(message).await);
        }
        best = best.min(began.elapsed());
    }
    best.as_nanos() / u128::from(TURNS)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let addresses = ["whatsapp:+15005550006".parse()?, "whatsapp:+14155238886".parse()?];
    println!("| routes | pattern, last | text, last | word, last | no route |");
    println!("|--:|--:|--:|--:|--:|");
    let mut next = 0;
    for routes in [10, 100, 1_000] {
        let bot = bot(routes);
        let last = |kind: usize| (0..routes).rev().find(|number| number % 3 == kind).unwrap_or(0);
        let mut row = format!("| {routes} |");
        for said in [
            format!("topic{} 5", last(0)),
            format!("say {}", last(1)),
            format!("and word{}, please", last(2)),
            "something else entirely".to_owned(),
        ] {
            let nanos = measure(&bot, &said, &addresses, &mut next).await;
            row = format!("{row} {nanos} ns |");
        }
        println!("{row}");
    }
    Ok(())
}
