//! The command `chinwag broadcast`, from a list to the phones.

use std::{
    fs,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use chinwag::{
    conversation::{Key, OptIn, clock::SystemClock},
    message::Address,
    outbound::Notifier,
    simulator::{Sender, Simulator},
    store::Sqlite,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SENDER: &str = "+14155238886";

/// A folder with a list and a store, in which some have opted in; and a simulator.
struct World {
    folder: TempDir,
    api: String,
}

impl World {
    async fn new(list: &str, opted_in: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("list.csv"), list).unwrap();
        let store = Arc::new(Sqlite::open(folder.path().join("bot.db")).unwrap());
        let notifier = Notifier::new(store, Arc::new(SystemClock));
        for number in opted_in {
            let [us, them] = [SENDER, number].map(|number| Address::whatsapp(number).unwrap());
            let key = Key::new(&us, &them);
            notifier.opts_in(&key, "form", OptIn::with("yes")).await.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let sender = Sender::new("a bot", SENDER, "http://127.0.0.1:1/whatsapp");
        let simulator = Simulator::new(TOKEN).sender(sender);
        tokio::spawn(simulator.serve(listener, std::future::pending()));
        Self { folder, api }
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
        command.arg("broadcast").args(arguments.split_whitespace()).args(["--from", SENDER]);
        command.current_dir(&self.folder).env("CHINWAG_STORE", "sqlite:bot.db");
        command.env("TWILIO_ACCOUNT_SID", Simulator::ACCOUNT.to_string());
        command.env("TWILIO_AUTH_TOKEN", TOKEN).env("TWILIO_API_URL", &self.api);
        command.stdin(Stdio::null());
        command
    }

    /// Whether it succeeds, what it says and what it complains of.
    async fn says(&self, arguments: &str) -> (bool, String, String) {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let Output { status, stdout, stderr } = output.await.unwrap();
        let [out, err] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
        (status.success(), out, err)
    }
}

const LIST: &str = "contact,1,2\n+15005550006,bank,1\n+15005550007,bank,2\n+15005550008,bank,3\n";
const RUN: &str = "run codes list.csv --template code";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_told_once_and_who_is_not_told_is_named() {
    let world = World::new(LIST, &["+15005550006", "+15005550008"]).await;
    let (is_done, out, err) = world.says(RUN).await;
    assert!(is_done && out.trim_end().ends_with("2 told, 1 refused; done"), "{out}{err}");
    let named = "line 3: whatsapp:+1500•••0007 is not told: the contact has not opted in";
    assert!(err.contains(named), "{err}");
    let (is_done, out, _) = world.says(&format!("{RUN} --json --untold untold.csv")).await;
    let events: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap();
    assert!(is_done && last["stage"] == "done", "{out}");
    assert_eq!(
        (&last["told"], &last["before"], &last["refused"]),
        (&0.into(), &2.into(), &1.into())
    );
    let untold = fs::read_to_string(world.folder.path().join("untold.csv")).unwrap();
    assert!(untold.contains("\n3,whatsapp:+15005550007,\"the contact"), "{untold}");
    let (_, out, _) = world.says("show codes").await;
    assert!(out.starts_with("0 told, 2 told before, 1 refused; done (20"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_stopped_from_elsewhere_and_lets_itself_be_resumed() {
    let world = World::new(LIST, &["+15005550006"]).await;
    assert!(world.says("stop codes").await.0);
    let (is_done, _, err) = world.says(RUN).await;
    assert!(!is_done && err.contains("chinwag broadcast resume"), "{err}");
    assert!(world.says("resume codes").await.0);
    assert!(world.says(RUN).await.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_before_anybody_is_told() {
    let list = "contact,1,2\n+15005550006,bank,1\n5005550007,bank,2\n+15005550006,bank,3\n";
    let world = World::new(list, &["+15005550006"]).await;
    for (arguments, said) in [
        (RUN, "line 3: the contact is no address: a number must begin with +"),
        (RUN, "line 4: the contact stands in line 2 already"),
        ("run codes nothing.csv --template code", "the list cannot be read"),
        ("run codes list.csv --template sale", "there is no template \"sale\"; there are"),
        ("run codes list.csv --template shipping", "there is no column \"3\""),
        ("run codes list.csv --template code --quiet 8-9", "\"8-9\" are no quiet hours"),
        ("show codes", "there is no broadcast \"codes\""),
        ("show co/des", "names no broadcast"),
        ("show codes --store memory:", "which no other program sees"),
    ] {
        let (is_done, _, err) = world.says(arguments).await;
        assert!(!is_done && err.contains(said), "{arguments}: {err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_checked_without_a_store() {
    let world = World::new(LIST, &[]).await;
    for (arguments, expected) in [
        (format!("{RUN} --check"), "3 contacts, all in order"),
        (RUN.to_owned(), "CHINWAG_STORE is not set; name the store"),
    ] {
        let output = world.command(&arguments).env_remove("CHINWAG_STORE").output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains(expected), "{arguments}: {said}");
    }
}
