//! Transcripts are conversations in files that are tests, in quiet times and under hostile
//! conditions.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use chinwag::{
    Bot, Captures, Dialogue, Remembered, Reply, State, Step, Stored, Text, Turn, ask,
    dispatch::{
        Profile,
        filter::{any_button, image, location, pattern, text},
    },
    message::{Button, Location, Media},
    testkit::{Chat, Hostile, Transcript, chats, explore},
};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Total(u32);

impl Stored for Total {
    const NAME: &'static str = "total";
}

fn bot() -> Bot {
    Bot::new(())
        .on(text("hi"), async |name: Option<Profile>| match name {
            Some(Profile(name)) => vec![format!("Hello, *{name}*!"), "Add something.".to_owned()],
            None => vec!["Hello!".to_owned()],
        })
        .on(
            pattern(r"add (\d+)"),
            async |Captures((more,)): Captures<(u32,)>,
                   Remembered(Total(total)): Remembered<Total>| {
                (format!("That makes {}.", total + more), Remembered(Total(total + more)))
            },
        )
        .on(text("menu"), async || {
            Reply::media("https://example.com/menu.png").caption("Our menu\n\n  *pizza*")
        })
        .on(text("odd"), async || vec!["(says nothing)", "[x]", " \n"])
        .on(text("hush"), async || ())
        .on(text("fail"), async || Err::<(), _>("the printer is on fire"))
        .on(any_button(), async |button: Button| format!("{:?}", button.payload))
        .on(image(), async |photo: Media| photo.url)
        .on(location(), async |place: Location| place.label)
        .on(pattern("echo (.*)"), async |Text(text)| text)
}

/// Asks, reminds after two hours, and gives up after twenty.
#[derive(Default, Serialize, Deserialize)]
enum Rental {
    #[default]
    New,
    Days,
}

impl Stored for Rental {
    const NAME: &'static str = "rental";
}

impl Dialogue for Rental {
    async fn step(self, turn: &mut Turn) -> chinwag::Result<Step<Self>> {
        let days = ask::<u8>("For how many days?");
        Ok(match self {
            Self::New => Step::next(Self::Days, days)
                .remind_after(Duration::from_hours(2), "Your bike waits.")
                .give_up_after(Duration::from_hours(20), "Somebody else took it."),
            Self::Days => Step::done(format!("Yours for {} days.", days.answer(turn)?)),
        })
    }
}

fn rentals() -> Bot {
    Bot::new(()).dialogue::<Rental>(text("rent"))
}

const RENTALS: &str = "\
Ana: rent
bot: For how many days?
Bo: rent
bot: For how many days?
--- 1 h
Bo: 3
bot: Yours for 3 days.
Ana: soon
bot: For how many days?
--- 3 h
bot to Ana: Your bike waits.
--- 1 day
bot to Ana: Somebody else took it.
--- 1 week
Ana: rent
bot: For how many days?
--- 25 h
bot: Your bike waits.
bot: Somebody else took it.
";

/// Adds without asking whether it was added already.
fn forgetful() -> impl Fn() -> Bot<Arc<Mutex<u32>>> + Clone + Send + Sync + 'static {
    let total = Arc::new(Mutex::new(0));
    move || {
        let total = Arc::clone(&total);
        Bot::new(total).otherwise(async |State(total): State<Arc<Mutex<u32>>>| {
            let mut total = total.lock().unwrap();
            *total += 1;
            total.to_string()
        })
    }
}

/// A worker that remembers beside the store.
fn by_itself() -> Bot<Seen> {
    Bot::new(Seen::default()).otherwise(async |Text(text), State(seen): State<Seen>| {
        if seen.lock().unwrap().insert(text) { "new" } else { "known" }
    })
}

type Seen = Arc<Mutex<HashSet<String>>>;

fn parse(text: &str) -> Transcript {
    Transcript::parse(text).unwrap()
}

#[test]
fn a_folder_of_transcripts_is_a_test() {
    chats("tests/chats/kit", bot);
}

#[tokio::test]
async fn a_transcript_holds_whatever_the_store_and_the_carrier_do() {
    let transcript = Transcript::read("tests/chats/kit/whole.chat").unwrap();
    for seed in 0..40 {
        transcript.hostile(seed).run(bot).await;
    }
}

#[tokio::test]
async fn a_crash_at_any_store_call_changes_nothing() {
    let transcript = parse("Ana: add 1\nbot: That makes 1.\nAna: add 2\nbot: That makes 3.\n");
    assert!(transcript.crash_everywhere(bot).await >= 16);
}

#[tokio::test]
async fn what_a_chat_prints_is_a_transcript() {
    let chat = Chat::with(bot());
    chat.says_all(["hi", "menu", "odd", "hush", "", "echo \"a\"", "echo [b]\n c"]).await;
    chat.presses("Yes", "yes-1").await;
    chat.repeats().await;
    chat.waits("25h").await;
    chat.sends(Media::at("https://example.com/cat.jpg")).await;
    chat.sends(Location { label: Some("Hall".into()), ..Location::default() }).await;
    chat.says("fail").await.fails("fire");
    parse(&chat.to_string()).run(bot).await;
    let nameless = chat.by("+15005550009");
    nameless.says("hi").await;
    parse(&nameless.to_string()).run(bot).await;
}

#[tokio::test]
async fn a_failure_names_the_line_and_shows_the_talk() {
    let check = async |text: &str| parse(text).check(bot).await.unwrap_err().to_string();
    let said =
        check("# Greeting\nAna: add 1\nbot: That makes 1.\n\nAna: hi\nbot~ Hello\nbot: Bye.\n")
            .await;
    assert_eq!(
        said,
        "transcript:7\nwanted: Bye.\n heard: Add something.\n\nthe talk so far:\n\
         Ana: add 1\nbot: That makes 1.\nAna: hi\nbot: Hello, *Ana*!\nbot: Add something.\n"
    );
    for (text, part) in [
        (
            "Ana: hi\nbot: Hi.\nor: Hey.\n",
            "transcript:2\nwanted: Hi.\n    or: Hey.\n heard: Hello, *Ana*!",
        ),
        ("Ana: hi\nbot/ ^Hello$\n", "wanted: / ^Hello$\n heard: Hello, *Ana*!"),
        ("Ana: hi\nbot~ Hello\n", "transcript:2\nwanted: nothing more\n heard: Add something."),
        ("Ana: hi\n", "transcript:1\nwanted: nothing\n heard: Hello, *Ana*!"),
        ("Ana: hi\nbot: (says nothing)\n", "transcript:2\nwanted: nothing\n heard: Hello"),
        ("Ana: what?\nbot: Hello!\n", "heard: nothing"),
        ("Ana: what?\nbot: Hello!\n", r#"1. text "hi": no, the text is "what?""#),
        ("Ana: fail\nbot: Hello!\n", "heard: (the handler failed: the printer is on fire)"),
        ("Ana: fail\nbot: (no paper)\n", "wanted: (no paper)\n heard: (the handler failed"),
        ("Ana: hush\nbot: (no paper)\n", "wanted: (no paper)\n heard: an answer"),
    ] {
        let said = check(text).await;
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    for (text, error) in [
        ("Ana: hi\n\nhello\n", "transcript:3: nobody says this; write a line as Ana: hi,"),
        ("  hi\n", "transcript:1: a line that is indented continues a text"),
        ("bot: hi\n", "transcript:1: somebody must say something before the bot does"),
        ("Ana: hi\nor: hi\n", "transcript:2: or: stands below a message of the bot"),
        ("Ana: hi\nbot/ (\n", "transcript:2: bot/ needs a regular expression"),
        ("--- soon\n", "transcript:1: \"soon\" is no time ("),
        ("Ana: [taps\n", "transcript:1: the bracket [ is not closed"),
    ] {
        let said = Transcript::parse(text).unwrap_err().to_string();
        assert!(said.starts_with(error), "{said}");
    }
    let said = Transcript::read("tests/chats/kit/none.chat").unwrap_err().to_string();
    assert!(said.starts_with("tests/chats/kit/none.chat:"), "{said}");
}

#[tokio::test]
async fn what_comes_unasked_is_heard_after_waiting() {
    let chat = Chat::with(rentals());
    let bo = chat.by("+15005550007");
    bo.says("rent").await;
    chat.says("rent").await;
    chat.waits("1h 59min").await.hears_nothing();
    chat.waits("1 min").await.hears("Your bike waits.").hears_nothing();
    chat.waits("2 days").await.hears("Somebody else took it.");
    bo.looks().await.hears("Your bike waits.").hears("Somebody else took it.").hears_nothing();
    parse(RENTALS).run(rentals).await;
    parse(&chat.to_string()).run(rentals).await;
}

#[tokio::test]
async fn timers_ring_after_a_deploy_too() {
    let chat = Chat::with(rentals());
    chat.says("rent").await.hears("For how many days?");
    let chat = chat.deploys(rentals());
    chat.waits("2h").await.hears("Your bike waits.").hears_nothing();
    parse(&chat.to_string()).run(rentals).await;
}

#[tokio::test]
async fn timers_ring_once_whatever_the_store_and_the_workers_do() {
    for seed in 0..40 {
        parse(RENTALS).hostile(seed).run(rentals).await;
    }
    parse("Ana: rent\nbot: For how many days?\n--- 3h\nbot: Your bike waits.\n")
        .crash_everywhere(rentals)
        .await;
}

/// A dialogue with a state that nothing leads to, and one that nothing leaves.
#[derive(Default, Serialize, Deserialize)]
enum Maze {
    #[default]
    Door,
    Hall(u32),
    Cellar,
    Attic {
        height: u32,
    },
}

impl Stored for Maze {
    const NAME: &'static str = "maze";
}

impl Dialogue for Maze {
    async fn step(self, turn: &mut Turn) -> chinwag::Result<Step<Self>> {
        Ok(match (self, turn.text()) {
            (Self::Door, _) => Step::next(Self::Hall(0), "A hall."),
            (Self::Hall(_), "down") => Step::next(Self::Cellar, "A cellar."),
            (Self::Hall(_), "out") => Step::done("Bye."),
            (Self::Hall(_), "burn") => return Err("fire".into()),
            (Self::Hall(round), _) => Step::next(Self::Hall(round + 1), "Still the hall."),
            (Self::Cellar, _) => Step::stay("Dark."),
            (Self::Attic { height }, _) => Step::done(height.to_string()),
        })
    }
}

#[tokio::test]
async fn states_that_are_never_reached_or_never_left_are_found() {
    let bot = || Bot::new(()).dialogue::<Maze>(text("enter"));
    let found = explore::<Maze, _>(bot(), ["enter", "down", "out", "cancel", "burn"]).await;
    assert_eq!(found.states, ["Door", "Hall", "Cellar", "Attic"]);
    assert_eq!(found.never_reached(), ["Attic"]);
    assert_eq!(found.without_a_way_out, ["Cellar"]);
    assert_eq!(found.ways["Cellar"], ["enter", "down"]);
    assert!(found.failures[0].contains("fire"), "{found}");
    let said = found.to_string();
    assert!(said.contains("  Cellar: enter, down; no message leaves it\n"), "{said}");
    assert!(said.contains("  Attic: never reached; is there a message for it?\n"), "{said}");
    explore::<Rental, _>(rentals(), ["rent", "3", "x"]).await.assert_whole();
}

#[tokio::test]
async fn effects_beside_the_store_are_found_out() {
    let transcript = parse("Ana: a\nbot: 1\nAna: b\nbot: 2\nAna: c\nbot: 3\n");
    transcript.run(forgetful()).await;
    let mut found = 0;
    for seed in 0..60 {
        let Err(mismatch) = transcript.hostile(seed).check(forgetful()).await else { continue };
        let said = mismatch.to_string();
        assert!(said.contains(&format!("seed {seed}; the schedule so far:")), "{said}");
        let again = transcript.hostile(seed).check(forgetful()).await.unwrap_err();
        assert_eq!(said, again.to_string(), "the same seed gives the same schedule");
        found += 1;
    }
    assert!(found > 10, "{found}");
}

#[tokio::test]
async fn a_worker_that_remembers_by_itself_is_found_out() {
    let transcript = parse("Ana: a\nbot: new\nAna: a\nbot: known\n");
    transcript.run(by_itself).await;
    let mut found = 0;
    for seed in 0..20 {
        found += u32::from(transcript.hostile(seed).check(by_itself).await.is_err());
    }
    assert!(found > 5, "{found}");
}

#[tokio::test]
async fn a_chat_may_be_hostile_too() {
    for seed in 0..20 {
        let chat = Hostile::new(seed).workers(2).chat(bot);
        chat.says("add 1").await.hears("That makes 1.");
        chat.by("+15005550007").says("add 5").await.hears("That makes 5.").hears_nothing();
        chat.waits("25h").await.hears_nothing();
        chat.says("add 1").await.hears("That makes 2.");
        chat.ends().await;
    }
}
