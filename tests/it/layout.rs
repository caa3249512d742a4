//! The house keeps its order: who may import whom, which crate stands where, how long a file is.
//!
//! The tables are the law of the design; a change of the house changes them in the same commit.

mod code;
mod house;

use std::{fs, path::PathBuf};

use code::Code;
use house::House;

/// Each room and the rooms of ours that it may import, from the ground to the roof.
const ROOMS: &[(&str, &[&str])] = &[
    ("message", &[]),
    ("markup", &[]),
    ("twiml", &["message"]),
    ("conversation", &["message"]),
    ("store", &["message", "conversation"]),
    ("dispatch", &["message", "markup", "conversation", "store"]),
    ("outbound", &["message", "markup", "conversation", "store"]),
    ("webhook", BELOW_THE_THIRD),
    ("rest", BELOW_THE_THIRD),
    ("simulator", BELOW_THE_ROOF),
    ("testkit", BELOW_THE_ROOF),
    ("main", EVERYWHERE),
    ("lib", EVERYWHERE),
];

const BELOW_THE_THIRD: &[&str] =
    &["message", "markup", "twiml", "conversation", "store", "dispatch", "outbound"];

const BELOW_THE_ROOF: &[&str] = &[
    "message",
    "markup",
    "twiml",
    "conversation",
    "store",
    "dispatch",
    "outbound",
    "webhook",
    "rest",
];

const EVERYWHERE: &[&str] = &[
    "message",
    "markup",
    "twiml",
    "conversation",
    "store",
    "dispatch",
    "outbound",
    "webhook",
    "rest",
    "simulator",
    "testkit",
    "main",
    "lib",
];

/// Rooms that may wait and write to the log: all above the ground.
const ABOVE_THE_GROUND: &[&str] =
    &["store", "dispatch", "outbound", "webhook", "rest", "simulator", "testkit", "main"];

/// Each foreign crate and the rooms in which it may stand; tests may use any.
const CRATES: &[(&str, &[&str])] = &[
    ("aho-corasick", &["message"]),
    ("async-trait", &["store", "dispatch", "outbound", "webhook", "rest", "testkit"]),
    ("axum", &["webhook", "simulator", "testkit", "main"]),
    ("base64", &["webhook", "rest", "simulator"]),
    ("clap", &["main"]),
    ("csv", &["outbound"]),
    ("flate2", &["simulator"]),
    ("form_urlencoded", &["message", "rest", "simulator"]),
    (
        "futures-util",
        &["store", "dispatch", "outbound", "webhook", "rest", "simulator", "testkit", "main"],
    ),
    ("hmac", &["webhook", "simulator"]),
    ("http-body-util", &["rest", "simulator"]),
    ("hyper", &["rest", "simulator"]),
    ("hyper-rustls", &["rest"]),
    ("hyper-util", &["rest", "simulator"]),
    ("indicatif", &["main"]),
    ("iri-string", &["simulator"]),
    ("fastrand", &["testkit"]),
    ("jiff", &["conversation", "simulator", "testkit"]),
    ("fast_qr", &["message"]),
    ("memchr", &["markup"]),
    ("moka", &["store"]),
    ("percent-encoding", &["message"]),
    ("png", &["message"]),
    ("pulldown-cmark", &["markup"]),
    ("quick-xml", &["twiml"]),
    ("regex", &["dispatch", "testkit"]),
    ("rustls", &["rest"]),
    ("rustls-platform-verifier", &["rest"]),
    ("secrecy", &["webhook", "rest", "simulator", "main"]),
    (
        "serde",
        &[
            "message",
            "conversation",
            "store",
            "dispatch",
            "outbound",
            "rest",
            "simulator",
            "testkit",
        ],
    ),
    (
        "serde_json",
        &[
            "message",
            "conversation",
            "dispatch",
            "outbound",
            "webhook",
            "rest",
            "simulator",
            "testkit",
            "main",
        ],
    ),
    ("sha1", &["webhook", "simulator"]),
    ("deadpool-postgres", &["store"]),
    ("redis", &["store"]),
    ("reqwest", &["rest"]),
    ("rusqlite", &["store"]),
    ("sha2", &["store", "webhook"]),
    ("tokio-postgres", &["store"]),
    ("thiserror", EVERYWHERE),
    ("tokio", ABOVE_THE_GROUND),
    ("tokio-stream", &["simulator"]),
    ("toml", &["message"]),
    ("tower-service", &["rest"]),
    ("tracing", ABOVE_THE_GROUND),
    ("tracing-subscriber", &["main"]),
    ("unicode-normalization", &["dispatch"]),
    ("unicode-segmentation", &["markup"]),
];

/// What only one file of `src` may call.
const DOORS: &[(&str, &str)] = &[
    ("std::time::SystemTime::now", "src/conversation/clock.rs"),
    ("std::time::Instant::now", "src/conversation/clock.rs"),
    ("std::env::var", "src/main.rs"),
    // A test binary reads its environment too, and the kit is a part of it.
    ("std::env::var_os", "src/testkit/transcript/folder.rs"),
    ("std::env::vars", "src/main.rs"),
];

/// Names that say nothing of what is in a file.
const NAMES_WITHOUT_AN_IDEA: &[&str] =
    &["util", "utils", "common", "types", "helper", "helpers", "prelude", "misc"];

/// Lines of code in a file, without blanks, comments and tests.
const LONGEST_FILE: usize = 500;
const LONGEST_EXAMPLE: usize = 60;
/// A `mod.rs` above this is more than a cast list; it is only remarked upon.
const LONGEST_CAST_LIST: usize = 100;

/// All Rust files below these folders, in order, as paths from the root of the repository.
fn files(folders: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("the folder was read a line above").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn house() -> House {
    let read = |file| fs::read_to_string(file).expect("tests run at the root of the repository");
    House::new(&read("src/lib.rs"), &read("Cargo.toml"))
}

#[test]
fn the_house_is_in_order() {
    let house = house();
    let mut offences = Vec::new();
    let files = files(&["src", "bots", "examples", "tests"]);
    assert!(files.len() > 50, "only {} files were found", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let lines = Code::read(&text).lines();
        if file.ends_with("mod.rs") && lines > LONGEST_CAST_LIST {
            println!("{}: {lines} lines of code are many for a cast list", file.display());
        }
        offences.extend(house.offences(file.to_str().unwrap(), &text));
    }
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn each_crate_has_a_row() {
    let house = house();
    assert!(house.crates.iter().any(|name| name == "quick_xml"), "{:?}", house.crates);
    for name in &house.crates {
        let is_known = CRATES.iter().any(|(row, _)| house::as_written(row) == *name);
        assert!(is_known, "crate {name} has no row; say in which rooms it may stand");
    }
}

/// Rooms are listed from the ground up, and none imports one that stands above it.
#[test]
fn no_room_imports_one_above_it() {
    for (at, (room, may_import)) in ROOMS.iter().enumerate() {
        for other in *may_import {
            let stands = ROOMS.iter().position(|(name, _)| name == other);
            let is_main_or_lib = may_import.len() == EVERYWHERE.len();
            assert!(is_main_or_lib || stands < Some(at), "{room} imports {other}");
        }
    }
    let [webhook, rest] =
        ["webhook", "rest"].map(|name| ROOMS.iter().find(|(room, _)| *room == name).unwrap().1);
    assert!(!webhook.contains(&"rest") && !rest.contains(&"webhook"));
}
