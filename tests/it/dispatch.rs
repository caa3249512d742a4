//! Messages find their handlers, once, in order, whatever goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chinwag::{
    Bot, Captures, Handler, Remembered, Reply, Result, Router, State, Stored, Text, Turn,
    conversation::clock::{Clock, ManualClock},
    dispatch::{Declined, Failure, IntoReply, Panicked, Profile, Sender, TurnError, filter::*},
    message::*,
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

const ANA: &str = "whatsapp:+15005550006";
const BOT: &str = "whatsapp:+14155238886";

fn message(sid: u128, from: &str, content: Content) -> Inbound {
    Inbound::new(MessageSid::new(sid), from.parse().unwrap(), BOT.parse().unwrap(), content)
}

fn words_of(sid: u128, text: &str) -> Inbound {
    message(sid, ANA, Content::Text(text.into()))
}

fn bodies(reply: &Reply) -> Vec<&str> {
    reply.messages().iter().map(|message| message.body.as_str()).collect()
}

async fn says<S: Send + Sync + 'static>(bot: &Bot<S>, sid: u128, text: &str) -> String {
    bodies(&bot.receive(words_of(sid, text)).await.unwrap()).join("|")
}

/// The kind of answer that a bot with only this route gives: its words, or none.
async fn takes(filter: Filter, content: Content) -> bool {
    let bot = Bot::new(()).on(filter, async || "mine");
    let reply = bot.receive(message(1, ANA, content)).await.unwrap();
    !reply.messages().is_empty()
}

fn picture(content_type: &str) -> Content {
    Content::with_media(vec![Media::new("https://example.com/1", content_type)], "a cat".into())
}

#[tokio::test]
async fn filters_hold_for_what_they_name() {
    let tapped = |payload: Option<&str>| {
        Content::Button(Button { text: "Yes".into(), payload: payload.map(Into::into) })
    };
    let row = || Content::ListChoice(ListChoice { id: "r1".into(), ..ListChoice::default() });
    for (filter, content, holds) in [
        (text("menu"), said(" ＭＥＮＵ\n"), true),
        (text("menu"), said("the menu"), false),
        (text("café au lait"), said("Cafe\u{301}  au LAIT"), true),
        (word("menu"), said("The menu, please!"), true),
        (word("menu"), said("menus"), false),
        (words(["hours", "opening time"]), said("what's your Opening-Time?"), true),
        (words(["hours", "opening time"]), said("opening the time"), false),
        (word("a b"), said("xa b a bx a b"), true),
        (word("a"), said("ba ab"), false),
        (pattern(r"order (\d+)"), said("  ORDER 12 "), true),
        (pattern(r"order (\d+)"), said("my order 12"), false),
        (pattern("a|b"), said("ab"), false),
        (image(), picture("image/jpeg"), true),
        (image(), picture("application/pdf"), false),
        (document(), picture("application/pdf"), true),
        (audio(), picture("audio/ogg; codecs=opus"), true),
        (sticker(), picture("image/webp"), true),
        (contact(), picture("text/vcard"), true),
        (media(), picture("image/webp"), true),
        (media(), said("cat"), false),
        (text("a cat"), picture("image/png"), true),
        (location(), Content::Location(Location::default()), true),
        (location(), said("here"), false),
        (button("yes"), tapped(Some("yes")), true),
        (button("yes"), tapped(Some("no")), false),
        (button("Yes"), tapped(None), true),
        (any_button(), tapped(Some("no")), true),
        (button("yes"), said("yes"), false),
        (list_choice("r1"), row(), true),
        (list_choice("r2"), row(), false),
        (any_list_choice(), row(), true),
        (flow(), Content::Flow(Flow::default()), true),
        (sender(ANA), said("hi"), true),
        (sender(BOT), said("hi"), false),
        (first_contact(), said("hi"), true),
        (first_contact().not(), said("hi"), false),
        (when(|message, record| message.text() == "x" && record.messages() == 1), said("x"), true),
        (image() & text("a cat"), picture("image/png"), true),
        (image() & text("a dog"), picture("image/png"), false),
        (image() | text("hi"), said("hi"), true),
        (image() | text("hi"), picture("image/png"), true),
        (text("hi") | word("hello") | pattern("hey+"), said("heyyy"), true),
        (word("price") & !word("list"), said("price list"), false),
        (word("price") & !pattern(".*list"), said("price?"), true),
        (anything(), said(""), true),
    ] {
        let name = format!("{filter} of {content:?}");
        assert_eq!(takes(filter, content).await, holds, "{name}");
    }
}

#[tokio::test]
async fn the_first_route_that_can_read_its_arguments_takes_the_turn() {
    let bot = Bot::new(())
        .on(pattern(r"item (\d+)"), async |Captures((n,)): Captures<(u8,)>| format!("small {n}"))
        .on(pattern(r"item (\w+)"), async |Captures((n,)): Captures<(String,)>| format!("big {n}"))
        .on(anything(), async |_: Location| "a place")
        .otherwise(async |found: Option<Location>, why: Result<Media, Declined>| {
            format!("{} {}", found.is_some(), why.unwrap_err())
        });
    assert_eq!(says(&bot, 1, "item 7").await, "small 7");
    assert_eq!(says(&bot, 2, "Item 700").await, "big 700");
    assert_eq!(says(&bot, 3, "thing").await, "false nothing is attached");
}

#[tokio::test]
async fn arguments_are_read_out_of_the_turn() {
    #[derive(Clone)]
    struct Shop {
        name: &'static str,
    }
    async fn all(
        Text(text): Text,
        State(shop): State<Shop>,
        Sender(from): Sender,
        profile: Option<Profile>,
        Captures((a, b)): Captures<(i64, String)>,
    ) -> String {
        format!("{text} {} {from} {} {a} {b}", shop.name, profile.is_some())
    }
    let bot = Bot::new(Shop { name: "corner" }).on(pattern(r"(-?\d+) ?(\w*)"), all);
    let reply = says(&bot, 1, "-5").await;
    assert_eq!(reply, format!("-5 corner {ANA} false -5 "));
}

#[tokio::test]
async fn nested_routes_stand_behind_both_filters() {
    let inner = Router::new()
        .on(text("admin stop"), async || "stopped")
        .otherwise(async || "admins only stop");
    let bot = Bot::new(())
        .nest(word("admin"), inner)
        .nest(image(), Router::new().on(text("x"), async || "x"))
        .otherwise(async || "hello");
    assert_eq!(says(&bot, 1, "admin STOP").await, "stopped");
    assert_eq!(says(&bot, 2, "admin dance").await, "admins only stop");
    assert_eq!(says(&bot, 3, "x").await, "hello");
}

#[derive(Default, Serialize, Deserialize)]
struct Total(u32);

impl Stored for Total {
    const NAME: &'static str = "total";
}

async fn add(
    Captures((more,)): Captures<(u32,)>,
    Remembered(Total(total)): Remembered<Total>,
) -> (String, Remembered<Total>) {
    let total = total + more;
    (format!("total {total}"), Remembered(Total(total)))
}

#[tokio::test]
async fn handlers_remember_for_each_conversation() {
    let bot = Bot::new(()).on(pattern(r"add (\d+)"), add);
    assert_eq!(says(&bot, 1, "add 2").await, "total 2");
    assert_eq!(says(&bot, 2, "add 3").await, "total 5");
    let other = message(3, "+15005550007", Content::Text("add 1".into()));
    assert_eq!(bodies(&bot.receive(other).await.unwrap()), ["total 1"]);
}

#[tokio::test]
async fn a_copy_gets_the_first_answer_and_changes_nothing() {
    let bot = Bot::new(()).on(pattern(r"add (\d+)"), add);
    let first = bot.receive(words_of(1, "add 2")).await.unwrap();
    says(&bot, 2, "add 10").await;
    assert_eq!(bot.receive(words_of(1, "add 2")).await.unwrap(), first);
    assert_eq!(says(&bot, 3, "add 1").await, "total 13");
}

#[tokio::test]
async fn copies_at_once_wait_for_the_first() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let bot = Bot::new(()).otherwise(move || {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            tokio::task::yield_now().await;
            format!("call {call}")
        }
    });
    let copies = join_all((0..20).map(|_| bot.receive(words_of(1, "hi")))).await;
    assert!(copies.iter().all(|reply| bodies(reply.as_ref().unwrap()) == ["call 0"]));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn messages_of_a_conversation_are_handled_in_order() {
    let bot = Bot::new(()).otherwise(async |Text(text), Remembered(Total(seen))| {
        tokio::task::yield_now().await;
        (text, Remembered(Total(seen + 1)))
    });
    let replies = join_all((0..50).map(|n| bot.receive(words_of(n, &n.to_string())))).await;
    assert!(replies.iter().all(Result::is_ok));
    let bot = bot.on(text("count"), async |Remembered(Total(seen))| seen.to_string());
    assert_eq!(says(&bot, 99, "count").await, "count");
}

#[tokio::test]
async fn a_failed_turn_changes_nothing_and_may_come_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let bot = Bot::new(()).otherwise(move |Remembered(Total(seen))| {
        let call = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match call {
                0 => Err("the printer is on fire"),
                1 => panic!("no paper either"),
                _ => Ok((format!("seen {seen}"), Remembered(Total(seen + 1)))),
            }
        }
    });
    let failed = bot.receive(words_of(1, "hi")).await.unwrap_err();
    assert!(matches!(failed, TurnError::Handler(error) if error.to_string().contains("fire")));
    let failed = bot.receive(words_of(1, "hi")).await.unwrap_err();
    assert!(matches!(failed, TurnError::Panicked(panic) if panic.text().contains("paper")));
    assert_eq!(says(&bot, 1, "hi").await, "seen 0");
    assert_eq!(says(&bot, 2, "hi").await, "seen 1");
}

#[tokio::test]
async fn the_error_hook_may_answer_in_place_of_the_handler() {
    async fn sorry(failure: Failure) -> Result<String> {
        if failure.error.is::<Panicked>() {
            return Err(failure.error);
        }
        Ok(format!("sorry, {}: {}", failure.message.text(), failure.error))
    }
    let bot = Bot::new(())
        .on(text("panic"), async || -> &str { panic!("at the disco") })
        .on(text("long"), async || "x".repeat(20_000))
        .otherwise(async || Err::<(), _>("no idea"))
        .on_error(sorry);
    assert_eq!(says(&bot, 1, "hm").await, "sorry, hm: no idea");
    assert!(says(&bot, 2, "long").await.contains("at most 10 messages, not 13"));
    let panicked = bot.receive(words_of(3, "panic")).await;
    assert!(matches!(panicked, Err(TurnError::Panicked(_))));
    assert_eq!(says(&bot, 1, "hm").await, "sorry, hm: no idea");
}

#[tokio::test]
async fn a_type_answers_through_the_same_door() {
    struct Counter(AtomicUsize);

    #[async_trait]
    impl Handler<u32> for Counter {
        async fn handle(&self, turn: &mut Turn<u32>) -> Result<Reply> {
            let call = self.0.fetch_add(1, Ordering::SeqCst);
            let Total(before) = turn.remembered()?;
            turn.remember(&Total(before + turn.app()))?;
            if turn.text() == "fail" {
                return Err("as you wish".into());
            }
            Ok(Reply::text(format!("{call} {before}")))
        }
    }
    let bot = Bot::new(5).otherwise(Counter(AtomicUsize::new(0)));
    assert_eq!(says(&bot, 1, "hi").await, "0 0");
    assert!(bot.receive(words_of(2, "fail")).await.is_err());
    assert_eq!(says(&bot, 3, "hi").await, "2 5");
}

#[tokio::test]
async fn a_dropped_turn_leaves_the_conversation_as_it_was() {
    let bot = Bot::new(()).on(pattern(r"add (\d+)"), add).otherwise(async || {
        std::future::pending::<()>().await;
    });
    {
        let mut stuck = std::pin::pin!(bot.receive(words_of(1, "hang")));
        assert!(futures_util::poll!(&mut stuck).is_pending());
    }
    assert_eq!(says(&bot, 2, "add 1").await, "total 1");
}

#[tokio::test]
async fn the_clock_decides_the_session() {
    let clock = Arc::new(ManualClock::default());
    let session = Arc::new(std::sync::Mutex::new(None));
    let seen = Arc::clone(&session);
    let bot = Bot::new(()).clock(Arc::clone(&clock)).otherwise(
        move |current: chinwag::conversation::Session| {
            *seen.lock().unwrap() = Some(current);
            async {}
        },
    );
    says(&bot, 1, "hi").await;
    clock.advance(Duration::from_hours(30));
    says(&bot, 2, "hi").await;
    let session = session.lock().unwrap().unwrap();
    assert_eq!(session.remaining(clock.now()), Duration::from_hours(24));
}

#[tokio::test]
async fn explain_tells_why_each_route_took_a_turn_or_not() {
    let bot = Bot::new(())
        .on(text("hi"), async || "hello")
        .on(image() & word("receipt"), async || "thanks")
        .on(pattern(r"item (\d+)"), async |_: Captures<(u8,)>| ())
        .otherwise(async || "help");
    let explanation = bot.explain(&words_of(1, "item 700"));
    let lines: Vec<_> = explanation.routes.iter().map(|r| r.verdict.to_string()).collect();
    assert_eq!(
        lines,
        [
            r#"no, the text is "item 700", not text "hi""#,
            "no, it is text, not image",
            "the filter holds, but the handler cannot: group 1 is no u8",
            "takes it",
        ]
    );
    assert_eq!(explanation.taken_by().unwrap().filter, "otherwise");
    assert!(explanation.to_string().contains("tests/it/dispatch.rs"));
    let none = Bot::new(()).on(text("hi"), async || ()).explain(&words_of(1, "x")).to_string();
    assert!(none.ends_with("no route takes the message; add .otherwise(..) for an answer\n"));
}

#[tokio::test]
async fn a_thousand_routes_find_theirs() {
    let mut bot = Bot::new(());
    for number in 0..1_000 {
        bot = bot
            .on(
                pattern(&format!(r"topic{number} (\d+)")),
                async move |Captures((n,)): Captures<(u32,)>| n.to_string(),
            )
            .on(text(format!("say {number}")), move || async move { format!("said {number}") });
    }
    assert_eq!(says(&bot, 1, "topic999 5").await, "5");
    assert_eq!(says(&bot, 2, "say 998").await, "said 998");
    assert_eq!(says(&bot, 3, "say 1000").await, "");
}

#[test]
#[should_panic(expected = "has an otherwise already")]
fn two_otherwise_stop_the_bot_at_start() {
    let _bot = Bot::new(()).otherwise(async || ()).otherwise(async || ());
}

#[test]
#[should_panic(expected = "takes Captures of 2")]
fn captures_without_their_groups_stop_the_bot_at_start() {
    let _bot = Bot::new(()).on(pattern(r"a (\d)"), async |_: Captures<(u8, u8)>| ());
}

#[test]
fn replies_of_replies_are_flat() {
    let reply = vec![Some("a"), None, Some("b")].into_reply().unwrap();
    assert_eq!(bodies(&reply), ["a", "b"]);
}

#[tokio::test]
async fn a_condition_is_asked_only_when_its_route_is_reached() {
    let bot = Bot::new(())
        .on(text("hi"), async || "hello")
        .on(when(|_, _| panic!("not reached")), async || "no");
    assert_eq!(says(&bot, 1, "hi").await, "hello");
    assert!(bot.receive(words_of(2, "ho")).await.is_err());
}

#[tokio::test]
async fn what_is_not_returned_stays_remembered() {
    let bot = Bot::new(()).on(pattern(r"add (\d+)"), add).otherwise(
        async |Text(text), Remembered(Total(total))| {
            let changed = (text == "double").then(|| Remembered(Total(total * 2)));
            (total.to_string(), changed)
        },
    );
    for (sid, said, heard) in
        [(1, "add 2", "total 2"), (2, "x", "2"), (3, "double", "2"), (4, "y", "4")]
    {
        assert_eq!(says(&bot, sid, said).await, heard);
    }
}

#[tokio::test]
async fn captures_are_of_the_routes_own_pattern() {
    let inner = Router::new()
        .on(pattern(r"\d+ ban (\d+)"), async |Captures((n,)): Captures<(u32,)>| format!("ban {n}"));
    let bot = Bot::new(())
        .nest(pattern(r"(\d+) .*"), inner)
        .on(
            (pattern("a(.)c") & image()) | pattern("(a)bc"),
            async |Captures((caught,)): Captures<(String,)>| caught,
        )
        .on(pattern(r"(\d+) .*") & pattern(".*x"), async |Captures((n,)): Captures<(u32,)>| {
            n.to_string()
        });
    assert_eq!(says(&bot, 1, "1 ban 7").await, "ban 7");
    assert_eq!(says(&bot, 2, "abc").await, "a");
    assert_eq!(says(&bot, 3, "5 x").await, "5");
}

#[tokio::test]
async fn patterns_are_the_authors_own() {
    assert!(takes(pattern(r".*order (\d+).*"), said("Hello!\norder 7\nthanks")).await);
    assert!(takes(pattern(r"\p{Greek}+"), said("ΓΕΙΑ")).await);
    assert!(takes(pattern("(?x) item \\s (\\d+)  # the item"), said("item 7")).await);
    assert!(takes(word("bye bye"), said("goodbye bye bye")).await);
    assert!(!takes(word("हिन"), said("हिन्दी")).await);
    assert!(std::panic::catch_unwind(|| pattern("a)|(?:b")).is_err());
}

fn said(text: &str) -> Content {
    Content::Text(text.into())
}
