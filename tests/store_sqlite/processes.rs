//! Several processes on one file, and processes that end in the middle.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use chinwag::{
    Bot, Remembered, Stored,
    message::{Address, Content, Inbound},
    store::{Begun, Outcome, Sqlite, Store},
};

use futures_util::future::join_all;

use super::{MessageSid, NOW, assert_answered, key, line, place, turn};

const ROLE: &str = "CHINWAG_TEST_ROLE";
const FILE: &str = "CHINWAG_TEST_FILE";

/// This program once more, to play a part on this file.
pub(crate) fn helper(role: &str, file: &Path) -> Helper {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["processes::a_part_is_played", "--exact", "--nocapture"]);
    command.env(ROLE, role).env(FILE, file).stdout(Stdio::piped());
    Helper(command)
}

pub(crate) struct Helper(Command);

impl Helper {
    /// As a user without rights, if we are root.
    pub(crate) fn by_nobody(mut self) -> Self {
        use std::os::unix::{fs::MetadataExt, process::CommandExt};
        if std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0) {
            self.0.uid(65_534).gid(65_534);
        }
        self
    }

    pub(crate) fn output(mut self) -> String {
        String::from_utf8(self.0.output().unwrap().stdout).unwrap()
    }

    fn spawn(mut self) -> Child {
        self.0.spawn().unwrap()
    }
}

/// Not a test but the other process of the tests, if it is told its part.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_is_played() {
    let Some(role) = std::env::var_os(ROLE) else { return };
    let file = PathBuf::from(std::env::var_os(FILE).unwrap());
    let store = match Sqlite::open(&file) {
        Ok(store) => store,
        Err(error) => return println!("{}", line(&error)),
    };
    let role = role.into_string().unwrap();
    match role.split_once(' ') {
        Some(("commit", first)) => commit_for_ever(&store, first.parse().unwrap()).await,
        Some(("count", first)) => count(store, first.parse().unwrap()).await,
        _ => println!("opened"),
    }
}

/// Commits turns from this number on, and says each that is committed.
async fn commit_for_ever(store: &Sqlite, first: u128) {
    for number in first.. {
        let ana = key(u32::try_from(number % 50).unwrap());
        // What a killed process has begun ends after a lease.
        let now = NOW.after(Duration::from_secs(6) * u32::try_from(number).unwrap());
        let Begun::Turn(mut record, lease) = store.begin(&ana, turn(number), now).await.unwrap()
        else {
            panic!("{number} is new");
        };
        record.heard(now);
        let answer = chinwag::store::Answer::new(number.to_string().into_bytes());
        let outcome = Outcome { record, answer, ..Outcome::default() };
        store.commit(&lease, &outcome, now).await.unwrap();
        println!("committed {number}");
    }
}

#[tokio::test]
async fn what_was_committed_survives_kills() {
    let file = place("killed").join("bot.db");
    let mut committed = Vec::new();
    for kill in 0..10 {
        let first: u128 = kill * 10_000;
        let mut child = helper(&format!("commit {first}"), &file).spawn();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let number = |line: String| line.strip_prefix("committed ")?.parse::<u128>().ok();
        let enough = usize::try_from(37 + kill * 53).unwrap();
        committed.extend(lines.by_ref().filter_map(number).take(enough));
        child.kill().unwrap();
        committed.extend(lines.filter_map(number));
        child.wait().unwrap();
    }
    assert!(committed.len() > 10 * 37);
    let store = Sqlite::open(&file).unwrap();
    for number in committed {
        let ana = key(u32::try_from(number % 50).unwrap());
        assert_answered(&store, &ana, number).await;
    }
    drop(store);
    let file = rusqlite::Connection::open(&file).unwrap();
    let check: String = file.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

/// What a conversation has counted.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Count(u32);

impl Stored for Count {
    const NAME: &'static str = "count";
    const VERSION: u32 = 1;
}

/// Conversations of the counting processes, and messages of each process in each of them.
const COUNTED: u32 = 4;
const MESSAGES: u128 = 50;

/// Messages of all conversations at once, each of which counts one more; says what was counted.
async fn count(store: Sqlite, first: u128) {
    let bot = Bot::new(()).store(store).otherwise(async |Remembered(Count(count))| {
        tokio::task::yield_now().await;
        ((count + 1).to_string(), Remembered(Count(count + 1)))
    });
    let messages = (0..COUNTED).flat_map(|number| {
        let ana = key(number);
        let [to, from] = [ana.sender(), ana.contact()].map(|address| address.parse().unwrap());
        let numbers =
            (0..MESSAGES).map(move |message| first + u128::from(number) * 1_000 + message);
        let hi = move |number| {
            let (from, to): (Address, Address) = (Address::clone(&from), Address::clone(&to));
            Inbound::new(MessageSid::new(number), from, to, Content::Text("hi".into()))
        };
        numbers.map(hi)
    });
    let replies = join_all(messages.map(|message| bot.receive(message))).await;
    for reply in replies {
        println!("counted {}", reply.unwrap().messages()[0].body);
    }
}

#[tokio::test]
async fn three_processes_share_a_file_and_lose_no_turn() {
    let file = place("three").join("bot.db");
    let first = (1..=3_u128).map(|process| process * 1_000_000);
    let children: Vec<Child> =
        first.map(|first| helper(&format!("count {first}"), &file).spawn()).collect();
    let said = children.into_iter().map(|child| child.wait_with_output().unwrap().stdout);
    let said: String = said.map(|said| String::from_utf8(said).unwrap()).collect();
    let counted = said.lines().filter_map(|line| line.split_once("counted ")?.1.parse().ok());
    let mut counted: Vec<u32> = counted.collect();
    counted.sort_unstable();
    // Each conversation has counted each number once.
    let last = 3 * u32::try_from(MESSAGES).unwrap();
    let expected = (1..=last).flat_map(|number| std::iter::repeat_n(number, COUNTED as usize));
    assert_eq!(counted, expected.collect::<Vec<_>>(), "{said}");
    let store = Sqlite::open(&file).unwrap();
    for number in 0..COUNTED {
        assert_eq!(store.read(&key(number), NOW).await.unwrap().messages(), last);
    }
}
