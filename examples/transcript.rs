//! A conversation as a test, in quiet times and under hostile conditions.
//!
//! ```text
//! Ana: add 3
//! bot: 3 seats are yours.
//! Bo: add 2
//! bot: 2 seats are yours.
//! Ana: [again]
//! bot: 3 seats are yours.
//! --- 25 h later
//! Ana: add 1
//! bot: 4 seats are yours.
//! ```
//!
//! `cargo run --example transcript`

use chinwag::{Bot, Captures, Remembered, Stored, pattern, testkit::Transcript};

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Seats(u32);

impl Stored for Seats {
    const NAME: &'static str = "seats";
}

async fn add(
    Captures((more,)): Captures<(u32,)>,
    Remembered(Seats(seats)): Remembered<Seats>,
) -> (String, Remembered<Seats>) {
    let seats = seats.saturating_add(more);
    (format!("{seats} seats are yours."), Remembered(Seats(seats)))
}

fn bot() -> Bot {
    Bot::new(()).on(pattern(r"add (\d+)"), add)
}

/// The conversation above; most transcripts are files that `Transcript::read` reads.
fn transcript() -> Transcript {
    let lines = include_str!("transcript.rs").lines().skip_while(|line| *line != "//! ```text");
    let lines = lines.skip(1).map_while(|line| line.strip_prefix("//! "));
    let lines: Vec<_> = lines.take_while(|line| *line != "```").collect();
    Transcript::parse(&lines.join("\n")).expect("it is one")
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "it says what it has done")]
async fn main() {
    transcript().run(bot).await;
    println!("{}\nas it is written", transcript());
    for seed in 0..20 {
        transcript().hostile(seed).run(bot).await;
    }
    println!("and so under 20 hostile schedules");
}

#[tokio::test]
async fn a_crash_between_any_two_store_calls_changes_nothing() {
    transcript().crash_everywhere(bot).await;
}
