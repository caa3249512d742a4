//! The test kit hears what a person would, and its failures say what happened.

use std::{panic::AssertUnwindSafe, time::Duration};

use chinwag::{
    Bot, Remembered, Reply, Stored, Text,
    conversation::clock::Timestamp,
    dispatch::{
        Profile, Sender,
        filter::{any_button, image, text},
    },
    message::{Button, Content, Media},
    testkit::{Chat, Heard},
};
use serde::{Deserialize, Serialize};

const MENU: &str = "https://example.com/menu.png";

#[derive(Default, Serialize, Deserialize)]
struct Count(u32);

impl Stored for Count {
    const NAME: &'static str = "count";
}

fn bot() -> Bot {
    Bot::new(())
        .on(text("hi"), async |Profile(name)| vec!["Hello!".to_owned(), format!("You are {name}.")])
        .on(text("who"), async |Sender(address)| address.to_string())
        .on(text("menu"), async || Reply::media(MENU).and(Reply::media(MENU).caption("Ours")))
        .on(text("when"), async |now: Timestamp| now.to_string())
        .on(text("hush"), async || ())
        .on(text("fail"), async || Err::<(), _>("the printer is on fire"))
        .on(text("count"), async |Remembered(Count(count))| {
            (format!("{count}"), Remembered(Count(count + 1)))
        })
        .on(image(), async |picture: Media| picture.url)
        .on(any_button(), async |button: Button| button.payload)
        .on(text("echo me"), async |Text(text)| text)
}

/// What a failed check says, its place first.
fn complaint(heard: Heard, check: impl FnOnce(Heard) -> Heard) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| drop(check(heard))))
        .expect_err("the check is one that fails");
    *panic.downcast::<String>().expect("checks panic with a text")
}

#[tokio::test]
async fn messages_are_heard_one_after_the_other() {
    let chat = Chat::with(bot());
    chat.says("hi").await.hears("Hello!").hears("You are Ana.").hears_nothing();
    chat.says("menu").await.hears_media(MENU).hears_captioned(MENU, "Ours").hears_nothing();
    chat.says("hush").await.hears_nothing();
    chat.says("echo me").await.hears_part("ho m");
    assert_eq!(chat.says("hi").await.all(), ["Hello!", "You are Ana."]);
    assert_eq!(chat.says("menu").await.all(), [MENU, "Ours"]);
}

#[tokio::test]
async fn after_several_messages_the_last_answer_is_heard() {
    let chat = Chat::with(bot());
    chat.says_all(["count", "hush", "count"]).await.hears("1").hears_nothing();
    let failed = complaint(chat.says("count").await, |heard| heard.hears_nothing());
    assert!(failed.contains("Ana: count\nbot: 0\nAna: hush\nbot: (says nothing)\n"), "{failed}");
}

#[tokio::test]
#[should_panic(expected = "failed: the handler failed: the printer is on fire")]
async fn a_failure_between_several_messages_is_not_overlooked() {
    Chat::with(bot()).says_all(["fail", "count"]).await.hears("0");
}

#[tokio::test]
async fn anything_can_be_sent() {
    let chat = Chat::with(bot());
    chat.sends(Media::at("https://example.com/cat.jpg")).await.hears("https://example.com/cat.jpg");
    chat.presses("Yes", "yes-1").await.hears("yes-1");
    chat.sends(Content::with_media(vec![Media::at("a.png")], "who".into())).await.hears_part("+1");
}

#[tokio::test]
async fn people_have_conversations_of_their_own() {
    let ana = Chat::with(bot());
    let bo = ana.by("+15005550007").called("Bo");
    ana.says("count").await.hears("0");
    bo.says("count").await.hears("0");
    ana.says("count").await.hears("1");
    ana.says("who").await.hears("whatsapp:+15005550006");
    bo.says("who").await.hears("whatsapp:+15005550007");
    bo.says("hi").await.hears("Hello!").hears("You are Bo.");
    ana.by("whatsapp:US.13491208655302741918").says("hi").await.hears_nothing();
}

#[tokio::test]
async fn a_copy_is_not_counted_twice() {
    let chat = Chat::with(bot());
    chat.says("count").await.hears("0");
    chat.repeats().await.hears("0");
    chat.says("count").await.hears("1");
}

#[tokio::test]
async fn time_passes_for_everyone_when_someone_waits() {
    let chat = Chat::with(bot());
    chat.says("when").await.hears("2026-01-01T12:00:00.000Z");
    chat.waits("25h").await.hears_nothing();
    chat.says("when").await.hears("2026-01-02T13:00:00.000Z");
    chat.by("+15005550007").says("when").await.hears("2026-01-02T13:00:00.000Z");
}

#[tokio::test]
async fn the_talk_so_far_reads_like_a_chat() {
    let chat = Chat::with(bot());
    chat.says("menu").await;
    chat.repeats().await;
    chat.waits(Duration::from_mins(90)).await;
    chat.presses("Yes", "yes-1").await;
    chat.says("fail").await.fails("on fire");
    assert_eq!(
        chat.to_string(),
        "\
Ana: menu
bot: [https://example.com/menu.png]
bot: [https://example.com/menu.png] Ours
Ana: [again]
bot: [https://example.com/menu.png]
bot: [https://example.com/menu.png] Ours
--- 1 h 30 min later
Ana: [taps Yes = yes-1]
bot: yes-1
Ana: fail
bot: (the handler failed: the printer is on fire)
"
    );
}

#[tokio::test]
async fn a_failed_check_shows_what_was_heard_instead() {
    let chat = Chat::with(bot());
    let said = complaint(chat.says("hi").await, |heard| heard.hears("Hello"));
    assert_eq!(
        said,
        "wanted: Hello\n heard: Hello!\n\n\
         the talk so far:\nAna: hi\nbot: Hello!\nbot: You are Ana.\n"
    );
    let said = complaint(chat.says("hi").await, |heard| heard.hears("Hello!").hears_nothing());
    assert!(said.starts_with("wanted: nothing\n heard: You are Ana.\n"), "{said}");
    let said = complaint(chat.says("menu").await, |heard| heard.hears_media("https://other"));
    assert!(said.starts_with(&format!("wanted: [https://other]\n heard: [{MENU}]\n")), "{said}");
    let said = complaint(chat.says("hi").await, |heard| heard.fails("fire"));
    assert!(said.starts_with("wanted: a failure with … fire …\n heard: an answer\n"), "{said}");
}

#[tokio::test]
async fn silence_is_explained_route_by_route() {
    let chat = Chat::with(bot());
    let said = complaint(chat.says("hello?").await, |heard| heard.hears("Hello!"));
    assert!(said.starts_with("wanted: Hello!\n heard: nothing\n"), "{said}");
    assert!(said.contains(r#"1. text "hi": no, the text is "hello?", not text "hi""#), "{said}");
    assert!(said.ends_with("add .otherwise(..) for an answer\n"), "{said}");
}

#[tokio::test]
async fn a_failed_turn_is_never_overlooked() {
    let chat = Chat::with(bot());
    let said = complaint(chat.says("fail").await, |heard| heard);
    assert!(said.starts_with("the turn at tests/it/chat.rs:"), "{said}");
    assert!(said.contains("failed: the handler failed: the printer is on fire"), "{said}");
    let said = complaint(chat.says("fail").await, |heard| heard.hears("done"));
    assert!(said.starts_with("the turn failed: the handler failed: the printer"), "{said}");
    let said = complaint(chat.says("fail").await, |heard| heard.fails("paper"));
    assert!(said.contains("heard: the handler failed: the printer is on fire"), "{said}");
}

#[tokio::test]
async fn a_failed_check_points_at_its_own_line() {
    let chat = Chat::with(bot());
    let heard = chat.says("hi").await;
    let place = std::sync::Arc::new(std::sync::Mutex::new(None));
    let seen = std::sync::Arc::clone(&place);
    let before = std::panic::take_hook();
    let this = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == this {
            *seen.lock().unwrap() = panic.location().map(|at| (at.file().to_owned(), at.line()));
        }
    }));
    let line = line!() + 1;
    complaint(heard, |heard| heard.hears("Hello!").hears("You are Bo."));
    std::panic::set_hook(before);
    assert_eq!(place.lock().unwrap().take(), Some((file!().to_owned(), line)));
}

#[tokio::test]
#[should_panic(expected = "only what was said can be repeated; use says(..) first")]
async fn nothing_cannot_be_repeated() {
    Chat::with(bot()).repeats().await;
}

#[tokio::test]
#[should_panic(expected = "a number has 7 to 15 digits after +, not 3")]
async fn a_person_needs_an_address() {
    drop(Chat::with(bot()).by("+123"));
}
