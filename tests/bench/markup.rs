//! How fast markup is read, written, converted and split, beside pulldown-cmark in the same run.
//!
//! `cargo bench --bench markup`. The targets are ratios, so that they hold on any machine: a task
//! and the one beside it take turns, each with a run before that is not counted, and each figure is
//! the best of many. Few runs take longer than the millisecond or two that a busy machine gives to
//! a program at a time.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures real time")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use chinwag::markup::{Limit, Rich, marks, neutralise};
use pulldown_cmark::{Options, Parser};

/// Bytes in a piece of memory that no task needs.
const LARGEST: usize = 24 << 20;
/// Turns of each row, at least; more until so much time has passed.
const FEWEST: u32 = 40;
const PATIENCE: Duration = Duration::from_millis(500);
/// Bytes of each text.
const SIZE: usize = 200_000;

/// Lines as people and bots write them; about one in three has markup.
const CHAT: [&str; 12] = [
    "Hi there, is the table for four on Saturday still free?\n",
    "*Order 1042* is ready, come by _any time_ after 5 pm.\n",
    "Your code is `X7-99Q`, it is valid for ~5~ 10 minutes.\n",
    "No problem at all, see you tomorrow morning then!\n",
    "- 2 x flat white\n- 1 x croissant\n",
    "See https://example.com/menu/summer_2026?x=1 for the menu.\n",
    "Ça va? Nous serons là à 8 h, merci beaucoup à vous tous.\n",
    "> are you open on Sunday?\n",
    "We are open from 9 to 17, closed on Mondays and on holidays.\n",
    "1. choose a size\n2. choose a colour\n3. pay\n",
    "Thank you 😀 that was quick, I did not expect it so early.\n",
    "The total is 12.50 and the tip is up to you, as always.\n\n",
];
/// A part of these, without a marker.
const CLEAN: [usize; 5] = [0, 3, 8, 10, 11];

fn main() {
    // An allocator may give large pieces back to the system and fetch them anew, page by page, which
    // makes a text of twice the size more than twice as slow. It keeps them once it has seen larger.
    drop(black_box(vec![0_u8; LARGEST]));
    let chat = repeated(&CHAT, SIZE);
    // What is copied fast must be long to be measured well.
    let clean = repeated(&CLEAN.map(|at| CHAT[at]), 5 * SIZE);
    let model = repeated(
        &[
            "## Summary of the **plan**\n\nWe suggest *three* steps, see [the guide](https://example.com/guide).\n\n",
            "- **First**: call `setup()` and wait\n- Second: check the log_file\n  - nested, too\n\n",
            "The cost is about 2*3 = 6 euros, which is not much for what you get in a month of use.\n\n",
        ],
        SIZE,
    );
    let messages: Vec<&str> = messages(&chat, 640);

    let whole = Rich::parse(&chat);
    let mut buffer = clean.clone().into_bytes();
    let mut copied = || {
        buffer.copy_from_slice(black_box(clean.as_bytes()));
        black_box(&mut buffer).len()
    };
    let mut chat_events = || Parser::new(&chat).count();
    let mut model_events = || events_of(&model);

    println!("{:34} {:>9} {:>8} {:>7}", "what, of pulldown-cmark", "MB/s", "ratio", "target");
    let of = &mut chat_events;
    row("marks, chat", 2.5, &chat, || marks(&chat).len(), of);
    row("Rich::parse, chat", 2.5, &chat, || Rich::parse(&chat).spans().len(), of);
    let parsed = || messages.iter().map(|text| Rich::parse(text).spans().len()).sum();
    row("Rich::parse, messages", 2.5, &chat, parsed, of);
    row("neutralise, chat", 3.0, &chat, || neutralise(&chat).len(), of);
    row("to_whatsapp, chat", 5.0, &chat, || whole.to_string().len(), of);
    row("to_html, chat", 0.0, &chat, || whole.to_html().len(), of);
    row("split, chat", 1.0, &chat, || whole.split(Limit::TWILIO).len(), of);
    let converted = || Rich::from_markdown(&model).spans().len();
    row("from_markdown, a model's answer", 0.55, &model, converted, &mut model_events);
    row("neutralise, clean, of a copy", 0.25, &clean, || neutralise(&clean).len(), &mut copied);

    println!(
        "\n{:34} {:>9} {:>8} {:>7}",
        "hostile, time(2n) of time(n)", "MB/s", "ratio", "target"
    );
    for (unit, times) in [
        ("*a ", 5_000),
        ("*", 10_000),
        ("*_~", 5_000),
        ("`a", 5_000),
        ("```", 5_000),
        ("https://a.b/*", 2_000),
        ("- ", 10_000),
    ] {
        hostile("parse", unit, times, |text| Rich::parse(text).spans().len());
        hostile("write", unit, times, |text| Rich::from(text.to_owned()).to_string().len());
        hostile("neutralise", unit, times, |text| neutralise(text).len());
        hostile("split", unit, times / 4, |text| Rich::parse(text).split(Limit::TWILIO).len());
    }
    for (unit, times) in [
        ("**a", 3_000),
        ("> ", 2_000),
        ("[a](b) ", 2_000),
        ("*a* ", 2_000),
        ("<b>", 3_000),
        ("www.a.b ", 4_000),
    ] {
        hostile("from_markdown", unit, times, |text| Rich::from_markdown(text).to_string().len());
    }
}

fn repeated(parts: &[&str], size: usize) -> String {
    parts
        .iter()
        .cycle()
        .scan(0, |length, part| {
            *length += part.len();
            (*length < size).then_some(*part)
        })
        .collect()
}

/// The text cut at line ends into messages of about a size.
fn messages(text: &str, size: usize) -> Vec<&str> {
    let mut rest = text;
    std::iter::from_fn(|| {
        let end = rest
            .bytes()
            .skip(size)
            .position(|byte| byte == b'\n')
            .map_or(rest.len(), |at| size + at + 1);
        let (message, after) = rest.split_at(end);
        rest = after;
        (!message.is_empty()).then_some(message)
    })
    .collect()
}

fn events_of(text: &str) -> usize {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    Parser::new_ext(text, options).into_offset_iter().count()
}

/// The best times of two tasks that take turns, each after a run that warms up what it touches.
fn beside<A, B>(mut one: impl FnMut() -> A, mut other: impl FnMut() -> B) -> (f64, f64) {
    fn timed<T>(work: &mut impl FnMut() -> T) -> Duration {
        black_box(work());
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    }
    let mut best = (Duration::MAX, Duration::MAX);
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < FEWEST || start.elapsed() < PATIENCE {
        best = (best.0.min(timed(&mut one)), best.1.min(timed(&mut other)));
        rounds += 1;
    }
    (best.0.as_secs_f64(), best.1.as_secs_f64())
}

#[allow(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn row(
    what: &str,
    target: f64,
    text: &str,
    work: impl FnMut() -> usize,
    base: &mut impl FnMut() -> usize,
) {
    let (time, base) = beside(work, base);
    let ratio = base / time;
    let rate = text.len() as f64 / time / 1e6;
    let verdict = if target == 0.0 {
        ""
    } else if ratio >= target {
        "met"
    } else {
        "MISSED"
    };
    println!("{what:34} {rate:9.0} {ratio:8.2} {target:7.2} {verdict}");
}

#[allow(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn hostile(what: &str, unit: &str, times: usize, work: impl Fn(&str) -> usize) {
    let (one, two) = (unit.repeat(times), unit.repeat(2 * times));
    let (time, twice) = beside(|| work(&one), || work(&two));
    let (growth, rate) = (twice / time, one.len() as f64 / time / 1e6);
    let verdict = if growth <= 2.5 { "met" } else { "MISSED" };
    println!("{:34} {rate:9.0} {growth:8.2} {:7.2} {verdict}", format!("{what} {unit:?}"), 2.5);
}
