//! The chat page in a real browser, in front of the real bots: what `cargo run` shows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod webdriver;

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

use chinwag::{
    Bot, Webhook,
    message::Button,
    simulator::{Sender, Simulator},
};
use tokio::net::TcpListener;
use webdriver::Browser;

const SENDER: &str = "+14155238886";
const TOKEN: &str = "12345678901234567890123456789012";

/// The bots as `cargo run` starts them, on ports of their own; they end with the test.
struct Bots {
    process: Child,
    page: String,
    /// Kept open: they go on printing.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Bots {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bots"))
            .env("CHINWAG_LISTEN", "127.0.0.1:0")
            .env("CHINWAG_STORE", "memory:")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let page = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let at = line.find("http://127.0.0.1:")?;
            let address = line[at..].split_whitespace().next()?;
            Some(address.trim_end_matches('/').to_owned())
        });
        let page = page.expect("the bots say where the page is");
        Self { process, page, _lines: lines }
    }
}

impl Drop for Bots {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A browser, or `None`, aloud. Where nothing may be skipped, it must be there.
#[expect(clippy::disallowed_methods, reason = "the gate says that nothing may be skipped")]
async fn browser(width: u32, height: u32, dark: bool) -> Option<Browser> {
    let browser = Browser::start(width, height, dark).await;
    if browser.is_none() {
        assert!(std::env::var("CHINWAG_NO_SKIP").is_err(), "chromedriver is not installed");
        // Not by `eprintln`, which the test runner keeps to itself.
        drop(writeln!(
            std::io::stderr(),
            "SKIPPED: install chromium and chromedriver for this test"
        ));
    }
    browser
}

async fn says(browser: &Browser, text: &str) {
    let composer =
        browser.find("[data-testid=composer] textarea, textarea[data-testid=composer]").await;
    composer.types(text).await;
    browser.find("[data-testid=send]").await.click().await;
}

/// The newest bubble from the bot that has something formatted in it.
fn in_answer(css: &str) -> String {
    format!("[data-testid=bubble][data-direction^=outbound] {css}")
}

/// Waits until a bold word is seen in an answer; bubbles come in softly.
async fn reads_a_bold_word(browser: &Browser) {
    let bold = in_answer("strong");
    browser.find(&bold).await;
    let seen = "getComputedStyle(word).fontWeight >= 600 && word.checkVisibility({opacityProperty: true}) && word.innerText.trim()";
    browser
        .until(&format!(
            "return [...document.querySelectorAll(\"{bold}\")].some(word => Boolean({seen}))"
        ))
        .await;
}

#[tokio::test]
async fn a_person_writes_and_reads_a_bold_word() {
    let Some(browser) = browser(1280, 800, false).await else { return };
    let bots = Bots::start();
    browser.open(&bots.page).await;
    browser.find("[data-testid=chat][data-number='+14155238886']").await.click().await;
    says(&browser, "help").await;
    reads_a_bold_word(&browser).await;
    browser.find("[data-testid=session][data-state=open]").await;

    // A reload loses nothing.
    browser.run("window.isOld = true; location.reload()").await;
    browser.until("return !window.isOld").await;
    reads_a_bold_word(&browser).await;
    let draft = "return document.querySelector('[data-testid=composer] textarea, textarea[data-testid=composer]').value";
    assert_eq!(browser.run(draft).await, "", "what was sent is no draft");

    // The call and the TwiML behind the bubble.
    browser.run("document.querySelector('[data-direction^=outbound] [data-testid=drawer-toggle]').click()").await;
    browser.find("[data-testid=drawer]").await;
    browser.until("return document.querySelector('[data-testid=twiml]')?.textContent.includes('<Message>') ?? false").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_message_without_an_answer_says_why_in_the_simulators_words() {
    let Some(browser) = browser(1280, 800, false).await else { return };
    let bots = Bots::start();
    browser.open(&bots.page).await;
    browser
        .run(
            "import('/sim/page/bubble.js').then(({ row, touch }) => {
               const message = { sid: 'SM1', direction: 'inbound', from: '', to: '', body: 'hi', html: 'hi',
                 media: [], location: null, button: null, buttons: [], reply_to: null, status: 'received',
                 error_code: 14103, error_message: 'the text has 1601 characters',
                 created_at: '2026-01-01T12:00:00.000Z', request_id: null };
               const element = row(message, { bot: 'echo', person: 'Ana', quoted: undefined, follows: false, fresh: false });
               touch(element, message, undefined);
               window.told = element.querySelector('.wrong').title;
             })",
        )
        .await;
    browser.until("return window.told === '14103: the text has 1601 characters'").await;
}

/// A bot that says what was tapped on, and the page in front of it.
async fn tapped_on() -> String {
    let [page, bot] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0"));
    let (page, bot) = (page.await.unwrap(), bot.await.unwrap());
    let [page_url, bot_url] =
        [&page, &bot].map(|listener| format!("http://{}", listener.local_addr().unwrap()));
    let says = Bot::new(()).otherwise(async |Button { payload, .. }: Button| {
        format!("You chose *{}*.", payload.unwrap_or_default())
    });
    let webhook = Webhook::new(says).auth_token(TOKEN).public_url(&bot_url).router().unwrap();
    let sender = Sender::new("Chooser", SENDER, format!("{bot_url}/whatsapp"));
    let simulator = Simulator::new(TOKEN).sender(sender);
    tokio::spawn(async move { axum::serve(bot, webhook).await });
    tokio::spawn(async move { simulator.serve(page, std::future::pending()).await });
    page_url
}

#[tokio::test]
async fn a_person_taps_on_a_templates_button() {
    let Some(browser) = browser(1280, 800, false).await else { return };
    browser.open(&tapped_on().await).await;
    browser.find(&format!("[data-testid=chat][data-number='{SENDER}']")).await.click().await;
    says(&browser, "hi").await;
    browser.find("[data-direction=inbound][data-status=received]").await;
    let account = Simulator::ACCOUNT;
    browser
        .run(&format!(
            r"const ask = async (path, type, body) => (await fetch(path, {{ method: 'POST', body,
                 headers: {{ Authorization: 'Basic ' + btoa('{account}:{TOKEN}'), 'Content-Type': type }} }})).json();
               const person = decodeURIComponent(location.hash).split('/')[1];
               const types = {{ 'twilio/quick-reply': {{ body: 'Tea?', actions: [
                 {{ title: 'Yes, please', id: 'tea' }}, {{ title: '<b>No</b>', id: 'none' }}] }} }};
               ask('/v1/Content', 'application/json', JSON.stringify({{ friendly_name: 'tea', language: 'en', types }}))
                 .then(({{ sid }}) => ask('/2010-04-01/Accounts/{account}/Messages.json', 'application/x-www-form-urlencoded',
                   new URLSearchParams({{ From: 'whatsapp:{SENDER}', To: 'whatsapp:' + person, ContentSid: sid }})))"
        ))
        .await;
    browser.find("[data-testid=tap]").await;
    let taps = "return [...document.querySelectorAll('[data-testid=tap]')].map(tap => tap.textContent).join()";
    assert_eq!(browser.run(taps).await, "Yes, please,<b>No</b>");
    browser.find("[data-testid=tap]").await.click().await;
    browser
        .until(&format!(
            "return [...document.querySelectorAll(\"{}\")].some(word => word.innerText === 'tea')",
            in_answer("strong")
        ))
        .await;
    browser.find("[data-direction=inbound] .quote").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_page_fits_a_phone() {
    let Some(browser) = browser(390, 844, true).await else { return };
    let bots = Bots::start();
    browser.open(&bots.page).await;
    browser.find("[data-testid=chat][data-number='+14155238886']").await.click().await;
    says(&browser, "<img src=x onerror=alert(1)> *b* ").await;
    browser.find(&in_answer(".text")).await;
    browser
        .until(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth",
        )
        .await;
    assert_eq!(browser.run("return document.querySelectorAll('.text img').length").await, 0);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// Takes the picture in the README: `CHINWAG_PICTURE=src/docs/chat.png cargo test -p bots picture`.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test's output is asked for by the environment")]
async fn the_picture_in_the_readme_shows_this_page() {
    let Some(browser) = browser(1280, 800, false).await else { return };
    let bots = Bots::start();
    browser.open(&bots.page).await;
    for (number, words) in [
        ("+14155550103", &["When are you open?"][..]),
        ("+14155550102", &["menu", "2 pizza and a tea", "remove 1 pizza", "total"]),
        ("+14155238886", &["hi", "Is this *really* WhatsApp?"]),
        ("+14155550102", &[]),
    ] {
        let chat = format!("[data-testid=chat][data-number='{number}']");
        browser.find(&chat).await.click().await;
        for (count, text) in (1..).zip(words) {
            says(&browser, text).await;
            browser
                .until(&format!(
                    "return document.querySelectorAll('[data-testid=thread] [data-direction^=outbound]').length >= {count}"
                ))
                .await;
        }
    }
    browser.until("return document.querySelectorAll('[data-direction=inbound][data-status=received]').length >= 2").await;
    browser.run("document.activeElement?.blur()").await;
    let picture = browser.picture().await;
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000);
    if let Ok(path) = std::env::var("CHINWAG_PICTURE") {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        std::fs::write(std::path::Path::new(root).join(path), picture).unwrap();
    }
}
