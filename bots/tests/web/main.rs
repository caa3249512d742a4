//! The chat page in a real browser, in front of the real bots: what `cargo run` shows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod webdriver;

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

use webdriver::Browser;

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
                 media: [], location: null, button: null, reply_to: null, status: 'received',
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
