//! How fast markup is read, written, converted and split, beside pulldown-cmark in the same run.
//!
//! `cargo bench --bench markup`; each figure is the best of nine. The targets are ratios, so that
//! they hold on any machine.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "it measures real time")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use chinwag::markup::{Limit, Rich, marks, neutralise};
use pulldown_cmark::{Options, Parser};

const ROUNDS: u32 = 9;
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
    let chat = repeated(&CHAT, 1_000_000);
    let clean = repeated(&CLEAN.map(|at| CHAT[at]), 1_000_000);
    let model = repeated(
        &[
            "## Summary of the **plan**\n\nWe suggest *three* steps, see [the guide](https://example.com/guide).\n\n",
            "- **First**: call `setup()` and wait\n- Second: check the log_file\n  - nested, too\n\n",
            "The cost is about 2*3 = 6 euros, which is not much for what you get in a month of use.\n\n",
        ],
        1_000_000,
    );
    let messages: Vec<&str> = messages(&chat, 640);

    let events = rate(chat.len(), || events(&chat));
    let model_events = rate(model.len(), || events_of(&model));
    let copy = rate(clean.len(), || black_box(black_box(clean.as_bytes()).to_vec()).len());
    println!("{:34} {:>9} {:>8} {:>7}", "what", "MB/s", "ratio", "target");
    row("pulldown-cmark, chat", events, events, 0.0);
    row("pulldown-cmark, a model's answer", model_events, events, 0.0);
    row("copy", copy, events, 0.0);
    row("marks, chat", rate(chat.len(), || marks(&chat).len()), events, 2.5);
    row("Rich::parse, chat", rate(chat.len(), || Rich::parse(&chat).spans().len()), events, 2.5);
    let parsed = || messages.iter().map(|text| Rich::parse(text).spans().len()).sum::<usize>();
    row("Rich::parse, messages", rate(chat.len(), parsed), events, 2.5);
    row("neutralise, clean, of copy", rate(clean.len(), || neutralise(&clean).len()), copy, 0.25);
    row("neutralise, chat", rate(chat.len(), || neutralise(&chat).len()), events, 3.0);
    let converted = || Rich::from_markdown(&model).spans().len();
    row("from_markdown, of pulldown-cmark", rate(model.len(), converted), model_events, 0.55);
    let whole = Rich::parse(&chat);
    row("to_whatsapp, chat", rate(chat.len(), || whole.to_string().len()), events, 5.0);
    row("to_html, chat", rate(chat.len(), || whole.to_html().len()), events, 0.0);
    row("split, chat", rate(chat.len(), || whole.split(Limit::TWILIO).len()), events, 1.0);

    println!(
        "\n{:34} {:>9} {:>8} {:>7}",
        "hostile, time(2n) of time(n)", "MB/s", "ratio", "target"
    );
    for (unit, times) in [
        ("*a ", 50_000),
        ("*", 100_000),
        ("*_~", 50_000),
        ("`a", 50_000),
        ("```", 50_000),
        ("https://a.b/*", 20_000),
        ("- ", 50_000),
    ] {
        hostile("parse", unit, times, |text| Rich::parse(text).spans().len());
        hostile("write", unit, times, |text| Rich::from(text.to_owned()).to_string().len());
        hostile("neutralise", unit, times, |text| neutralise(text).len());
        hostile("split", unit, times / 4, |text| Rich::parse(text).split(Limit::TWILIO).len());
    }
    for (unit, times) in [
        ("**a", 20_000),
        ("> ", 2_000),
        ("[a](b) ", 20_000),
        ("*a* ", 20_000),
        ("<b>", 20_000),
        ("www.a.b ", 20_000),
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

fn events(text: &str) -> usize {
    Parser::new(text).count()
}

fn events_of(text: &str) -> usize {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS;
    Parser::new_ext(text, options).into_offset_iter().count()
}

fn best(mut work: impl FnMut() -> usize) -> Duration {
    let once = |work: &mut dyn FnMut() -> usize| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..ROUNDS).map(|_| once(&mut work)).min().unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "a rate is not exact")]
fn rate(bytes: usize, work: impl FnMut() -> usize) -> f64 {
    bytes as f64 / best(work).as_secs_f64() / 1e6
}

fn row(what: &str, rate: f64, base: f64, target: f64) {
    let ratio = rate / base;
    let verdict = if target == 0.0 {
        ""
    } else if ratio >= target {
        "met"
    } else {
        "MISSED"
    };
    println!("{what:34} {rate:9.0} {ratio:8.2} {target:7.2} {verdict}");
}

fn hostile(what: &str, unit: &str, times: usize, work: impl Fn(&str) -> usize) {
    let (one, two) = (unit.repeat(times), unit.repeat(2 * times));
    let growth = best(|| work(&two)).as_secs_f64() / best(|| work(&one)).as_secs_f64();
    let rate = rate(one.len(), || work(&one));
    let verdict = if growth <= 2.5 { "met" } else { "MISSED" };
    println!("{:34} {rate:9.0} {growth:8.2} {:7.2} {verdict}", format!("{what} {unit:?}"), 2.5);
}
